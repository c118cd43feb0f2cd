import { once } from "node:events";
import { connect, type AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { batch, intake, page, send, type Intake } from "./messages-intake.ts";

// P18, P20, P27: each limit to the byte. What just fits is stored, what is one more is refused, so that no limit can be
// moved or lost without a test that says so.

let at: Intake;
beforeAll(async () => {
  at = await intake();
  await at.app.listen({ port: 0, host: "127.0.0.1" });
});
beforeEach(() => at.db.query("TRUNCATE event, rejected"));
afterAll(() => at.app.close());

/** A good batch with room after it, which JSON does not mind. */
const padded = (bytes: number): string => batch(at.site, [page()]).padEnd(bytes, " ");
const GZIP = { "content-type": "text/plain", "content-encoding": "gzip" };

describe("P18: a batch", () => {
  test.each([
    ["as sent", 64 * 1024, (bytes: number) => send(at.app, padded(bytes))],
    ["as sent in pieces, without a length", 64 * 1024, (bytes: number) => inPieces(padded(bytes))],
    ["unpacked", 512 * 1024, (bytes: number) => send(at.app, gzipSync(padded(bytes)), GZIP)],
  ])("%s has at most %d bytes", async (_how, limit, sent) => {
    expect((await sent(limit)).status).toBe(200);
    expect((await sent(limit + 1)).status).toBe(413);
    expect(await at.db.query("SELECT 1 AS one FROM event")).toHaveLength(1);
  });

  test("that announces too much is refused before a byte of it has come", async () => {
    const socket = connect((at.app.server.address() as AddressInfo).port, "127.0.0.1");
    socket.write(`POST /v1/messages HTTP/1.1\r\nHost: x\r\nContent-Length: ${64 * 1024 + 1}\r\n\r\n`);
    const [answer] = (await once(socket, "data")) as [Buffer];
    socket.destroy();
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 413 /);
  });

  test("has at most 500 messages", async () => {
    const small = (count: number) =>
      batch(
        at.site,
        Array.from({ length: count }, () => ({})),
      );
    expect((await send(at.app, small(500))).status).toBe(200);
    expect((await send(at.app, small(501))).status).toBe(413);
  });
});

const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)]);
/** As many keys as a message has by itself. */
const OWN_KEYS = Object.keys(page({ properties: {} })).length;
const keys = (count: number) => Object.fromEntries(Array.from({ length: count - OWN_KEYS }, (_, n) => [`k${n}`, n]));

/** Of exactly so many bytes as JSON, no text in it longer than it may be. */
function ofBytes(bytes: number): Record<string, unknown> {
  const texts = Array.from({ length: 4 }, () => "щ".repeat(4_000));
  const empty = page({ properties: { texts, rest: "" } });
  const missing = bytes - Buffer.byteLength(JSON.stringify(empty));
  return { ...empty, properties: { texts, rest: "x".repeat(missing) } };
}

// Of a page view: the message itself and its properties are two levels.
test.each([
  [
    "P20: 32 levels",
    "too_deep",
    () => page({ properties: { a: nested(30) } }),
    () => page({ properties: { a: nested(31) } }),
  ],
  [
    "P20: 1,000 keys",
    "too_many_keys",
    () => page({ properties: keys(1_000) }),
    () => page({ properties: keys(1_001) }),
  ],
  [
    "P20: a key of 200 bytes",
    "key_too_long",
    () => page({ properties: { ["é".repeat(100)]: 1 } }),
    () => page({ properties: { ["é".repeat(100) + "a"]: 1 } }),
  ],
  [
    "P20: a text of 8 KB",
    "text_too_long",
    () => page({ properties: { a: ["é".repeat(4_096)] } }),
    () => page({ properties: { a: ["é".repeat(4_096) + "a"] } }),
  ],
  ["P18: a message of 32 KB", "too_large", () => ofBytes(32 * 1024), () => ofBytes(32 * 1024 + 1)],
])("%s: so much is stored, and one more is %s", async (_what, code, fits, beyond) => {
  const answer = await send(at.app, gzipSync(batch(at.site, [fits(), beyond()])), GZIP);
  expect(answer.body).toMatchObject({ accepted: 1, rejected: [{ index: 1, code }] });
});

test.each(["POST /v1/messages", "GET /healthz"])(
  "P27: %s with 200 headers is served, with 201 it is not",
  async (line) => {
    expect(await withHeaders(line, 200)).toMatch(/^HTTP\/1\.1 (200|400) /);
    expect(await withHeaders(line, 201)).toMatch(/^HTTP\/1\.1 431 /);
  },
);

async function withHeaders(line: string, count: number): Promise<string> {
  const more = Array.from({ length: count - 3 }, (_, n) => `X-${n}: 1\r\n`).join("");
  return raw(`${line} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nConnection: close\r\n${more}\r\n{}`);
}

async function inPieces(body: string): Promise<{ status: number }> {
  const bytes = Buffer.from(body);
  const chunks = [bytes.subarray(0, 1_000), bytes.subarray(1_000)]
    .map((chunk) => `${chunk.length.toString(16)}\r\n${chunk.toString("latin1")}\r\n`)
    .join("");
  const head = "POST /v1/messages HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n";
  return { status: Number((await raw(`${head}${chunks}0\r\n\r\n`)).slice(9, 12)) };
}

/** Everything that is answered until the server ends the connection. */
async function raw(bytes: string): Promise<string> {
  const socket = connect((at.app.server.address() as AddressInfo).port, "127.0.0.1");
  let answer = "";
  socket.on("data", (chunk) => (answer += chunk.toString())).on("error", () => undefined);
  socket.write(bytes, "latin1");
  await once(socket, "close");
  return answer;
}

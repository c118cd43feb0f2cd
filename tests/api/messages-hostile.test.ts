import { connect } from "node:net";
import type { AddressInfo } from "node:net";
import { randomBytes } from "node:crypto";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { uuidv7 } from "../../src/server/lib/uuid.ts";
import { batch, countOf, intake, page, send, type Intake } from "./messages-intake.ts";

const TEXT = { "content-type": "text/plain" };
let at: Intake;
let address: string;

beforeAll(async () => {
  at = await intake();
  address = await at.app.listen({ port: 0, host: "127.0.0.1" });
});
beforeEach(async () => {
  await at.db.query("TRUNCATE event, identity_message, rejected");
});
afterAll(() => at.app.close());

const nested = (levels: number): string => `{"a":`.repeat(levels) + "1" + "}".repeat(levels);
/** A batch of one page view whose properties are written by hand. */
const withProperties = (properties: string): string =>
  batch(at.site, [page({ properties: "HERE" })]).replace('"HERE"', () => properties);

test.each([
  ["broken JSON", `{"site":`, 400, "invalid_json"],
  ["an empty body", "", 400, "invalid_json"],
  ["a bare number", "42", 400, "invalid_batch"],
  ["null", "null", 400, "invalid_batch"],
  ["NaN, which is not JSON", `{"site":"abcd","sentAt":NaN,"messages":[{}]}`, 400, "invalid_json"],
  ["messages that are no list", `{"site":"abcd","sentAt":1,"messages":{}}`, 400, "invalid_batch"],
  ["an empty list", `{"site":"abcd","sentAt":1,"messages":[]}`, 400, "invalid_batch"],
  ["a time that overflows", `{"site":"abcd","sentAt":1e999,"messages":[{}]}`, 400, "invalid_batch"],
  ["a key that could not be one", `{"site":"' OR 1=1 --","sentAt":1,"messages":[{}]}`, 401, "unknown_site"],
  ["no key", `{"sentAt":1,"messages":[{}]}`, 400, "invalid_batch"],
])("%s is answered in words", async (_what, body, status, code) => {
  const answer = await send(at.app, body);
  expect(answer.status).toBe(status);
  expect(answer.body).toMatchObject({ status, code, detail: expect.stringMatching(/^.{10,}\.$/) });
  expect(answer.headers["access-control-allow-origin"]).toBe("*");
});

test("only text/plain, JSON and no type at all are taken", async () => {
  const body = batch(at.site, [page()]);
  for (const type of ["application/json", "text/plain;charset=UTF-8", "Application/JSON; charset=utf-8"])
    expect((await send(at.app, body, { "content-type": type })).status).toBe(200);
  for (const type of ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/html", "x"])
    expect((await send(at.app, body, { "content-type": type })).body).toMatchObject({ status: 415 });
  expect(
    await raw(
      `POST /v1/messages HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
    ),
  ).toContain("200 OK");
});

test("P19: gzip is unpacked, in one layer; every other encoding is refused", async () => {
  const body = batch(at.site, [page()]);
  const packed = (bytes: Buffer, encoding: string) => send(at.app, bytes, { ...TEXT, "content-encoding": encoding });
  expect(await packed(gzipSync(body), "gzip")).toMatchObject({ status: 200, body: { accepted: 1 } });
  expect(await packed(gzipSync(gzipSync(body)), "gzip")).toMatchObject({ status: 400 });
  expect(await packed(gzipSync(gzipSync(body)), "gzip, gzip")).toMatchObject({ status: 415 });
  expect(await packed(brotliCompressSync(body), "br")).toMatchObject({ status: 415 });
  expect(await packed(deflateSync(body), "deflate")).toMatchObject({ status: 415 });
  expect(await packed(Buffer.from("28b52ffd2000010000", "hex"), "zstd")).toMatchObject({ status: 415 });
  expect(await packed(Buffer.from(body), "gzip")).toMatchObject({ status: 400, body: { code: "invalid_gzip" } });
  expect(await packed(gzipSync(body).subarray(0, -9), "gzip")).toMatchObject({ status: 400 });
});

test("P19: a gzip bomb is given up at the cap and not unpacked", async () => {
  const bomb = gzipSync(Buffer.alloc(40 * 1024 * 1024, 0x20));
  expect(bomb.length).toBeLessThan(64 * 1024);
  const before = process.memoryUsage().rss;
  const answer = await send(at.app, bomb, { ...TEXT, "content-encoding": "gzip" });
  expect(answer).toMatchObject({ status: 413, body: { code: "too_large" } });
  expect(process.memoryUsage().rss - before).toBeLessThan(40 * 1024 * 1024);
});

test("P18: a body of 2 MB gets its answer on a real socket, whether it announces its length or not", async () => {
  const body = randomBytes(1024 * 1024).toString("hex");
  const announced = await fetch(`${address}/v1/messages`, { method: "POST", body });
  expect(announced.status).toBe(413);
  expect(await announced.json()).toMatchObject({ code: "too_large" });
  const chunks = new ReadableStream<Uint8Array>({
    start(controller) {
      for (let i = 0; i < 32; i += 1) controller.enqueue(new Uint8Array(64 * 1024).fill(0x20));
      controller.close();
    },
  });
  const streamed = await fetch(`${address}/v1/messages`, {
    method: "POST",
    body: chunks,
    headers: TEXT,
    ...{ duplex: "half" },
  });
  expect(streamed.status).toBe(413);
});

test("P18: too many messages, or too much after unpacking, is refused as a whole", async () => {
  const many = Array.from({ length: 501 }, () => ({}));
  expect(await send(at.app, batch(at.site, many))).toMatchObject({ status: 413, body: { code: "too_many_messages" } });
  const large = batch(
    at.site,
    Array.from({ length: 30 }, () => page({ title: "x".repeat(1000), properties: { t: "y".repeat(20_000) } })),
  );
  expect(await send(at.app, gzipSync(large), { ...TEXT, "content-encoding": "gzip" })).toMatchObject({ status: 413 });
});

test("P18, P20, P21: a message beyond a limit is rejected with the limit that it breaks, and its neighbours are stored", async () => {
  const messages = [
    page({ properties: { a: "HERE1" } }),
    page({ properties: Object.fromEntries(Array.from({ length: 1_001 }, (_, i) => [`k${i}`, i])) }),
    page({ properties: { ["k".repeat(201)]: 1 } }),
    page({ properties: { text: "ü".repeat(4_097) } }),
    page({ properties: { n: "HERE2" } }),
    page({ properties: { list: Array.from({ length: 10 }, () => "x".repeat(4_000)) } }),
    page({ title: "kept" }),
  ];
  const body = batch(at.site, messages).replace('"HERE1"', nested(40)).replace('"HERE2"', "1e999");
  const packed = gzipSync(body);
  const answer = await send(at.app, packed, { ...TEXT, "content-encoding": "gzip" });
  expect(answer.body).toMatchObject({
    accepted: 1,
    rejected: [
      { index: 0, code: "too_deep" },
      { index: 1, code: "too_many_keys" },
      { index: 2, code: "key_too_long" },
      { index: 3, code: "text_too_long" },
      { index: 4, code: "number_out_of_range" },
      { index: 5, code: "too_large" },
    ],
  });
  expect(await at.db.query("SELECT title FROM event")).toEqual([{ title: "kept" }]);
  expect(await countOf(at.db, "rejected")).toBe(6);
});

test("P18: a message is measured in bytes, whatever its script", async () => {
  const texts = Array.from({ length: 5 }, () => "щ".repeat(4_000));
  const large = page({ properties: { texts } });
  expect(JSON.stringify(large).length).toBeLessThan(32 * 1024);
  const answer = await send(at.app, batch(at.site, [large, page({ properties: { texts: texts.slice(3) } })]));
  expect(answer.body).toMatchObject({ accepted: 1, rejected: [{ index: 0, code: "too_large" }] });
});

test("P20: nesting of 20,000 levels is rejected and breaks nothing", async () => {
  const answer = await send(at.app, withProperties("[".repeat(20_000) + "]".repeat(20_000)));
  expect(answer.body).toMatchObject({ accepted: 0, rejected: [{ code: "too_deep" }] });
});

test("P23: bytes that are not UTF-8 are refused, not guessed at", async () => {
  const body = Buffer.from(batch(at.site, [page({ title: "a\u0001b" })]).replace("\\u0001", "XX"));
  const broken = Buffer.from(body);
  broken.write("\xff\xfe", body.indexOf("XX"), "latin1");
  expect(await send(at.app, broken)).toMatchObject({ status: 400, body: { code: "invalid_utf8" } });
  expect(await send(at.app, Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), body]))).toMatchObject({ status: 200 });
});

test("P23: NUL and half surrogates become U+FFFD in text, also in keys, and the event says so", async () => {
  const body = batch(at.site, [page({ title: "TITLE", properties: { KEY: ["VALUE"], emoji: "😀" } })])
    .replace("TITLE", "a\\u0000b")
    .replace("KEY", "k\\ud800")
    .replace("VALUE", "\\udfff");
  expect(await send(at.app, body)).toMatchObject({ body: { accepted: 1, rejected: [] } });
  const [event] = await at.db.query("SELECT title, properties, context FROM event");
  expect(event).toMatchObject({
    title: "a\uFFFDb",
    properties: { "k\uFFFD": ["\uFFFD"], emoji: "😀" },
    context: { repaired: true },
  });
});

test("P23: NUL and half surrogates in an identifier are refused", async () => {
  const identify = (fields: object) => ({
    type: "identify",
    id: uuidv7(Date.now()),
    visitorId: "visitor-1",
    at: Date.now(),
    ...fields,
  });
  const body = batch(at.site, [
    identify({ externalCustomerId: "aXX" }),
    identify({ email: "aXX@shop.example" }),
    identify({ externalCustomerId: "ok", firstName: "aXX" }),
    page({ visitorId: "visitorXX" }),
  ]);
  for (const bad of ["\\u0000", "\\ud800"]) {
    const answer = await send(
      at.app,
      body.replaceAll("XX", bad).replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, () => uuidv7(Date.now())),
    );
    expect(answer.body).toMatchObject({
      accepted: 1,
      rejected: [
        { index: 0, code: "invalid_identifier" },
        { index: 1, code: "invalid_email" },
        { index: 3, code: "invalid_visitor_id" },
      ],
    });
  }
  expect(await at.db.query("SELECT payload->>'firstName' AS name FROM identity_message")).toEqual([
    { name: "a\uFFFD" },
    { name: "a\uFFFD" },
  ]);
});

test("P24: prototype names are ordinary keys and pollute nothing", async () => {
  const body = withProperties(
    `{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},"x\\u0000":1}`,
  ).replace('{"type"', '{"__proto__":{"polluted":true},"type"');
  expect((await send(at.app, body)).body).toEqual({ accepted: 1, rejected: [] });
  expect("polluted" in {}).toBe(false);
  const [event] = await at.db.query<{ keys: string[] }>(
    "SELECT array(SELECT jsonb_object_keys(properties)) AS keys FROM event",
  );
  expect([...(event?.keys ?? [])].sort()).toEqual(["__proto__", "constructor", "x\uFFFD"]);
});

test("text that looks like SQL, array literals or NULL arrives as it was", async () => {
  const texts = [
    `"`,
    `\\`,
    `{a,b}`,
    `NULL`,
    `null`,
    `'; DROP TABLE event; --`,
    `a\nb\tc`,
    `\\"`,
    `,`,
    " ",
    `{"x":"\\\\"}`,
  ];
  await send(
    at.app,
    batch(
      at.site,
      texts.map((text) => page({ title: text, properties: { [`k${text}`]: text } })),
    ),
  );
  const rows = await at.db.query<{ title: string; properties: Record<string, string> }>(
    "SELECT title, properties FROM event ORDER BY event_id",
  );
  expect(rows.map(({ title }) => title).sort()).toEqual([...texts].sort());
  for (const { title, properties } of rows) expect(properties).toEqual({ [`k${title}`]: title });
});

test("P21: numbers that cannot be kept exactly are refused as ids", async () => {
  const identify = page({ type: "identify", externalCustomerId: "HERE" });
  for (const number of ["9007199254740993", "1.5", "-9007199254740992"]) {
    const answer = await send(at.app, batch(at.site, [identify]).replace('"HERE"', number));
    expect(answer.body).toMatchObject({ accepted: 0, rejected: [{ code: "invalid_external_id" }] });
  }
});

test("a body cut off by its sender stores nothing and leaves the server well", async () => {
  const body = batch(at.site, [page()]);
  await raw(`POST /v1/messages HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length + 10}\r\n\r\n${body}`, "cut");
  expect((await fetch(`${address}/v1/messages`, { method: "POST", body })).status).toBe(200);
  expect(await countOf(at.db, "event")).toBe(1);
});

test("P27: a request with both Content-Length and Transfer-Encoding is refused", async () => {
  const answer = await raw(
    "POST /v1/messages HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
  );
  expect(answer).toContain("400 Bad Request");
});

/** Writes bytes to the server and gives back all it answers until it closes. `cut`: hang up half-way instead. */
function raw(bytes: string, end?: "cut"): Promise<string> {
  const { port } = at.app.server.address() as AddressInfo;
  return new Promise((resolve) => {
    let answer = "";
    const socket = connect(port, "127.0.0.1", () => {
      socket.write(bytes);
      if (end === "cut") setTimeout(() => socket.destroy(), 50);
    });
    socket.on("data", (chunk) => (answer += chunk.toString()));
    socket.on("error", () => resolve(answer));
    socket.on("close", () => resolve(answer));
  });
}

import { once } from "node:events";
import { connect, type AddressInfo, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { batch, countOf, intake, page, type Intake } from "./messages-intake.ts";

// P27 and P15: requests as no client of ours writes them, byte for byte over bare sockets, at the tracker's address, which
// is served before the framework, and at an address behind it.

let at: Intake;
beforeAll(async () => {
  at = await intake();
  await at.app.listen({ port: 0, host: "127.0.0.1" });
});
afterAll(() => at.app.close());

function dial(): Socket {
  const { port } = at.app.server.address() as AddressInfo;
  return connect(port, "127.0.0.1").on("error", () => undefined);
}

/** Writes bytes and gives back everything that is answered until the server ends the connection. */
async function raw(bytes: string): Promise<string> {
  const socket = dial();
  let answer = "";
  socket.on("data", (chunk) => (answer += chunk.toString("latin1")));
  socket.write(Buffer.from(bytes, "latin1"));
  await once(socket, "close");
  return answer;
}

const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1]);
/** A method that answers that a request is fine: a smuggled one must not get it. */
const answersIn = (text: string): number => text.match(/HTTP\/1\.1 \d{3}/g)?.length ?? 0;

const SMUGGLED = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";

describe.each(["POST /v1/messages", "POST /api/v1/contact"])("P27: %s", (line) => {
  test.each([
    ["Content-Length and Transfer-Encoding", "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"],
    ["Transfer-Encoding and Content-Length", "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", "0\r\n\r\n"],
    ["two lengths that differ", "Content-Length: 4\r\nContent-Length: 5\r\n", "{}\r\n"],
    ["a list of lengths", "Content-Length: 4, 5\r\n", "{}\r\n"],
    ["a signed length", "Content-Length: +4\r\n", "{}\r\n"],
    ["a negative length", "Content-Length: -4\r\n", "{}\r\n"],
    ["a length in hexadecimal", "Content-Length: 0x4\r\n", "{}\r\n"],
    ["a length beyond all numbers", "Content-Length: 99999999999999999999\r\n", "{}\r\n"],
    ["a transfer encoding that is none", "Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"],
    ["chunked that is not last", "Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n"],
    ["a chunk whose size is no number", "Transfer-Encoding: chunked\r\n", "zz\r\n{}\r\n0\r\n\r\n"],
    ["a header with a space before its colon", "Content-Length : 4\r\n", "{}\r\n"],
    ["a folded header", "X-Long: a\r\n b\r\n", ""],
    ["NUL in a header", "X-Odd: a\0b\r\n", ""],
    ["a bare CR in a header", "X-Odd: a\rb: c\r\n", ""],
    ["a header without a name", ": odd\r\n", ""],
  ])("%s is refused, and what follows is no request", async (_what, headers, body) => {
    const answer = await raw(`${line} HTTP/1.1\r\nHost: x\r\n${headers}\r\n${body}${SMUGGLED}`);
    expect([400, 413, 501]).toContain(statusOf(answer));
    expect(answersIn(answer)).toBe(1);
  });

  test("no Host, or two of them, is refused", async () => {
    expect(statusOf(await raw(`${line} HTTP/1.1\r\nConnection: close\r\n\r\n`))).toBe(400);
    expect(statusOf(await raw(`${line} HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n`))).toBe(400);
  });

  test.each(["", "a b", "a/b", "a@b", "a,b", "[::1", "a\\b", "<script>", "x:99999999"])(
    "the host %j reaches no answer and breaks nothing",
    async (host) => {
      const answer = await raw(`${line} HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}`);
      expect([400, 401]).toContain(statusOf(answer));
      if (host.length > 2) expect(answer).not.toContain(host);
    },
  );

  test("two thousand headers are refused, though they are small", async () => {
    const headers = Array.from({ length: 2_000 }, () => "a:1\r\n").join("");
    const answer = await raw(`${line} HTTP/1.1\r\nHost: x\r\n${headers}Connection: close\r\n\r\n`);
    expect(statusOf(answer)).toBe(431);
    expect(answer).toContain("headers");
  });

  test("headers beyond 16 KB are refused", async () => {
    const answer = await raw(`${line} HTTP/1.1\r\nHost: x\r\nX-Long: ${"a".repeat(17_000)}\r\n\r\n`);
    expect(statusOf(answer)).toBe(431);
  });

  test("an unknown method, another protocol and a target of another host are refused", async () => {
    const [, path = ""] = line.split(" ");
    const end = "Host: x\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";
    for (const first of [`BREW ${path} HTTP/1.1`, `POST ${path} HTTP/9.9`, `POST ${path} SMTP/1.1`])
      expect(statusOf(await raw(`${first}\r\n${end}`)), first).toBe(400);
    for (const target of [`http://evil.example${path}`, `${path}/../../etc/passwd`, `/%2e%2e${path}`, `/${path}`, "*"])
      expect([400, 401, 404, 405], target).toContain(statusOf(await raw(`POST ${target} HTTP/1.1\r\n${end}`)));
  });

  test("P15: a body that comes drop by drop is sent away, and the good client beside it is served", async () => {
    const socket = dial();
    let answer = "";
    socket.on("data", (chunk) => (answer += chunk.toString()));
    socket.write(`${line} HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\n`);
    const drops = setInterval(() => socket.write(" "), 200);
    const before = await countOf(at.db, "event");
    expect(statusOf(await raw(goodRequest()))).toBe(200);
    expect(await countOf(at.db, "event")).toBe(before + 1);
    await once(socket, "close");
    clearInterval(drops);
    expect([401, 408]).toContain(statusOf(answer));
  });
});

function goodRequest(): string {
  const body = batch(at.site, [page()]);
  return `POST /v1/messages HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`;
}

test("P18: a body without end is answered with 413 at its limit and cut off, however long it goes on", async () => {
  const socket = dial();
  let answer = "";
  socket.on("data", (chunk) => (answer += chunk.toString()));
  socket.write("POST /v1/messages HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
  const chunk = `4000\r\n${" ".repeat(0x4000)}\r\n`;
  const flood = setInterval(() => socket.write(chunk), 20);
  await once(socket, "close");
  clearInterval(flood);
  expect(statusOf(answer)).toBe(413);
});

test("P15: four hundred connections that send nothing keep nobody from being served", async () => {
  const idle = Array.from({ length: 400 }, dial);
  await Promise.all(idle.map((socket) => once(socket, "connect")));
  for (const socket of idle) socket.write("POST /v1/messages HTTP/1.1\r\nHost: x\r\nX-Slow: ");
  const gone = Promise.all(idle.map((socket) => once(socket.resume(), "close")));
  expect(statusOf(await raw(goodRequest()))).toBe(200);
  await gone;
  expect(statusOf(await raw(goodRequest()))).toBe(200);
});

import { once } from "node:events";
import { connect, type AddressInfo, type Socket } from "node:net";
import { gzipSync } from "node:zlib";
import { expect, onTestFinished, test } from "vitest";
import type { GroupCommit } from "../../src/server/visitors/group-commit.ts";
import { batch, intake, page, send } from "./messages-intake.ts";

// P10: what may be in memory at a time is bounded, by rows and by bytes, from the moment in which a byte comes in.

const MAX_ROWS = 20_000;
const MAX_BYTES = 8 * 1024 * 1024;

/** A group commit that stores at once, beside so much of others that waits. */
function beside(waiting: { rows?: number; bytes?: number } = {}) {
  const counts = { rows: 0, bytes: 0, entered: 0, ...waiting };
  const groupCommit: GroupCommit = {
    store: () => Promise.resolve({ kind: "stored", unstorable: [] }),
    get waitingRows() {
      return counts.rows;
    },
    get waitingBytes() {
      return counts.bytes;
    },
    // Asked once for everybody whose head has been read.
    isAvailable: () => (counts.entered += 1) > 0,
    close: () => Promise.resolve(),
  };
  return { counts, groupCommit };
}

test("when too much waits, senders are told to come later before their body is read", async () => {
  for (const full of [{ rows: MAX_ROWS }, { bytes: MAX_BYTES }]) {
    const { app } = await intake({ groupCommit: beside(full).groupCommit });
    const answer = await send(app, "not even JSON");
    expect(answer).toMatchObject({ status: 503, body: { code: "overloaded" } });
    expect(answer.headers).toMatchObject({ "retry-after": "2", "access-control-allow-origin": "*" });
  }
});

test("P10: a batch with more rows than there is room for is told to come later, and a smaller one is stored", async () => {
  const { app, site } = await intake({ groupCommit: beside({ rows: MAX_ROWS - 1 }).groupCommit });
  const two = await send(app, batch(site, [page(), page()]));
  expect(two).toMatchObject({ status: 503, body: { code: "overloaded" } });
  expect(await send(app, batch(site, [page()]))).toMatchObject({ status: 200, body: { accepted: 1 } });
});

test("P10: what a body unpacks to is counted, not only what was sent", async () => {
  const { app, site } = await intake({ groupCommit: beside({ bytes: MAX_BYTES - 100_000 }).groupCommit });
  const packed = (titles: number) =>
    gzipSync(
      batch(
        site,
        Array.from({ length: titles }, () => page({ title: "x".repeat(1_000) })),
      ),
    );
  const headers = { "content-type": "text/plain", "content-encoding": "gzip" };
  expect(packed(200).length).toBeLessThan(50_000);
  expect(await send(app, packed(200), headers)).toMatchObject({ status: 503, body: { code: "overloaded" } });
  expect(await send(app, packed(20), headers)).toMatchObject({ status: 200, body: { accepted: 20 } });
});

test("P10: a body for which there is no room any more while it comes in is let go, and nothing of it stays counted", async () => {
  const { counts, groupCommit } = beside();
  const { app, site } = await intake({ groupCommit });
  const port = await listening(app);
  const body = batch(site, [page({ title: "x".repeat(1_000) })]);
  for (let time = 0; time < 3; time += 1) {
    const sender = await opened(port, body.length);
    sender.write(body.slice(0, 500));
    await expect.poll(() => counts.entered).toBe(2 * time + 1);
    counts.bytes = MAX_BYTES;
    sender.write(body.slice(500));
    expect(await answerOf(sender)).toMatch(/^HTTP\/1.1 503 [^]*"code":"overloaded"/);
    // To the byte as much room as the next one needs.
    counts.bytes = MAX_BYTES - body.length;
    expect((await send(app, body)).status).toBe(200);
    counts.bytes = 0;
  }
});

test("P10: who announces much and sends nothing takes no room from others", async () => {
  const { counts, groupCommit } = beside();
  const { app, site } = await intake({ groupCommit });
  const port = await listening(app);
  await Promise.all(Array.from({ length: 300 }, () => opened(port, 60_000)));
  await expect.poll(() => counts.entered).toBe(300);
  expect((await send(app, batch(site, [page()]))).status).toBe(200);
});

async function listening(app: Awaited<ReturnType<typeof intake>>["app"]): Promise<number> {
  await app.listen({ port: 0, host: "127.0.0.1" });
  return (app.server.address() as AddressInfo).port;
}

/** A request whose head has been sent. */
async function opened(port: number, length: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  socket.on("error", () => undefined);
  await once(socket, "connect");
  socket.write(
    `POST /v1/messages HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: ${length}\r\n\r\n`,
  );
  return socket;
}

async function answerOf(socket: Socket): Promise<string> {
  let answer = "";
  for await (const chunk of socket) {
    answer += String(chunk);
    if (answer.includes('"requestId"')) break;
  }
  return answer;
}

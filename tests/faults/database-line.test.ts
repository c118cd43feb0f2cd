import { afterEach, beforeEach, expect, test } from "vitest";
import { startDatabaseLine, OPEN, type DatabaseLine, type LineFault } from "../support/database-line.ts";
import { eventually } from "../support/eventually.ts";
import { emptyDatabase, type TestDatabase } from "../support/postgres.ts";
import { startServer, type ServerProcess } from "../support/server-process.ts";
import { expectStoredIn } from "../support/stored.ts";
import { acknowledged, newBatch, sendBatch, sendTraffic, type Ledger } from "../support/traffic.ts";

// The database is well and the line to it is not: nothing comes through, or every connection is reset.

/** Seconds without a line. */
const OUTAGE = Number(process.env["FAULT_SECONDS"] ?? 3);

let db: TestDatabase;
let line: DatabaseLine;
beforeEach(async () => {
  db = await emptyDatabase();
  line = await startDatabaseLine(db.connection);
});
afterEach(() => line.close());

const start = (): Promise<ServerProcess> =>
  startServer({ DATABASE_URL: line.url, DEMO_PORT: "", RATE_LIMIT: "0", LOG_LEVEL: "error" });
const seconds = (count: number) => new Promise((resolve) => setTimeout(resolve, count * 1_000));
const answered = ({ batches }: Ledger): number => batches.filter((batch) => batch.acknowledged).length;
const refused = ({ statuses }: Ledger): number => statuses.get(503) ?? 0;

async function outlives(what: string, fault: LineFault): Promise<void> {
  const server = await start();
  const ledger = sendTraffic({ url: server.url, siteKey: server.siteKey, clients: 10 });
  await acknowledged(ledger, 60);
  line.set(fault);
  // Every client has been told no, so that no yes of before is on its way any more.
  await eventually(() => expect(refused(ledger)).toBeGreaterThan(50));
  const before = answered(ledger);
  await toldToComeBack(server);
  await eventually(async () => expect((await fetch(`${server.url}/readyz`)).status).toBe(503));
  await seconds(OUTAGE);
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
  expect(answered(ledger)).toBe(before);
  line.set(OPEN);
  await acknowledged(ledger, before + 60);
  await eventually(async () => expect((await fetch(`${server.url}/readyz`)).status).toBe(200));
  await ledger.stop();
  expect([...ledger.statuses.keys()].filter((status) => status !== 200 && status !== 503)).toEqual([]);
  await expectStoredIn(`${what} for ${OUTAGE} s, ${refused(ledger)} batches refused`, db.pool, [ledger]);
  // Whoever came back in vain comes back with the same batch.
  const late = { batches: ledger.batches.filter((batch) => !batch.acknowledged).slice(0, 50) };
  for (const batch of late.batches) expect(await sendBatch(server, batch)).toBe(200);
  await expectStoredIn(`${what}, refused batches sent again`, db.pool, [late]);
  expect(await server.signal("SIGTERM")).toBe(0);
}

async function toldToComeBack(server: ServerProcess): Promise<void> {
  const answer = await fetch(`${server.url}/v1/messages`, { method: "POST", body: "not even JSON" });
  expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "2"]);
}

test("a line that swallows everything is answered with 503 and Retry-After, and service returns by itself", () =>
  outlives("line to the database in a black hole", { kind: "blackHole" }));

test("a line that resets every connection is answered with 503 and Retry-After, and service returns by itself", () =>
  outlives("connections to the database reset", { kind: "reset" }));

test("a start on a database that takes its time to be reached waits for it", async () => {
  line.set({ kind: "late", milliseconds: 4_000 });
  const starting = start();
  // Long after a request would have given up; whether the start needs all of it does not matter.
  await seconds(30);
  line.set(OPEN);
  const server = await starting;
  expect(await sendBatch(server, newBatch())).toBe(200);
  await server.stop();
});

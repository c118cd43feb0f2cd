import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { emptyDatabase } from "../support/postgres.ts";
import { startServer } from "../support/server-process.ts";
import { expectStoredIn } from "../support/stored.ts";
import { acknowledged, newBatch, sendBatch, sendTraffic } from "../support/traffic.ts";

// P10: more comes in than the database can store. What cannot be stored soon is refused before it is read, so that the
// memory stays bounded and whoever is let in is served.

/** Together more rows than may wait. */
const CLIENTS = 1_500;
const EVENTS = 20;
const MAX_MEGABYTES = 300;

/** The most memory that the process ever had: proc(5), VmHWM. */
async function peakMegabytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Math.round(Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]) / 1024);
}

test("P10: a flood beyond what a slow database can take is refused with 503 in bounded memory, and a yes is kept", async ({
  skip,
}) => {
  if (process.platform !== "linux") {
    console.log("skipped: the memory of a process is read from /proc");
    return skip("the memory of a process is read from /proc");
  }
  const db = await emptyDatabase();
  const server = await startServer({ DATABASE_URL: db.url, DEMO_PORT: "", RATE_LIMIT: "0", SITE_RATE_LIMIT: "0" });
  await db.query(`CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN PERFORM pg_sleep(0.3); RETURN NULL; END $$`);
  await db.query("CREATE TRIGGER slow AFTER INSERT ON event FOR EACH STATEMENT EXECUTE FUNCTION dawdle()");
  const ledger = sendTraffic({ url: server.url, siteKey: server.siteKey, clients: CLIENTS, events: EVENTS });
  const count = (status: number): number => ledger.statuses.get(status) ?? 0;
  await eventually(() => expect(count(503)).toBeGreaterThan(CLIENTS));
  await acknowledged(ledger, 500);
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
  await db.query("DROP TRIGGER slow ON event");
  await acknowledged(ledger, ledger.batches.filter((batch) => batch.acknowledged).length + 500);
  await ledger.stop();
  expect([...ledger.statuses.keys()].filter((status) => status !== 200 && status !== 503)).toEqual([]);
  const memory = await peakMegabytes(server.pid);
  await expectStoredIn(`flood, ${count(503)} batches refused, peak ${memory} MB`, db.pool, [ledger]);
  expect(memory).toBeLessThan(MAX_MEGABYTES);
  expect(await sendBatch(server, newBatch())).toBe(200);
  await server.stop();
});

import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, type TestContext } from "vitest";
import { eventually } from "../support/eventually.ts";
import { freePort, startServer, type ServerProcess } from "../support/server-process.ts";
import { expectStored, postmasterPid } from "../support/stored.ts";
import { disturb, whyNoTracing } from "../support/tracing.ts";
import { acknowledged, sendTraffic, type Ledger } from "../support/traffic.ts";

// The database is there and does not answer, or its disk fails under it, or the server is told to stop: whatever a client
// was told yes to is in the database.

const STOPS = Number(process.env["FAULT_STOPS"] ?? 2);
/** Seconds without a database. */
const OUTAGE = Number(process.env["FAULT_SECONDS"] ?? 3);

/** How often there is no room for one write. */
const WRITES = Number(process.env["FAULT_WRITES"] ?? 3);
/** To the log and to tables, and their growing. Sockets and messages go by other calls. */
const EVERY_WRITE = "pwrite64,pwritev,fallocate";

let dataDir: string;
let environment: Record<string, string>;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "backstory-outage-"));
  environment = { DATA_DIR: dataDir, PORT: String(await freePort()), DEMO_PORT: "", RATE_LIMIT: "0" };
});
afterAll(() => rm(dataDir, { recursive: true, force: true }));

async function underTraffic(): Promise<{ server: ServerProcess; ledger: Ledger }> {
  const server = await startServer(environment);
  const ledger = sendTraffic({ url: server.url, siteKey: server.siteKey, clients: 10 });
  await acknowledged(ledger, 60);
  return { server, ledger };
}

const answered = (ledger: Ledger): number => ledger.batches.filter((batch) => batch.acknowledged).length;
const seconds = (count: number) => new Promise((resolve) => setTimeout(resolve, count * 1_000));

/** The database's processes, all of them. */
async function databaseProcesses(): Promise<number[]> {
  const postmaster = await postmasterPid(dataDir);
  const { stdout } = spawnSync("pgrep", ["-P", String(postmaster)]);
  return [postmaster, ...stdout.toString().trim().split("\n").filter(Boolean).map(Number)];
}

function signalAll(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, name);
    } catch {
      // A session that ended meanwhile.
    }
  }
}

test("a database that stands still is answered with 503, and when it goes on so does the service", async () => {
  const { server, ledger } = await underTraffic();
  const pids = await databaseProcesses();
  signalAll(pids, "SIGSTOP");
  await eventually(() => expect(ledger.statuses.get(503)).toBeGreaterThan(0), 60_000);
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
  await seconds(OUTAGE);
  signalAll(pids, "SIGCONT");
  await acknowledged(ledger, answered(ledger) + 60);
  await ledger.stop();
  expect([...ledger.statuses.keys()].filter((status) => status !== 200 && status !== 503)).toEqual([]);
  await expectStored(`database stopped for ${OUTAGE} s`, dataDir, [ledger]);
  await server.stop();
});

function needTracing({ skip }: TestContext): void {
  const why = whyNoTracing();
  if (why === undefined) return;
  console.log(`skipped: ${why}`);
  skip(why);
}

test("a disk that fails to write through is no acknowledgement, and the database comes back by itself", async (context) => {
  needTracing(context);
  const { server, ledger } = await underTraffic();
  const tracer = await disturb(await databaseProcesses(), { calls: "fdatasync", error: "EIO" });
  const log = () => readFile(join(dataDir, "postgres.log"), "utf8");
  await eventually(async () => expect(await log()).toContain("PANIC"), 60_000);
  await tracer.stop();
  await acknowledged(ledger, answered(ledger) + 60);
  await ledger.stop();
  await expectStored("fdatasync fails with EIO", dataDir, [ledger]);
  await server.stop();
});

test("a disk without room at any one write is no acknowledgement, and the database comes back by itself", async (context) => {
  needTracing(context);
  const { server, ledger } = await underTraffic();
  const disturbedAt: number[] = [];
  for (let round = 0; round < WRITES; round += 1) {
    const at = 1 + Math.floor(Math.random() * 100);
    disturbedAt.push(at);
    const tracer = await disturb(await databaseProcesses(), { calls: EVERY_WRITE, error: "ENOSPC", at });
    await tracer.disturbed();
    await tracer.stop();
    await acknowledged(ledger, answered(ledger) + 60);
  }
  await ledger.stop();
  expect([...ledger.statuses.keys()].filter((status) => status !== 200 && status !== 503)).toEqual([]);
  await expectStored(`ENOSPC at write ${disturbedAt.join(", ")} of each process of the database`, dataDir, [ledger]);
  await server.stop();
});

test("a server that is told to stop under traffic answers what it took, and loses nothing", async () => {
  const ledgers: Ledger[] = [];
  for (let round = 0; round < STOPS; round += 1) {
    const { server, ledger } = await underTraffic();
    expect(await server.signal("SIGTERM")).toBe(0);
    await ledger.stop();
    ledgers.push(ledger);
  }
  const server = await startServer(environment);
  await expectStored(`SIGTERM, ${STOPS} rounds`, dataDir, ledgers);
  await server.stop();
});

import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freePort, startServer, type ServerProcess } from "../support/server-process.ts";
import { acknowledged, sendTraffic, type Ledger } from "../support/traffic.ts";

// A kill -9 proves nothing about the disk, which the kernel keeps writing: that is the power cut's part. It proves that
// nothing acknowledged was only in our memory, and that the next start finds its way.

let dataDir: string;
let environment: Record<string, string>;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "backstory-kill-"));
  environment = { DATA_DIR: dataDir, PORT: String(await freePort()), DEMO_PORT: "", RATE_LIMIT: "0" };
});
afterAll(() => rm(dataDir, { recursive: true, force: true }));

async function postmasterPid(): Promise<number> {
  return Number((await readFile(join(dataDir, "postgres/postmaster.pid"), "utf8")).split("\n")[0]);
}

async function socketDirectory(): Promise<string> {
  return (await readFile(join(dataDir, "postgres/postmaster.pid"), "utf8")).split("\n")[4]?.trim() ?? "";
}

/** How many rows each of these ids has. */
async function countRows(ids: readonly string[]): Promise<Map<string, number>> {
  const client = new pg.Client({ host: await socketDirectory(), user: "backstory", database: "backstory" });
  await client.connect();
  const { rows } = await client.query<{ id: string; count: string }>(
    "SELECT event_id AS id, count(*) FROM event WHERE event_id = ANY ($1) GROUP BY 1",
    [ids],
  );
  await client.end();
  return new Map(rows.map(({ id, count }) => [id, Number(count)]));
}

async function expectWhole(ledger: Ledger): Promise<void> {
  const rows = await countRows(ledger.batches.flatMap((batch) => batch.ids));
  const missing = ledger.batches.filter((batch) => batch.acknowledged && batch.ids.some((id) => !rows.has(id)));
  const halves = ledger.batches.filter((batch) => new Set(batch.ids.map((id) => rows.get(id) ?? 0)).size > 1);
  const twice = [...rows.values()].filter((count) => count > 1);
  expect({ missing, halves, twice }).toEqual({ missing: [], halves: [], twice: [] });
}

const startWithTraffic = async (): Promise<{ server: ServerProcess; ledger: Ledger }> => {
  const server = await startServer(environment);
  const ledger = sendTraffic({ url: server.url, siteKey: server.siteKey, clients: 10 });
  await acknowledged(ledger, 20 + Math.floor(Math.random() * 200));
  return { server, ledger };
};

test("what was acknowledged is there after the server was killed under traffic, again and again", async () => {
  const all: Ledger[] = [];
  for (let round = 0; round < 4; round += 1) {
    const { server, ledger } = await startWithTraffic();
    await server.signal("SIGKILL");
    await ledger.stop();
    all.push(ledger);
  }
  const server = await startServer(environment);
  for (const ledger of all) await expectWhole(ledger);
  await server.stop();
});

test("the database that a killed server left running is taken over", async () => {
  const { server, ledger } = await startWithTraffic();
  const before = await postmasterPid();
  await server.signal("SIGKILL");
  await ledger.stop();
  const next = await startServer(environment);
  expect(await postmasterPid()).toBe(before);
  expect(next.output()).toContain("is used on");
  await expectWhole(ledger);
  await next.stop();
});

test("what was acknowledged is there after server and database were killed together", async () => {
  const { server, ledger } = await startWithTraffic();
  process.kill(await postmasterPid(), "SIGKILL");
  await server.signal("SIGKILL");
  await ledger.stop();
  const next = await startServer(environment);
  await expectWhole(ledger);
  await next.stop();
});

test("a server whose database was killed brings it back and goes on taking events", async () => {
  const { server, ledger } = await startWithTraffic();
  const before = await postmasterPid();
  process.kill(before, "SIGKILL");
  const sofar = ledger.batches.filter((batch) => batch.acknowledged).length;
  await acknowledged(ledger, sofar + 100);
  await ledger.stop();
  expect(await postmasterPid()).not.toBe(before);
  await expectWhole(ledger);
  await server.stop();
});

test("a server that is told to stop under traffic loses nothing and stops its database", async () => {
  const { server, ledger } = await startWithTraffic();
  // Twice at once, as npm passes Ctrl-C on.
  expect(await server.signal("SIGINT", "SIGINT")).toBe(0);
  await ledger.stop();
  await expect(postmasterPid()).rejects.toThrow("ENOENT");
  const next = await startServer(environment);
  await expectWhole(ledger);
  await next.stop();
});

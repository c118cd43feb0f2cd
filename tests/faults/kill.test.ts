import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freePort, startServer, type ServerProcess } from "../support/server-process.ts";
import { expectStored, postmasterPid } from "../support/stored.ts";
import { acknowledged, sendTraffic, type Ledger } from "../support/traffic.ts";

// A kill -9 proves nothing about the disk, which the kernel keeps writing: that is the power cut's part. It proves that
// nothing acknowledged was only in our memory, and that the next start finds its way.

const KILLS = Number(process.env["FAULT_KILLS"] ?? 4);

let dataDir: string;
let environment: Record<string, string>;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "backstory-kill-"));
  environment = { DATA_DIR: dataDir, PORT: String(await freePort()), DEMO_PORT: "", RATE_LIMIT: "0" };
});
afterAll(() => rm(dataDir, { recursive: true, force: true }));

const startWithTraffic = async (): Promise<{ server: ServerProcess; ledger: Ledger }> => {
  const server = await startServer(environment);
  const ledger = sendTraffic({ url: server.url, siteKey: server.siteKey, clients: 10 });
  await acknowledged(ledger, 20 + Math.floor(Math.random() * 200));
  return { server, ledger };
};

test("what was acknowledged is there after the server was killed under traffic, again and again", async () => {
  const all: Ledger[] = [];
  for (let round = 0; round < KILLS; round += 1) {
    const { server, ledger } = await startWithTraffic();
    await server.signal("SIGKILL");
    await ledger.stop();
    all.push(ledger);
  }
  const server = await startServer(environment);
  await expectStored(`kill -9, ${KILLS} rounds`, dataDir, all);
  await server.stop();
});

test("the database that a killed server left running is taken over", async () => {
  const { server, ledger } = await startWithTraffic();
  const before = await postmasterPid(dataDir);
  await server.signal("SIGKILL");
  await ledger.stop();
  const next = await startServer(environment);
  expect(await postmasterPid(dataDir)).toBe(before);
  expect(next.output()).toContain("is used on");
  await expectStored("kill -9 of the server alone", dataDir, [ledger]);
  await next.stop();
});

test("what was acknowledged is there after server and database were killed together", async () => {
  const { server, ledger } = await startWithTraffic();
  process.kill(await postmasterPid(dataDir), "SIGKILL");
  await server.signal("SIGKILL");
  await ledger.stop();
  const next = await startServer(environment);
  await expectStored("kill -9 of server and database", dataDir, [ledger]);
  await next.stop();
});

test("a server whose database was killed brings it back and goes on taking events", async () => {
  const { server, ledger } = await startWithTraffic();
  const before = await postmasterPid(dataDir);
  process.kill(before, "SIGKILL");
  const sofar = ledger.batches.filter((batch) => batch.acknowledged).length;
  await acknowledged(ledger, sofar + 100);
  await ledger.stop();
  expect(await postmasterPid(dataDir)).not.toBe(before);
  await expectStored("kill -9 of the database", dataDir, [ledger]);
  await server.stop();
});

test("a server that is told to stop under traffic loses nothing and stops its database", async () => {
  const { server, ledger } = await startWithTraffic();
  // Twice at once, as npm passes Ctrl-C on.
  expect(await server.signal("SIGINT", "SIGINT")).toBe(0);
  await ledger.stop();
  await expect(postmasterPid(dataDir)).rejects.toThrow("ENOENT");
  const next = await startServer(environment);
  await expectStored("SIGINT", dataDir, [ledger]);
  await next.stop();
});

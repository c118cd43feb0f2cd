// Single upserts by the contact API on 32 connections; the load comes from a process of its own on the same machine.
// npx tsx bench/upsert.ts
import type { AddressInfo } from "node:net";
import { createApp } from "../src/server/app.ts";
import { createApiKey, SCOPES } from "../src/server/db/api-keys.ts";
import type { Database } from "../src/server/db/database.ts";
import { createLog } from "../src/server/lib/log.ts";
import { createServices } from "../src/server/services.ts";
import { databaseCpuSeconds, withDatabase } from "./database.ts";
import { quantiles } from "./measure.ts";
import { nextMessage, startChild } from "./support/child.ts";

const CONNECTIONS = 32;
const SECONDS = 10;
const PEOPLE = 5_000;

interface Load {
  readonly statuses: readonly (readonly [status: number, count: number])[];
  readonly times: readonly number[];
}

async function load(settings: object): Promise<Load> {
  const child = await startChild("./upsert-load.ts", { connections: CONNECTIONS, people: PEOPLE, ...settings });
  return nextMessage<Load>(child);
}

function tell(name: string, { statuses, times }: Load, seconds: number): number {
  const { p50, p99 } = quantiles(times);
  const rate = times.length / seconds;
  const answers = statuses.map(([status, count]) => `${count} x ${status}`).join(", ");
  console.log(
    `${name.padEnd(34)} ${rate.toFixed(0).padStart(6)}/s   p50 ${p50.toFixed(1)} ms   p99 ${p99.toFixed(1)} ms   ${answers}`,
  );
  return rate;
}

/** Processor time of one upsert, in this process and in PostgreSQL. */
async function measured(db: Database, name: string, settings: object): Promise<number> {
  const before = { own: process.cpuUsage(), database: await databaseCpuSeconds(db) };
  const result = await load({ ...settings, seconds: SECONDS });
  const { user, system } = process.cpuUsage(before.own);
  const database = (await databaseCpuSeconds(db)) - before.database;
  const rate = tell(name, result, SECONDS);
  const each = (seconds: number) => `${((seconds * 1000) / result.times.length).toFixed(2)} ms`;
  console.log(
    `${"".padEnd(34)} processor time of one: server ${each((user + system) / 1e6)}, database ${each(database)}`,
  );
  return rate;
}

async function countDuplicates(db: Database): Promise<number> {
  const [row] = await db.query<{ doubles: number }>(
    `SELECT count(*) - count(DISTINCT external_customer_id) AS doubles FROM contact WHERE status = 'live'`,
  );
  return row?.doubles ?? NaN;
}

await withDatabase(async (db) => {
  const { secret } = await createApiKey(db, { name: "bench", scopes: SCOPES, now: Date.now() });
  const services = createServices({
    db,
    secretKey: "x".repeat(32),
    publicUrl: "http://localhost",
    log: createLog("silent"),
  });
  const app = createApp(Object.assign({}, services, { requestsPerSecond: 1_000_000 }));
  await app.listen({ port: 0, host: "127.0.0.1" });
  const { port } = app.server.address() as AddressInfo;
  try {
    const floor = tell("floor: GET /version", await load({ port, secret, seconds: 3, path: "/api/v1/version" }), 3);
    await measured(db, "upserts, mostly new people", { port, secret });
    const rate = await measured(db, "upserts, mostly known people", { port, secret });
    console.log(`\n${(rate / floor).toFixed(2)} x floor; people twice: ${await countDuplicates(db)}`);
  } finally {
    await app.close();
    await services.close();
  }
});

// Durable events a second through the public intake, beside the same server without a database and the database without
// a server. npx tsx bench/ingest.ts [runs] [seconds] [connections]
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SiteId } from "../src/contract/identifiers.ts";
import { openDatabase, type Database } from "../src/server/db/database.ts";
import { startEmbedded } from "../src/server/db/embedded.ts";
import { migrate } from "../src/server/db/migrate.ts";
import { ensurePartitions } from "../src/server/db/partitions.ts";
import { uuidv7 } from "../src/server/lib/uuid.ts";
import { createSites } from "../src/server/sites/index.ts";
import type { EventEnvelope, EventRow } from "../src/server/visitors/delivery.ts";
import { store } from "../src/server/visitors/store.ts";
import { nextMessage, startChild, stopChild } from "./support/child.ts";
import { cpuTime } from "./support/cpu.ts";
import type { LoadResult, LoadSettings } from "./support/ingest-load.ts";
import { median } from "./support/median.ts";

const [runs = 5, seconds = 3, connections = 50] = process.argv.slice(2).map(Number);
const SIZES = [1, 10, 100];
const FLOOR_ROWS = 40_000;
/** What the intake writes; the rest has defaults. */
const COLUMNS = `event_id, site_id, source_kind, source_id, name, occurred_at, received_at, url, title, referrer,
  properties, context, trust, attachable`;

interface Side {
  readonly name: string;
  readonly port: number;
  readonly pid: number;
}

interface Run extends LoadResult {
  readonly eventsPerSecond: number;
  readonly serverMicros: number;
  readonly databaseMicros: number;
}

const dataDirectory = await mkdtemp(join(tmpdir(), "backstory-bench-"));
const embedded = await startEmbedded({ dataDirectory });
const { connection } = embedded;
await migrate(connection);
const db = openDatabase({ ...connection, max: 4 });
try {
  await ensurePartitions(db, Date.now());
  const made = await createSites({ db }).createSite({ name: "Bench" });
  if (made.kind !== "stored") throw new Error("The site was not made.");
  const { siteKey, siteId } = made.site;
  await through(siteKey);
  await floor(siteId);
} finally {
  await db.close();
  await embedded.stop();
  await rm(dataDirectory, { recursive: true, force: true });
}

async function through(siteKey: string): Promise<void> {
  const children = await Promise.all(
    [true, false].map(async (storing) => {
      const child = await startChild("./ingest-server.ts", { connection, storing });
      const { port } = await nextMessage<{ port: number }>(child);
      return { child, side: { name: storing ? "stored" : "not stored", port, pid: child.pid ?? 0 } };
    }),
  );
  console.log(`${connections} connections, ${runs} runs of ${seconds} s each, medians\n`);
  for (const eventsPerRequest of SIZES) {
    const results = new Map<string, Run[]>(children.map(({ side }) => [side.name, []]));
    const load = { siteKey, connections, eventsPerRequest };
    for (const { side } of children) await measure(side, { ...load, seconds: 1 });
    for (let run = 0; run < runs; run += 1)
      for (const { side } of children) results.get(side.name)?.push(await measure(side, { ...load, seconds }));
    report(eventsPerRequest, results);
  }
  await Promise.all(children.map(({ child }) => stopChild(child)));
}

async function measure(side: Side, load: Omit<LoadSettings, "port">): Promise<Run> {
  const before = [cpuTime(side.pid), cpuTime(embedded.pid())] as const;
  const child = await startChild("./ingest-load.ts", { ...load, port: side.port });
  const result = await nextMessage<LoadResult>(child);
  const events = result.requests * load.eventsPerRequest;
  return {
    ...result,
    eventsPerSecond: result.requestsPerSecond * load.eventsPerRequest,
    serverMicros: ((cpuTime(side.pid) - before[0]) * 1_000) / events,
    databaseMicros: ((cpuTime(embedded.pid()) - before[1]) * 1_000) / events,
  };
}

function report(size: number, results: ReadonlyMap<string, readonly Run[]>): void {
  const of = (name: string, key: Exclude<keyof Run, "statuses">): number =>
    median((results.get(name) ?? []).map((run) => run[key]));
  for (const name of results.keys())
    console.log(
      [
        `${size} a request, ${name}:`.padEnd(28),
        `${whole(of(name, "eventsPerSecond"))} events/s`,
        `${whole(of(name, "requestsPerSecond"))} requests/s`,
        `p50 ${of(name, "p50").toFixed(1)} ms, p99 ${of(name, "p99").toFixed(1)} ms`,
        `CPU an event: server ${of(name, "serverMicros").toFixed(1)} µs, database ${of(name, "databaseMicros").toFixed(1)} µs`,
        `failures ${(results.get(name) ?? []).reduce((sum, run) => sum + run.failures, 0)}`,
      ].join("  "),
    );
  const ratio = of("stored", "eventsPerSecond") / of("not stored", "eventsPerSecond");
  console.log(`${"".padEnd(28)}${(ratio * 100).toFixed(0)} % of not storing\n`);
}

function whole(value: number): string {
  return Math.round(value).toLocaleString("en").padStart(7);
}

/** The same rows handed to the database by this process: in groups on two connections, and by COPY from a file. */
async function floor(siteId: SiteId): Promise<void> {
  const rates: Record<"statement" | "copy", number[]> = { statement: [], copy: [] };
  for (let run = 0; run < runs; run += 1) {
    rates.statement.push(await byStatement(siteId));
    rates.copy.push(await byCopy());
  }
  console.log(`bare database, groups of 1,000 rows on 2 connections: ${whole(median(rates.statement))} events/s`);
  console.log(`bare database, COPY of rows already in the server:    ${whole(median(rates.copy))} events/s`);
}

async function byStatement(siteId: SiteId): Promise<number> {
  const groups = Array.from({ length: FLOOR_ROWS / 1_000 }, () => groupOf(siteId));
  const next = groups.values();
  const started = performance.now();
  const connectionLoop = async (target: Database): Promise<void> => {
    for (const events of next) await store(target, { events, identityMessages: [], rejected: [] });
  };
  await Promise.all([connectionLoop(db), connectionLoop(db)]);
  return (FLOOR_ROWS / (performance.now() - started)) * 1_000;
}

/** COPY inside the server, so that no client takes part: what the table and its indexes cost by themselves. */
async function byCopy(): Promise<number> {
  const superuser = openDatabase({ ...embedded.superuser, database: String(connection.database), max: 1 });
  try {
    const [at] = await superuser.query<{ dataDirectory: string }>(
      "SELECT setting AS data_directory FROM pg_settings WHERE name = 'data_directory'",
    );
    const file = `'${at?.dataDirectory ?? ""}/copy-${randomBytes(4).toString("hex")}'`;
    const [written] = await superuser.query<{ rows: number }>(
      `SELECT least(count(*), ${FLOOR_ROWS}) AS rows FROM event`,
    );
    await superuser.query(
      `COPY (SELECT (lpad(to_hex((extract(epoch FROM now()) * 1000)::bigint), 12, '0') || '7'
            || substr(md5(random()::text), 1, 3) || '8' || substr(md5(random()::text), 1, 15))::uuid,
          ${COLUMNS.replace("event_id, ", "")}
        FROM event LIMIT ${FLOOR_ROWS}) TO ${file}`,
    );
    const started = performance.now();
    await superuser.query(`COPY event (${COLUMNS}) FROM ${file}`);
    return ((written?.rows ?? 0) / (performance.now() - started)) * 1_000;
  } finally {
    await superuser.close();
  }
}

/** As from a hundred batches of ten. */
function groupOf(siteId: SiteId): EventRow[] {
  return Array.from({ length: 100 }, () => envelopeOf(siteId)).flatMap((envelope) =>
    Array.from({ length: 10 }, () => row(envelope)),
  );
}

function row(envelope: EventEnvelope): EventRow {
  const now = Date.now();
  return {
    index: 0,
    envelope,
    eventId: uuidv7(now),
    visitorId: `floor-${Math.floor(Math.random() * 100_000)}`,
    name: "page",
    occurredAt: now,
    url: "https://shop.example/products/1?utm_source=letter",
    title: "A product of the shop",
    referrer: "https://shop.example/products",
    properties: JSON.stringify({ price: 39.5, currency: "EUR", tags: ["new", "kitchen"] }),
    attachable: true,
  };
}

function envelopeOf(siteId: SiteId): EventEnvelope {
  const context = {
    library: "backstory/0.1",
    language: "en-GB",
    timeZone: "Europe/Kyiv",
    userAgent: "Chrome 140, Linux",
  };
  return { siteId, receivedAt: Date.now(), context: JSON.stringify(context) };
}

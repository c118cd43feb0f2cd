// What WORKERS adds: durable events a second through the whole server alone, with one worker and with two, on one database.
// node scripts/build.mjs && npx tsx bench/workers.ts [runs] [seconds] [connections]
import { cpus } from "node:os";
import { cpuTime } from "./support/cpu.ts";
import { startDelivered, type DeliveredServer } from "./support/delivered-server.ts";
import type { LoadResult } from "./support/ingest-load.ts";
import { loadOn, withEmptyDatabase } from "./support/ingest-world.ts";
import { median } from "./support/median.ts";

const [runs = 5, seconds = 4, connections = 50] = process.argv.slice(2).map(Number);
const SIZES = [1, 10];
const WORKERS = [0, 1, 2];

interface Run extends LoadResult {
  /** Processor time of the server with its workers, in microseconds an event. */
  readonly serverMicros: number;
}

await withEmptyDatabase(async ({ embedded }) => {
  const servers = new Map<number, DeliveredServer>();
  for (const count of WORKERS)
    servers.set(count, await startDelivered(embedded.connection, { WORKERS: String(count) }));
  console.log(`${cpus().length} cores, ${connections} connections, ${runs} runs of ${seconds} s each, medians`);
  for (const eventsPerRequest of SIZES) {
    const results = new Map<number, Run[]>(WORKERS.map((count) => [count, []]));
    for (const [, server] of servers) await measure(server, { eventsPerRequest, seconds: 1 });
    for (let run = 0; run < runs; run += 1)
      for (const [count, server] of servers)
        results.get(count)?.push(await measure(server, { eventsPerRequest, seconds }));
    report(eventsPerRequest, results);
  }
  for (const server of servers.values()) await server.stop();
});

async function measure(server: DeliveredServer, load: { eventsPerRequest: number; seconds: number }): Promise<Run> {
  const before = cpuTime(server.pid);
  const result = await loadOn(server)({ connections, ...load });
  const used = cpuTime(server.pid) - before;
  return { ...result, serverMicros: (used * 1_000) / (result.requests * load.eventsPerRequest) };
}

function report(size: number, results: ReadonlyMap<number, readonly Run[]>): void {
  const rateOf = (count: number): number =>
    median((results.get(count) ?? []).map((run) => run.requestsPerSecond)) * size;
  for (const [count, all] of results) {
    const of = (key: "p50" | "p99" | "serverMicros"): number => median(all.map((run) => run[key]));
    console.log(
      [
        `${size} a request, ${count === 0 ? "no worker" : `WORKERS=${count}`}:`.padEnd(28),
        `${Math.round(rateOf(count)).toLocaleString("en").padStart(7)} events/s`,
        `${((rateOf(count) / rateOf(0)) * 100).toFixed(0)} % of no worker`,
        `p50 ${of("p50").toFixed(1)} ms, p99 ${of("p99").toFixed(1)} ms`,
        `CPU an event: server ${of("serverMicros").toFixed(1)} µs`,
        `failures ${all.reduce((sum, run) => sum + run.failures, 0)}`,
      ].join("  "),
    );
  }
  console.log(`${"".padEnd(28)} two workers do ${((rateOf(2) / rateOf(1)) * 100).toFixed(0)} % of what one does\n`);
}

// Far more than can be stored, first with the database as it is and then with one that takes its time for every statement:
// which answers come, how much memory the whole server takes at most, and how soon it is well again.
// node scripts/build.mjs && npx tsx bench/overload.ts [seconds] [connections] [events a request] [seconds a statement, "0,0.3"]
import type { Database } from "../src/server/db/database.ts";
import { withDelivered, type DeliveredWorld } from "./support/ingest-world.ts";
import { forgetPeak, peakMegabytes, residentMegabytes } from "./support/memory.ts";

const [seconds = 60, connections = 1_500, eventsPerRequest = 20] = process.argv.slice(2, 5).map(Number);
const delays = (process.argv[5] ?? "0,0.3").split(",").map(Number);
/** p99 of single events, in milliseconds. */
const WELL = 500;

console.log(`${connections} connections, ${eventsPerRequest} events a request, ${seconds} s`);
for (const delay of delays) await withDelivered((world) => overload(world, delay));

async function overload({ db, server, load }: DeliveredWorld, delay: number): Promise<void> {
  await load({ connections: 50, eventsPerRequest, seconds: 2 });
  const idle = residentMegabytes(server.pid);
  const before = await countEvents(db);
  await slowDown(db, delay);
  forgetPeak(server.pid);
  const { requests, statuses } = await load({ connections, eventsPerRequest, seconds });
  const peak = peakMegabytes(server.pid);
  await slowDown(db, 0);
  const stored = (await countEvents(db)) - before;
  const after = await afterwards(load);
  console.log(`\n${delay === 0 ? "the database as it is" : `${delay} s more for every statement that stores`}`);
  console.log(`  answers: ${statuses.map(([status, count]) => `${status}: ${count}`).join(", ")}`);
  console.log(`  events accepted ${requests * eventsPerRequest}, stored ${stored}`);
  console.log(`  memory at most ${peak.toFixed(0)} MB, before ${idle.toFixed(0)} MB`);
  for (const line of after) console.log(`  ${line}`);
}

/** Single events until they are answered soon, or for ten seconds. */
async function afterwards(load: DeliveredWorld["load"]): Promise<string[]> {
  const seen: string[] = [];
  for (let second = 1; second <= 10; second += 1) {
    const { p99, failures } = await load({ connections: 10, eventsPerRequest: 1, seconds: 1 });
    seen.push(`${second} s after: p99 ${p99.toFixed(0)} ms${failures === 0 ? "" : `, ${failures} refused`}`);
    if (p99 < WELL && failures === 0) break;
  }
  return seen;
}

/** Every statement that stores events takes so many seconds more, as on a disk that is worn out or shared with others. */
async function slowDown(db: Database, delay: number): Promise<void> {
  await db.query("DROP TRIGGER IF EXISTS slow ON event");
  if (delay === 0) return;
  await db.query(
    `CREATE OR REPLACE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(${delay}); RETURN NULL; END'`,
  );
  await db.query("CREATE TRIGGER slow BEFORE INSERT ON event FOR EACH STATEMENT EXECUTE FUNCTION slow()");
}

async function countEvents(db: Database): Promise<number> {
  const [found] = await db.query<{ rows: number }>("SELECT count(*) AS rows FROM event");
  return found?.rows ?? 0;
}

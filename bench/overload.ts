// Far more than can be stored: which answers come, how much memory the server takes, and how soon it is well again.
// npx tsx bench/overload.ts [seconds] [connections] [events a request]
import { withIngest } from "./support/ingest-world.ts";
import { watchMemory } from "./support/memory.ts";

const [seconds = 60, connections = 1_500, eventsPerRequest = 20] = process.argv.slice(2).map(Number);
const WELL = 500;

await withIngest(async ({ db, server, load }) => {
  await load({ connections: 50, eventsPerRequest, seconds: 2 });
  const [before] = await db.query<{ rows: number }>("SELECT count(*) AS rows FROM event");
  const memory = watchMemory(server.pid ?? 0);
  const result = await load({ connections, eventsPerRequest, seconds });
  const [after] = await db.query<{ rows: number }>("SELECT count(*) AS rows FROM event");
  const accepted = result.requests * eventsPerRequest;
  console.log(`${connections} connections, ${eventsPerRequest} events a request, ${seconds} s`);
  console.log(`answers: ${result.statuses.map(([status, count]) => `${status}: ${count}`).join(", ")}`);
  console.log(`events accepted ${accepted}, stored ${(after?.rows ?? 0) - (before?.rows ?? 0)}`);
  console.log(`memory at most ${Math.max(...memory.stop()).toFixed(0)} MB`);
  for (let second = 1; second <= 10; second += 1) {
    const { p99 } = await load({ connections: 10, eventsPerRequest: 1, seconds: 1 });
    console.log(`${second} s after: p99 ${p99.toFixed(0)} ms`);
    if (p99 < WELL) break;
  }
});

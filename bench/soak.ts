// Whether memory grows while nothing else does: half of what the machine can take, for long.
// npx tsx bench/soak.ts [minutes] [requests a second]
import { withIngest } from "./support/ingest-world.ts";
import { watchMemory } from "./support/memory.ts";

const [minutes = 30, connections = 8] = process.argv.slice(2).map(Number);
const WARM_UP = 60;

await withIngest(async ({ db, server, load }) => {
  const memory = watchMemory(server.pid ?? 0);
  const result = await load({ connections, eventsPerRequest: 10, seconds: minutes * 60 });
  const seen = memory.stop();
  const [stored] = await db.query<{ rows: number }>("SELECT count(*) AS rows FROM event");
  console.log(`${minutes} minutes, ${connections} connections, 10 events a request`);
  console.log(`events accepted ${result.requests * 10}, stored ${stored?.rows}, failures ${result.failures}`);
  console.log(`p50 ${result.p50.toFixed(1)} ms, p99 ${result.p99.toFixed(1)} ms`);
  console.log(
    `memory ${seen.at(-1)?.toFixed(0)} MB at the end, slope ${slope(seen.slice(WARM_UP)).toFixed(2)} MB a minute`,
  );
});

/** Of the straight line that fits best through one value a second; in units a minute. */
function slope(values: readonly number[]): number {
  const middle = (values.length - 1) / 2;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  let [products, squares] = [0, 0];
  values.forEach((value, index) => {
    products += (index - middle) * (value - mean);
    squares += (index - middle) ** 2;
  });
  return (products / squares) * 60;
}

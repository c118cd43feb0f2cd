// A file of contacts checked and run: three shapes, one after the other on one database.
// npx tsx bench/import.ts [rows] [shapes]
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEmbedded } from "../src/server/db/embedded.ts";
import { migrate } from "../src/server/db/migrate.ts";
import { nextMessage, startChild, stopChild } from "./support/child.ts";
import { cpuTime } from "./support/cpu.ts";
import type { ImportOrder, ImportRan } from "./support/import-run.ts";
import { SHAPES, type ShapeName } from "./support/import-shapes.ts";
import { watchMemory } from "./support/memory.ts";

const [rows = 1_000_000, shapes = 4] = process.argv.slice(2).map(Number);

const dataDirectory = await mkdtemp(join(tmpdir(), "backstory-bench-"));
const embedded = await startEmbedded({ dataDirectory });
try {
  await migrate(embedded.connection);
  for (const shape of (Object.keys(SHAPES) as ShapeName[]).slice(0, shapes))
    for (const purpose of ["check", "run"] as const)
      await bring({ connection: embedded.connection, shape, rows, purpose });
} finally {
  await embedded.stop();
  await rm(dataDirectory, { recursive: true, force: true });
}

async function bring(order: ImportOrder): Promise<void> {
  const child = await startChild("./import-run.ts", order);
  const memory = watchMemory(child.pid ?? 0);
  await nextMessage(child);
  const before = cpuTime(embedded.pid());
  const { seconds, cpu, counts } = await nextMessage<ImportRan>(child);
  const database = cpuTime(embedded.pid()) - before;
  await stopChild(child);
  const told = Object.entries(counts).filter(([, count]) => count > 0);
  console.log(
    `${order.shape} · ${order.purpose}: ${seconds.toFixed(1)} s, ${Math.round(rows / seconds).toLocaleString("en")} rows/s, ` +
      `CPU a row: node ${micros(cpu * 1_000)} + database ${micros(database)} µs, ` +
      `memory at most ${Math.max(...memory.stop()).toFixed(0)} MB · ${told.map(([result, count]) => `${result} ${count}`).join(", ")}`,
  );
}

function micros(milliseconds: number): string {
  return ((milliseconds * 1_000) / rows).toFixed(0);
}

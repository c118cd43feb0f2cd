import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDatabase, type Database } from "../src/server/db/database.ts";
import { startEmbedded } from "../src/server/db/embedded.ts";
import { migrate } from "../src/server/db/migrate.ts";

/** Runs a benchmark on a database of its own, set up as the product sets it up, and removes it afterwards. */
export async function withDatabase(work: (db: Database) => Promise<void>, connections = 16): Promise<void> {
  const dataDirectory = await mkdtemp(join(tmpdir(), "backstory-bench-"));
  const embedded = await startEmbedded({ dataDirectory });
  try {
    await migrate(embedded.connection);
    const db = openDatabase({ ...embedded.connection, max: connections });
    try {
      await work(db);
    } finally {
      await db.close();
    }
  } finally {
    await embedded.stop();
    await rm(dataDirectory, { recursive: true, force: true });
  }
}

/** Seconds of processor time that the server and its connections have used so far; Linux only, elsewhere zero. */
export async function databaseCpuSeconds(db: Database): Promise<number> {
  const [found] = await db.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
  const own = await statOf(String(found?.pid));
  const server = own === undefined ? undefined : await statOf(String(own.parent));
  if (own === undefined || server === undefined) return 0;
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const children = (await Promise.all(pids.map(statOf))).filter((stat) => stat?.parent === own.parent);
  return children.reduce((sum, stat) => sum + (stat?.ticks ?? 0), server.ticks + server.ticksOfEnded) / 100;
}

/** https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
async function statOf(pid: string) {
  const text = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const fields = text
    .slice(text.lastIndexOf(")") + 2)
    .split(" ")
    .map(Number);
  const sum = (from: number) => (fields[from] ?? 0) + (fields[from + 1] ?? 0);
  return { parent: fields[1] ?? 0, ticks: sum(11), ticksOfEnded: sum(13) };
}

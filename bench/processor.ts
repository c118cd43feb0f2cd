import { existsSync, readFileSync } from "node:fs";
import type { Database } from "../src/server/db/database.ts";

/**
 * A meter of the processor time, in milliseconds, that this process and the database's backend have used so far. Unlike
 * a clock on the wall it does not run while other programs have the processor, so it also tells on a busy machine what
 * a request costs; waiting for the disk is not in it. For a database with one connection. Linux only.
 */
export async function processorMeter(db: Database): Promise<(() => number) | undefined> {
  const [backend] = await db.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
  const file = `/proc/${backend?.pid ?? 0}/schedstat`;
  if (!existsSync(file)) return undefined;
  return () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1_000 + Number(readFileSync(file, "utf8").split(" ")[0]) / 1_000_000;
  };
}

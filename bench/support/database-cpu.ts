import { readFileSync } from "node:fs";
import type { Database } from "../../src/server/db/database.ts";
import { cpuTime } from "./cpu.ts";

/** Tells the milliseconds of processor time that PostgreSQL has used, workers that have ended included; Linux only. */
export async function databaseCpu(db: Database): Promise<() => number> {
  const [row] = await db.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
  const postmaster = Number(statOf(row?.pid ?? 0)[1]);
  return () => {
    const fields = statOf(postmaster);
    return cpuTime(postmaster) + (Number(fields[13]) + Number(fields[14])) * 10;
  };
}

/** Fields from the state on: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
function statOf(pid: number): string[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    return text.slice(text.lastIndexOf(")") + 2).split(" ");
  } catch {
    return [];
  }
}

import { readdirSync, readFileSync, readlinkSync, realpathSync } from "node:fs";
import { spawnSync } from "node:child_process";

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, as somebody else.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/** Alive and not merely waiting for its parent to notice its end. */
export function isRunning(pid: number): boolean {
  return isAlive(pid) && startTime(pid) !== undefined;
}

/** A word that differs between two processes that had the same number. Undefined: no such process. */
export function startTime(pid: number): string | undefined {
  try {
    // Field 22 of stat(5); the name in field 2 may hold blanks and brackets.
    const [, rest = ""] = /\) (.*)$/s.exec(readFileSync(`/proc/${pid}/stat`, "utf8")) ?? [];
    const fields = rest.split(" ");
    return fields[0] === "Z" ? undefined : fields[19];
  } catch {
    if (process.platform === "linux") return undefined;
    const { stdout } = spawnSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" });
    return stdout.trim() || undefined;
  }
}

/** Whether `pid` is the server of this very cluster, and not a stranger who got its number. */
export function isPostmasterOf(pid: number, directory: string): boolean {
  if (!Number.isInteger(pid) || !isRunning(pid)) return false;
  if (process.platform === "linux") return processesIn(directory).includes(pid);
  const { stdout } = spawnSync("ps", ["-o", "command=", "-p", String(pid)], { encoding: "utf8" });
  return stdout.includes("postgres") && stdout.includes(directory);
}

/** Every process of PostgreSQL whose working directory is the cluster's: its postmaster and what survived one. */
export function processesIn(directory: string): number[] {
  const place = realpathSync(directory);
  return pids().filter((pid) => {
    try {
      return (
        readlinkSync(`/proc/${pid}/cwd`) === place && /^(postgres|\()/.test(readFileSync(`/proc/${pid}/comm`, "utf8"))
      );
    } catch {
      return false;
    }
  });
}

function pids(): number[] {
  try {
    return readdirSync("/proc").map(Number).filter(Number.isInteger);
  } catch {
    return [];
  }
}

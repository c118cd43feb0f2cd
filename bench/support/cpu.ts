import { readFileSync, readdirSync } from "node:fs";

/** Milliseconds of processor time that a process and all below it have used so far; Linux only, elsewhere NaN. */
export function cpuTime(pid: number): number {
  try {
    const parents = new Map<number, number>();
    const used = new Map<number, number>();
    for (const name of readdirSync("/proc").filter((entry) => /^\d+$/.test(entry))) {
      const fields = statOf(name);
      if (fields === undefined) continue;
      parents.set(Number(name), Number(fields[1]));
      // In ticks of 10 ms: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
      used.set(Number(name), (Number(fields[11]) + Number(fields[12])) * 10);
    }
    return [...used].filter(([child]) => isBelow(child, pid, parents)).reduce((sum, [, time]) => sum + time, 0);
  } catch {
    return NaN;
  }
}

/** Fields from the state on; the command before them may hold spaces. */
function statOf(pid: string): string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    return text.slice(text.lastIndexOf(")") + 2).split(" ");
  } catch {
    return undefined;
  }
}

function isBelow(pid: number, top: number, parents: ReadonlyMap<number, number>): boolean {
  for (let at: number | undefined = pid; at !== undefined && at > 1; at = parents.get(at)) if (at === top) return true;
  return false;
}

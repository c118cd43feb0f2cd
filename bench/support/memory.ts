import { readFileSync } from "node:fs";

/** Megabytes of memory that a process holds now; Linux only, elsewhere NaN. */
export function residentMegabytes(pid: number): number {
  try {
    // https://man7.org/linux/man-pages/man5/proc_pid_status.5.html
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024;
  } catch {
    return NaN;
  }
}

/** Looks every second until it is stopped; answers what it saw. */
export function watchMemory(pid: number): { stop(): readonly number[] } {
  const seen: number[] = [residentMegabytes(pid)];
  const timer = setInterval(() => seen.push(residentMegabytes(pid)), 1_000);
  return {
    stop() {
      clearInterval(timer);
      return seen;
    },
  };
}

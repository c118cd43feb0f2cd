import { readFileSync, writeFileSync } from "node:fs";

// https://man7.org/linux/man-pages/man5/proc_pid_status.5.html
type Measure = "VmRSS" | "VmHWM";

/** Megabytes of memory that a process holds now; Linux only, elsewhere NaN. */
export const residentMegabytes = (pid: number): number => megabytes(pid, "VmRSS");

/** Megabytes that it held at most since it was started or `forgetPeak` was called, be it for a moment; Linux only. */
export const peakMegabytes = (pid: number): number => megabytes(pid, "VmHWM");

/** https://man7.org/linux/man-pages/man5/proc_pid_clear_refs.5.html */
export function forgetPeak(pid: number): void {
  if (process.platform === "linux") writeFileSync(`/proc/${pid}/clear_refs`, "5");
}

function megabytes(pid: number, measure: Measure): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    return Number(new RegExp(`${measure}:\\s+(\\d+)`).exec(status)?.[1]) / 1024;
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

import { setTimeout as sleep } from "node:timers/promises";
import type { Log } from "../../lib/log.ts";
import type { Postmaster } from "./postmaster.ts";
import { isRunning } from "./process-table.ts";

export interface Supervisor {
  /** The server's process now. */
  pid(): number;
  /** From here on its end is meant. Resolves when no restart is under way any more. */
  end(): Promise<void>;
}

const LOOK_EVERY = 250;

/** Starts the server anew when it ends by itself or is killed. It may not be our child, so its number is watched. */
export function supervise(
  first: Postmaster,
  { restart, log }: { restart: () => Promise<Postmaster>; log?: Log | undefined },
): Supervisor {
  let current = first;
  const ended = new AbortController();
  const pause = (milliseconds: number): Promise<void> =>
    sleep(milliseconds, undefined, { ref: false, signal: ended.signal }).catch(() => undefined);

  async function bringBack(): Promise<void> {
    log?.warn({ pid: current.pid }, "PostgreSQL ended unexpectedly; starting it again");
    for (let wait = 100; !ended.signal.aborted; wait = Math.min(wait * 2, 5_000)) {
      try {
        current = await restart();
        log?.warn({ pid: current.pid }, "PostgreSQL runs again");
        return;
      } catch (error) {
        log?.error({ err: error }, "PostgreSQL could not be started again; trying on");
        await pause(wait);
      }
    }
  }
  async function watch(): Promise<void> {
    while (!ended.signal.aborted) {
      if (!isRunning(current.pid)) await bringBack();
      await pause(LOOK_EVERY);
    }
  }
  const watching = watch();
  return {
    pid: () => current.pid,
    async end() {
      ended.abort();
      await watching;
    },
  };
}

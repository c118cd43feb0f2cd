import type { Log } from "../lib/log.ts";

/** Work that is taken step by step, from wherever it was left, in the background of a process. */
export interface Loop {
  /** Looks from now on for what other processes left behind. */
  start(): void;
  /** There may be work. Returns at once. */
  kick(): void;
  /** Waits for the step under way; the rest stays for the next start. */
  close(): Promise<void>;
}

interface Around {
  readonly log: Pick<Log, "error">;
  /** What the log says when a step failed: the work stays, and is tried again at the next look. */
  readonly failure: string;
  /** Milliseconds until it looks again for what a process that was killed left behind. */
  readonly lookEvery?: number;
}

/** `true`: there may be more. A long step asks `isClosed` now and then, and ends early when it says so. */
type Step = (isClosed: () => boolean) => Promise<boolean>;

/** Takes steps until one says that nothing waits; looks again when kicked and, once started, now and then. */
export function createLoop(step: Step, { log, failure, lookEvery = 30_000 }: Around): Loop {
  let running: Promise<void> | undefined;
  let again = false;
  let closed = false;
  const isClosed = () => closed;

  async function work(): Promise<void> {
    do {
      again = false;
      while (!closed && (await step(isClosed)));
    } while (again && !closed);
  }
  function kick(): void {
    again = true;
    if (closed || running !== undefined) return;
    running = work()
      .catch((error: unknown) => {
        if (!closed) log.error({ err: error }, failure);
      })
      .finally(() => (running = undefined));
  }

  let timer: NodeJS.Timeout | undefined;
  return {
    start() {
      timer = setInterval(kick, lookEvery).unref();
      kick();
    },
    kick,
    async close() {
      closed = true;
      clearInterval(timer);
      await running;
    },
  };
}

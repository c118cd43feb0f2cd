import { pauseAfter } from "../client/pause.ts";
import { nextCall, requestOf, type Entry } from "./calls.ts";
import type { Verdict } from "./transport.ts";

const MAX_EVENTS = 100;
/** At most three bytes each, in a call that may have 1 MiB. */
const MAX_CHARACTERS = 256 * 1024;

export interface SenderWorld {
  readonly entries: () => readonly Entry[];
  readonly forget: (entries: readonly Entry[]) => Promise<void>;
  readonly send: (path: string, body: string) => Promise<Verdict>;
  readonly onRefused: (entries: readonly Entry[], sentence: string) => void;
  readonly now: () => number;
  /** From 0 up to 1. */
  readonly chance: () => number;
}

export interface Sender {
  /** There may be something to send. */
  kick(): void;
  /** Does not wait for the end of a pause, unless the server asked for it. Resolves when nothing more can be done now. */
  flush(): Promise<void>;
  /** Whether this entry may be on its way at the moment. */
  isUnderway(entry: Entry): boolean;
  problem(): string | undefined;
  close(): Promise<void>;
}

/** Sends what is in the queue, oldest first, one call at a time. */
export function openSender({ entries, forget, send, onRefused, now, chance }: SenderWorld): Sender {
  let underway: ReadonlySet<Entry> = new Set();
  let running: Promise<void> | undefined;
  let closed = false;
  let failures = 0;
  let maxEvents = MAX_EVENTS;
  let resumeAt = 0;
  /** By the server's word; before that nothing goes out. */
  let forbiddenUntil = 0;
  let timer: unknown;
  let problem: string | undefined;

  const postpone = ({ after, sentence }: { after: number; sentence: string }): void => {
    const pause = pauseAfter(++failures, after, chance());
    problem = sentence;
    resumeAt = now() + pause;
    if (after > 0) forbiddenUntil = resumeAt;
  };

  const settle = async (call: readonly Entry[], verdict: Verdict): Promise<void> => {
    if (verdict.kind === "later") return postpone(verdict);
    failures = 0;
    problem = undefined;
    if (verdict.kind === "refused" && call.length > 1) {
      // One of them is at fault: it is found by halving.
      maxEvents = call.length >> 1;
      return;
    }
    if (verdict.kind === "refused") onRefused(call, verdict.sentence);
    maxEvents = Math.min(MAX_EVENTS, maxEvents * 2);
    await forget(call);
  };

  const drain = async (): Promise<void> => {
    for (;;) {
      const call = nextCall(entries(), maxEvents, MAX_CHARACTERS);
      if (closed || call.length === 0 || now() < resumeAt) return;
      underway = new Set(call);
      const { path, body } = requestOf(call, now());
      await settle(call, await send(path, body));
      underway = new Set();
    }
  };

  const run = (): Promise<void> =>
    (running ??= drain().finally(() => {
      running = undefined;
      // What came just when there seemed to be nothing more.
      if (entries().length > 0) kick();
    }));

  function kick(): void {
    if (closed) return;
    // A timer may come a little early by the app's own clock.
    if (now() < resumeAt) {
      clearTimeout(timer);
      timer = setTimeout(kick, Math.max(1, Math.min(resumeAt - now(), 60_000)));
    } else void run();
  }

  return {
    kick,
    async flush() {
      // What is under way may have begun before the network was back.
      await running;
      if (now() >= forbiddenUntil) resumeAt = 0;
      await run();
    },
    isUnderway: (entry) => underway.has(entry),
    problem: () => problem,
    async close() {
      closed = true;
      clearTimeout(timer);
      await running;
    },
  };
}

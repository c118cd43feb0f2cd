import type { Database } from "../db/database.ts";
import type { Clock } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import { giveBack, rejectMessage, takeWaiting, type WaitingMessage } from "./inbox-store.ts";
import { isPassing } from "./sql-state.ts";

/** What became of carrying out one message. */
export type CarriedOut =
  | { readonly kind: "done" }
  /** It can never be: the reason is told in `rejected`. */
  | { readonly kind: "refused"; readonly code: string; readonly reason: string }
  /** Another process was quicker, or an earlier message of the visitor comes first: nothing was changed. */
  | { readonly kind: "notNow" };

export interface InboxDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Log;
  readonly carryOut: (message: WaitingMessage) => Promise<CarriedOut>;
}

/** Carries out what browsers said about people, after the answer and whoever exists. */
export interface Inbox {
  /** There may be something new. */
  kick(): void;
  /** Looks by itself every second from now on: for what other processes left behind. */
  start(): void;
  /** Resolves when everything that was due has been tried. */
  idle(): Promise<void>;
  /** Finishes what is under way and takes nothing new. */
  close(): Promise<void>;
}

const SWEEP_EVERY = 1_000;
/** Messages taken at once, and visitors served side by side. */
const TAKEN = 64;
const LANES = 4;
/** Seconds after which another process may take what a dead one had taken. */
const TAKEN_FOR = 10;
const ATTEMPTS = 3;
/** So often may a message be taken without anybody living to tell what became of it. */
const TAKINGS = 10;
const PAUSE_BEFORE_RETRY = 0.5;

export function createInbox(deps: InboxDeps): Inbox {
  let wanted = false;
  let running: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  async function run(): Promise<void> {
    while (wanted && !closed) {
      wanted = false;
      const taken = await takeWaiting(deps.db, { limit: TAKEN, seconds: TAKEN_FOR });
      if (taken.length === 0) continue;
      // There may be more, or what these held back.
      wanted = true;
      await inLanes([...byVisitor(taken).values()]);
    }
  }

  async function inLanes(visitors: WaitingMessage[][]): Promise<void> {
    const next = visitors.values();
    const lane = async (): Promise<void> => {
      for (const messages of next) await inTimeOrder(messages);
    };
    await Promise.all(Array.from({ length: LANES }, lane));
  }

  async function inTimeOrder(messages: readonly WaitingMessage[]): Promise<void> {
    let held = false;
    for (const message of messages) {
      // What follows a message that has to wait waits with it.
      if (held) await giveBack(deps.db, message, { seconds: 0, error: null, undone: true });
      else held = !(await tryOne(message));
    }
  }

  /** False: it still waits. */
  async function tryOne(message: WaitingMessage): Promise<boolean> {
    if (message.attempts > TAKINGS) return abandon(message, new Error("It was taken too often without an end."));
    try {
      const outcome = await deps.carryOut(message);
      if (outcome.kind === "refused") {
        const { code, reason } = outcome;
        await rejectMessage(deps.db, message, { code, reason, error: code, now: deps.clock() });
      }
      if (outcome.kind !== "notNow") return true;
      await giveBack(deps.db, message, { seconds: PAUSE_BEFORE_RETRY, error: null, undone: true });
      return false;
    } catch (error) {
      return afterFailure(message, error);
    }
  }

  async function afterFailure(message: WaitingMessage, error: unknown): Promise<boolean> {
    const undone = isPassing(error);
    deps.log.warn({ err: error, messageId: message.messageId, attempts: message.attempts }, "a message failed");
    if (!undone && message.attempts >= ATTEMPTS) return abandon(message, error);
    const seconds = PAUSE_BEFORE_RETRY * 2 ** Math.min(message.attempts, 5);
    await giveBack(deps.db, message, { seconds, error: textOf(error), undone });
    return false;
  }

  async function abandon(message: WaitingMessage, error: unknown): Promise<boolean> {
    deps.log.error({ err: error, messageId: message.messageId }, "a message is given up; it is kept as rejected");
    const reason = "It could not be carried out; the log has the cause.";
    await rejectMessage(deps.db, message, { code: "failed", reason, error: textOf(error), now: deps.clock() });
    return true;
  }

  function kick(): void {
    wanted = true;
    if (closed || running !== undefined) return;
    running = run()
      .catch((error: unknown) => {
        // The next sweep tries again; at once would be in vain.
        wanted = false;
        deps.log.error({ err: error }, "the inbox could not be read");
      })
      .finally(() => {
        running = undefined;
        if (wanted) kick();
      });
  }

  return {
    kick,
    start() {
      timer ??= setInterval(kick, SWEEP_EVERY);
      timer.unref();
      kick();
    },
    async idle() {
      while (running !== undefined) await running;
    },
    async close() {
      closed = true;
      clearInterval(timer);
      await running;
    },
  };
}

function byVisitor(messages: readonly WaitingMessage[]): Map<string, WaitingMessage[]> {
  const visitors = new Map<string, WaitingMessage[]>();
  const inOrder = [...messages].sort((a, b) => a.occurredAt - b.occurredAt || (a.messageId < b.messageId ? -1 : 1));
  for (const message of inOrder) {
    const known = visitors.get(message.visitorId);
    if (known === undefined) visitors.set(message.visitorId, [message]);
    else known.push(message);
  }
  return visitors;
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error)).slice(0, 500);

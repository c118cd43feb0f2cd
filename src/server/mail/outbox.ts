import type { Database, Transaction } from "../db/database.ts";
import type { Clock } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import { uuidv7 } from "../lib/uuid.ts";
import type { Instant } from "../../contract/identifiers.ts";
import { headerText, isMailable, type Mail, type QueuedMail } from "./mail.ts";
import type { Mailer } from "./mailer.ts";
import { LONGEST_WAIT, planAfterFailure, type Failure } from "./rules.ts";
import { buryMail, insertMail, leaseMail, postponeMail, removeMail } from "./store.ts";

/** Longer than every time-out of the SMTP connection together. */
const LEASE = 2 * 60_000;
const BATCH = 10;

/** Writes a letter down in the caller's transaction, so that none leaves for a change that rolled back. Answers its id. */
export async function queueMail(tx: Transaction, { mail, now }: { mail: Mail; now: Instant }): Promise<string> {
  if (!isMailable(mail.to)) throw new Error("A letter needs exactly one plain address.");
  const mailId: string = uuidv7(now);
  await insertMail(tx, mailId, { mail: { ...mail, subject: headerText(mail.subject) }, now });
  return mailId;
}

export interface OutboxDeps {
  readonly db: Database;
  readonly mailer: Mailer;
  readonly clock: Clock;
  readonly log: Log;
  /** Milliseconds between looks at the table, for letters of other processes and for second tries. */
  readonly sweepEvery?: number;
}

export interface Outbox {
  /** Something was queued: look now. Never throws. */
  kick(): void;
  /** Sends what is due and resolves when nothing is. */
  drain(): Promise<void>;
  stop(): Promise<void>;
}

/** Sends what lies in the outbox, now and whenever something becomes due. Any number of processes may do so at once. */
export function startOutbox(deps: OutboxDeps): Outbox {
  let running: Promise<void> | undefined;
  let kicked = false;
  let stopped = false;

  async function round(): Promise<void> {
    do {
      kicked = false;
      while (!stopped && (await sendBatch(deps)) === BATCH);
    } while (kicked && !stopped);
  }
  function drain(): Promise<void> {
    kicked = true;
    running ??= round().finally(() => (running = undefined));
    return running;
  }
  function kick(): void {
    if (stopped) return;
    // A database that is away is the sweep's matter; the letters wait where they are.
    drain().catch((error: unknown) => deps.log.error({ error: describe(error) }, "the outbox could not be read"));
  }

  const timer = setInterval(kick, deps.sweepEvery ?? 5_000);
  timer.unref();
  return {
    kick,
    drain,
    async stop() {
      stopped = true;
      clearInterval(timer);
      await running?.catch(() => undefined);
      deps.mailer.close();
    },
  };
}

async function sendBatch(deps: OutboxDeps): Promise<number> {
  const now = deps.clock();
  const letters = await leaseMail(deps.db, { now, until: now + LEASE, latest: now + LONGEST_WAIT, limit: BATCH });
  await Promise.all(letters.map((letter) => sendOne(deps, letter)));
  return letters.length;
}

async function sendOne({ db, mailer, clock, log }: OutboxDeps, letter: QueuedMail): Promise<void> {
  try {
    await mailer.send(letter);
  } catch (error) {
    const failure = failureOf(error);
    const plan = planAfterFailure(failure, { attempts: letter.attempts, now: clock(), random: Math.random() });
    log.warn({ mailId: letter.mailId, plan: plan.kind, code: failure.code }, "a letter could not be sent");
    if (plan.kind === "giveUp") await buryMail(db, letter.mailId, { at: clock(), error: describe(error) });
    else await postponeMail(db, letter.mailId, { at: plan.at, error: describe(error) });
    return;
  }
  await removeMail(db, letter.mailId);
}

function failureOf(error: unknown): Failure {
  if (typeof error !== "object" || error === null) return {};
  return {
    code: "code" in error && typeof error.code === "string" ? error.code : undefined,
    responseCode: "responseCode" in error && typeof error.responseCode === "number" ? error.responseCode : undefined,
  };
}

const describe = (error: unknown): string => (error instanceof Error ? error.message : String(error)).slice(0, 500);

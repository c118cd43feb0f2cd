import type { Database, Transaction } from "../db/database.ts";
import type { Clock } from "../lib/clock.ts";
import type { RejectedEnvelope } from "./delivery.ts";
import { reopen } from "./inbox-store.ts";
import type { Fault } from "./inspect.ts";
import { holdRejected, removeRejected, type Replayable } from "./rejected-store.ts";
import { sortOut, type SortedBatch } from "./sort-out.ts";
import { isPoison } from "./sql-state.ts";
import { store } from "./store.ts";

export interface ReplayDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly inbox: { kick(): void };
}

export type ReplayOutcome =
  | { readonly kind: "stored" }
  /** It is still wrong, and stays where it was. */
  | { readonly kind: "refused"; readonly fault: Fault }
  /** It is not there: replayed already, removed, or too old. */
  | { readonly kind: "gone" };

const NO_SITE: Fault = { code: "unknown_site", reason: "The site that it was sent to is gone." };
const UNSTORABLE: Fault = { code: "unstorable", reason: "The database cannot hold this message." };

/**
 * Takes a rejected message as if it had come right the first time, repaired where `message` is given. It is stored and
 * leaves the list in one transaction, so that however often this is asked for it has one effect.
 */
export async function replayRejected(
  deps: ReplayDeps,
  { rejectedId, message }: { readonly rejectedId: number; readonly message?: unknown },
): Promise<ReplayOutcome> {
  try {
    const outcome = await deps.db.transaction(async (tx) => {
      const row = await holdRejected(tx, rejectedId);
      return row === undefined
        ? ({ kind: "gone" } as const)
        : replay(deps, tx, { row, message: message ?? row.message });
    });
    if (outcome.kind === "stored") deps.inbox.kick();
    return outcome;
  } catch (error) {
    if (isPoison(error)) return { kind: "refused", fault: UNSTORABLE };
    throw error;
  }
}

async function replay(
  { clock }: ReplayDeps,
  tx: Transaction,
  { row, message }: { readonly row: Replayable; readonly message: unknown },
): Promise<ReplayOutcome> {
  const { siteId, mode } = row;
  if (siteId === null || mode === null) return { kind: "refused", fault: NO_SITE };
  const envelope = row.envelope ?? { sentAt: clock(), receivedAt: clock(), origin: {}, optedOut: false };
  const batch = sortOut({ ...batchOf(envelope, message), siteId, mode });
  const [wrong] = batch.rejected;
  if (wrong !== undefined) return { kind: "refused", fault: { code: wrong.code, reason: wrong.reason } };
  await storeAgain(tx, batch);
  await removeRejected(tx, row.rejectedId);
  return { kind: "stored" };
}

function batchOf({ ip = "", context, ...envelope }: RejectedEnvelope, message: unknown) {
  const text = JSON.stringify(message ?? null);
  return {
    ...envelope,
    context,
    ip,
    messages: [message],
    escapes: text.includes("\\u"),
    bytes: Buffer.byteLength(text),
  };
}

async function storeAgain(tx: Transaction, { events, identityMessages }: SortedBatch): Promise<void> {
  for (const row of identityMessages) await reopen(tx, row);
  await store(tx, { events, identityMessages, rejected: [] });
}

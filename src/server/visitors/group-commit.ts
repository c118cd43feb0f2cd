import type { Log } from "../lib/log.ts";
import type { Delivery } from "./delivery.ts";
import { isOutOfOrder, isPoison } from "./sql-state.ts";
import { storeApart, type Unstorable } from "./store-apart.ts";
import type { Rows } from "./store.ts";

/** What became of a delivery. `unavailable`: nothing is known to be stored; sending it again is harmless. */
export type Stored =
  { readonly kind: "stored"; readonly unstorable: readonly Unstorable[] } | { readonly kind: "unavailable" };

export interface GroupCommit {
  /** Resolves after the commit that holds the delivery. Never rejects. */
  store(delivery: Delivery): Promise<Stored>;
  readonly waitingRows: number;
  readonly waitingBytes: number;
  /** False for a moment after the database failed, so that not everybody has to find out by waiting. */
  isAvailable(): boolean;
  /** Resolves when nothing waits any more. */
  close(): Promise<void>;
}

export interface GroupCommitDeps {
  /** One statement, one transaction. */
  readonly store: (rows: Rows) => Promise<void>;
  readonly log: Log;
}

/** More than two statements at once only cut the groups smaller. */
const CONNECTIONS = 2;
/** The second connection is worth a commit of its own once this many rows wait … */
const ROWS_FOR_SECOND = 64;
/** … or the first of them for this long, in milliseconds. */
const PATIENCE = 2;
const MAX_ROWS = 1_000;
const MAX_BYTES = 4 * 1024 * 1024;
/** After this long in the database a delivery is answered as unavailable, whatever comes of it. */
const TIME_OUT = 2_000;
const REST_AFTER_FAILURE = 500;

interface Waiting {
  readonly delivery: Delivery;
  readonly settle: (stored: Stored) => void;
}

/** How many rows it wants stored. */
export const rowsOf = (delivery: Delivery): number =>
  delivery.events.length + delivery.identityMessages.length + delivery.rejected.length;

/**
 * Gathers what arrives while earlier groups are being committed and commits it together: at most two statements are
 * under way, an idle writer waits for nobody, and no answer is given before its commit.
 */
export function createGroupCommit(deps: GroupCommitDeps): GroupCommit {
  let queue: Waiting[] = [];
  let waitingRows = 0;
  let waitingBytes = 0;
  let flushing = 0;
  let planned: "now" | "soon" | undefined;
  let restUntil = 0;
  let overdue = 0;
  const emptied: (() => void)[] = [];

  function plan(): void {
    if (queue.length === 0 || flushing >= CONNECTIONS) return;
    const when = flushing === 0 || waitingRows >= ROWS_FOR_SECOND ? "now" : "soon";
    if (planned === when || planned === "now") return;
    planned = when;
    const run = (): void => {
      if (planned !== when) return;
      planned = undefined;
      void flush();
    };
    // After the sockets that are readable now have been read: their batches join the group.
    if (when === "now") setImmediate(run);
    else setTimeout(run, PATIENCE);
  }

  async function flush(): Promise<void> {
    if (queue.length === 0 || flushing >= CONNECTIONS) return;
    const group = take();
    flushing += 1;
    plan();
    const done = commit(group).finally(() => {
      flushing -= 1;
      for (const { delivery } of group) forget(delivery);
      plan();
      if (waitingRows === 0) for (const resolve of emptied.splice(0)) resolve();
    });
    await done;
  }

  function take(): Waiting[] {
    let rows = 0;
    let bytes = 0;
    let count = 0;
    for (const { delivery } of queue) {
      rows += rowsOf(delivery);
      bytes += delivery.bytes;
      if (count > 0 && (rows > MAX_ROWS || bytes > MAX_BYTES)) break;
      count += 1;
    }
    const group = queue.slice(0, count);
    queue = queue.slice(count);
    return group;
  }

  async function commit(group: readonly Waiting[]): Promise<void> {
    const settle = (stored: Stored): void => group.forEach((waiting) => waiting.settle(stored));
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      overdue += 1;
      settle({ kind: "unavailable" });
      giveUpQueue();
    }, TIME_OUT);
    try {
      await patiently(() => deps.store(together(group)));
      restUntil = 0;
      settle({ kind: "stored", unstorable: [] });
    } catch (error) {
      if (isPoison(error)) await commitApart(group);
      else refuse(group, error);
    } finally {
      clearTimeout(timer);
      if (late) overdue -= 1;
    }
  }

  /** Where one group got no answer, those behind it need not wait as long again. */
  function giveUpQueue(): void {
    restUntil = performance.now() + REST_AFTER_FAILURE;
    for (const { delivery, settle } of queue.splice(0)) {
      forget(delivery);
      settle({ kind: "unavailable" });
    }
  }

  /** Something in the group can't be stored: every delivery is tried by itself, and what spoils one is found. */
  async function commitApart(group: readonly Waiting[]): Promise<void> {
    for (const waiting of group) {
      try {
        const unstorable = await storeApart((rows) => patiently(() => deps.store(rows)), waiting.delivery);
        if (unstorable.length > 0) deps.log.warn({ messages: unstorable.length }, "messages could not be stored");
        waiting.settle({ kind: "stored", unstorable });
      } catch (error) {
        refuse([waiting], error);
      }
    }
  }

  function refuse(group: readonly Waiting[], error: unknown): void {
    deps.log.error({ err: error }, "a group of messages could not be stored; their senders will try again");
    restUntil = performance.now() + REST_AFTER_FAILURE;
    for (const waiting of group) waiting.settle({ kind: "unavailable" });
  }

  function forget(delivery: Delivery): void {
    waitingRows -= rowsOf(delivery);
    waitingBytes -= delivery.bytes;
  }

  return {
    store: (delivery) =>
      new Promise((resolve) => {
        waitingRows += rowsOf(delivery);
        waitingBytes += delivery.bytes;
        queue.push({ delivery, settle: resolve });
        plan();
      }),
    get waitingRows() {
      return waitingRows;
    },
    get waitingBytes() {
      return waitingBytes;
    },
    isAvailable: () => overdue < CONNECTIONS && performance.now() >= restUntil,
    close: () => (waitingRows === 0 ? Promise.resolve() : new Promise((resolve) => emptied.push(resolve))),
  };
}

/** Two statements that met in the wrong order are simply tried again. */
async function patiently(work: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (attempt >= 5 || !isOutOfOrder(error)) throw error;
    }
  }
}

function together(group: readonly Waiting[]): Rows {
  const [first] = group;
  if (group.length === 1 && first !== undefined) return first.delivery;
  return {
    events: group.flatMap(({ delivery }) => delivery.events),
    identityMessages: group.flatMap(({ delivery }) => delivery.identityMessages),
    rejected: group.flatMap(({ delivery }) => delivery.rejected),
  };
}

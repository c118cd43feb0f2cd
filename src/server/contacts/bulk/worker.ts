import type { FastifyBaseLogger } from "fastify";
import type { Transaction } from "../../db/database.ts";
import { findErased, lockPeople, retried, type IdentityDeps } from "../../identity/index.ts";
import { createLoop, type Loop } from "../../jobs/index.ts";
import type { Clock } from "../../lib/clock.ts";
import { ensureGroups } from "../group-store.ts";
import { applyRows, type RowDeps } from "./apply-rows.ts";
import { loadUpload, type LoadDeps } from "./load.ts";
import { keysOf } from "./row-names.ts";
import {
  finishSession,
  listWaitingRows,
  reportRows,
  takeSession,
  type RowReport,
  type WaitingRow,
  type WaitingSession,
} from "./store.ts";

export type BulkWorker = Omit<Loop, "start">;

interface Deps extends IdentityDeps {
  readonly clock: Clock;
  readonly log: Pick<FastifyBaseLogger, "error">;
}

/** Rows of one transaction: enough to be fast, few enough that others wait only a moment for the same people. */
const BATCH = 100;
const FAILURE = "an upload could not go on; it is tried again";

/** Applies uploads in the background, each in the order of its rows; of several processes one works on each. */
export function startBulkWorker(deps: Deps & LoadDeps): BulkWorker {
  const stop = new AbortController();
  const applying = createLoop(() => applyBatch(deps), { ...deps, failure: FAILURE });
  // A slow file holds up nobody whose rows are here.
  const fetching = createLoop(
    async () => {
      const isLoaded = await loadUpload(deps, stop.signal);
      if (isLoaded) applying.kick();
      return isLoaded;
    },
    { ...deps, failure: FAILURE },
  );
  applying.start();
  fetching.start();
  return {
    kick() {
      fetching.kick();
      applying.kick();
    },
    async close() {
      stop.abort();
      await fetching.close();
      await applying.close();
    },
  };
}

/** False: nothing waits. */
export async function applyBatch(deps: Deps): Promise<boolean> {
  try {
    return await retried(deps.db, (tx) => applyNext(tx, deps, BATCH));
  } catch (error) {
    deps.log.error({ err: error }, "a batch of an upload failed; its rows are tried one by one");
    return applyOne(deps);
  }
}

/** A row that cannot be applied is reported, so that it holds up no others. */
async function applyOne(deps: Deps): Promise<boolean> {
  try {
    return await retried(deps.db, (tx) => applyNext(tx, deps, 1));
  } catch (error) {
    deps.log.error({ err: error }, "a row of an upload failed");
    return deps.db.transaction(async (tx) => {
      const session = await takeSession(tx);
      if (session === undefined) return false;
      const { sessionId } = session;
      const [row] = await listWaitingRows(tx, { sessionId, limit: 1 });
      if (row !== undefined)
        await reportRows(tx, {
          sessionId,
          reports: [{ rowIndex: row.rowIndex, result: "failed", error: "Not applied." }],
        });
      return true;
    });
  }
}

async function applyNext(tx: Transaction, deps: Deps, limit: number): Promise<boolean> {
  const session = await takeSession(tx);
  if (session === undefined) return false;
  const { sessionId } = session;
  const rows = await listWaitingRows(tx, { sessionId, limit });
  if (rows.length === 0) {
    await finishSession(tx, { sessionId, now: deps.clock() });
    return true;
  }
  const rowDeps = await prepare(tx, { session, rows }, deps);
  await reportRows(tx, { sessionId, reports: await applyTogether(tx, rows, rowDeps) });
  return true;
}

/**
 * Rows in their order, in one transaction. Everybody they name is locked before anybody is looked for, all at once:
 * rows look before they are resolved, and two uploads that name the same people in opposite order must not wait in a
 * circle.
 */
export async function applyTogether(
  tx: Transaction,
  rows: readonly WaitingRow[],
  rowDeps: RowDeps,
): Promise<readonly RowReport[]> {
  await lockPeople(tx, rows.flatMap(keysOf));
  return applyRows(tx, rows, rowDeps);
}

async function prepare(
  tx: Transaction,
  { session, rows }: { readonly session: WaitingSession; readonly rows: readonly WaitingRow[] },
  deps: Deps,
): Promise<RowDeps> {
  const { keyId, siteId, sessionId, options } = session;
  const now = deps.clock();
  return {
    ...deps,
    options,
    caller: { cause: { actor: `key:${keyId}`, requestId: sessionId }, now, siteId },
    join: await ensureGroups(tx, { names: options.groupNames, now }),
    leave: await ensureGroups(tx, { names: options.groupNamesExclude, now }),
    wasErased: await findErased(deps, rows.flatMap(keysOf)),
  };
}

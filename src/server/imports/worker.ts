import type pg from "pg";
import { createLoop, type Loop } from "../jobs/index.ts";
import { checkImport } from "./check.ts";
import { Overtaken, type ImportDeps } from "./pass.ts";
import { beginPass, failImport, listWaiting } from "./progress-store.ts";
import { UnreadableFile } from "./read-rows.ts";
import { runImport } from "./run.ts";
import { findImport } from "./store.ts";

export type ImportWorker = Loop;

/** Milliseconds. Somebody watches an import: when its process was killed, another goes on soon. */
const LOOK_EVERY = 5_000;

const FAILURE = "an import could not go on; it is tried again";

/** Checks and runs imports in the background, one after the other; of several processes one works on each. */
export function createImportWorker(deps: ImportDeps): ImportWorker {
  return createLoop(
    async (isClosed) => {
      for (const { importId } of await listWaiting(deps.db)) {
        if (isClosed()) break;
        // One that cannot go on holds up no others.
        await carryOn(deps, importId, isClosed).catch((error: unknown) => {
          if (!isClosed()) deps.log.error({ err: error, importId }, FAILURE);
        });
      }
      // Those that still wait are in the hands of another process, or are tried again at the next look.
      return false;
    },
    { log: deps.log, failure: FAILURE, lookEvery: LOOK_EVERY },
  );
}

/** Any number, the same in every process. */
const LOCK = 7_310_422;

/**
 * Holds a lock of the connection, not of a row: when this process is killed, the server frees it at once, and the next
 * one goes on.
 */
async function carryOn(deps: ImportDeps, importId: number, isClosed: () => boolean): Promise<void> {
  const client = await deps.db.pool.connect();
  let broken: Error | undefined;
  const noteBreak = (error: Error) => void (broken = error);
  client.on("error", noteBreak);
  try {
    if (!(await isLocked(client, importId))) return;
    await work(deps, importId, isClosed);
  } finally {
    // A connection that may still hold the lock is thrown away, and has something to say while it goes.
    await client.query("SELECT pg_advisory_unlock($1, $2)", [LOCK, importId]).catch(noteBreak);
    if (broken === undefined) client.off("error", noteBreak);
    client.release(broken);
  }
}

async function isLocked(client: pg.ClientBase, importId: number): Promise<boolean> {
  const { rows } = await client.query<{ locked: boolean }>("SELECT pg_try_advisory_lock($1, $2) AS locked", [
    LOCK,
    importId,
  ]);
  return rows[0]?.locked === true;
}

async function work(deps: ImportDeps, importId: number, isClosed: () => boolean): Promise<void> {
  const found = await findImport(deps.db, importId);
  try {
    if (found?.state === "running") return await runImport(deps, found, isClosed);
    if (found?.state !== "checking") return;
    // A check that was cut off begins anew: it has written nothing.
    const begun = { from: ["checking"], to: "checking", now: deps.clock() } as const;
    await deps.db.transaction((tx) => beginPass(tx, importId, begun));
    await checkImport(deps, found, isClosed);
  } catch (error) {
    if (error instanceof Overtaken) return;
    if (!(error instanceof UnreadableFile)) throw error;
    const sentence = `Line ${error.line}: ${error.message}`;
    await failImport(deps.db, importId, { error: sentence, now: deps.clock() });
  }
}

import { setTimeout as sleep } from "node:timers/promises";
import type { Database, Planning, Transaction } from "../db/database.ts";

/** What was looked up changed while waiting for a lock: the transaction starts anew. */
export class LookAgain extends Error {
  constructor() {
    super("The contacts of this request changed while it waited for them.");
  }
}

const TRIES = 8;
/** Deadlock, serialisation failure, unique violation: somebody else was at the same people. */
const RACES = new Set(["40P01", "40001", "23505"]);

/**
 * One transaction that may be run several times: everything in `work` must go through `tx`. A retry plans anew from
 * what the other one left behind.
 */
export async function retried<T>(db: Database, work: (tx: Transaction) => Promise<T>, planning?: Planning): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await db.transaction(work, planning);
    } catch (error) {
      if (attempt === TRIES || !isRace(error)) throw error;
      await sleep(Math.random() * 2 ** attempt);
    }
  }
}

function isRace(error: unknown): boolean {
  if (error instanceof LookAgain) return true;
  return error instanceof Error && "code" in error && RACES.has(String(error.code));
}

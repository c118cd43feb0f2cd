import type { Database } from "../db/database.ts";
import type { Clock } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import { dropWhole, listMonthsOver, removeDue, type Due } from "./retention-store.ts";
import { isPassing } from "./sql-state.ts";

export interface RetentionDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Log;
  /** How long anonymous history is kept where a site does not say otherwise. */
  readonly anonymousMonths: number;
}

/**
 * Removes what is nobody's history and older than its site keeps such things: a whole month where all of it is due, rows
 * elsewhere. What belongs to a contact stays for as long as the contact does. Cut off anywhere, the next run goes on.
 */
export async function removeOldAnonymous({ db, clock, log, anonymousMonths }: RetentionDeps): Promise<void> {
  const due: Due = { now: clock(), months: anonymousMonths };
  const dropped: string[] = [];
  for (const name of await listMonthsOver(db, due)) if (await wentWhole(db, name, due)) dropped.push(name);
  const removed = await removeDue(db, due);
  if (removed + dropped.length > 0) log.info({ removed, dropped }, "anonymous history that grew too old was removed");
}

/** A month too large to be looked through at once, or one that is being read, goes row by row. */
async function wentWhole(db: Database, name: string, due: Due): Promise<boolean> {
  try {
    return await dropWhole(db, name, due);
  } catch (error) {
    if (isPassing(error)) return false;
    throw error;
  }
}

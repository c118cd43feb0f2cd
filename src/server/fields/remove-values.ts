import type { Database } from "../db/database.ts";
import type { Clock } from "../lib/clock.ts";
import { forgetDeletedFields, listDeletedFields, removeValues } from "./store.ts";

/** Contacts of one transaction: few enough that nobody waits for them. */
const BATCH = 500;
/** Longer than merges can be undone, for that may bring an old value back. */
const REMEMBERED_FOR = 120 * 24 * 60 * 60_000;

/** What contacts still have of fields that were deleted: nobody sees it any more, and it is not to be kept. */
export async function removeValuesOfDeletedFields({
  db,
  clock,
}: {
  readonly db: Database;
  readonly clock: Clock;
}): Promise<void> {
  for (const fieldId of await listDeletedFields(db)) {
    let removed = BATCH;
    while (removed === BATCH) removed = await removeValues(db, { fieldId, limit: BATCH, now: clock() });
  }
  await forgetDeletedFields(db, { before: clock() - REMEMBERED_FOR });
}

import type { Database } from "../db/database.ts";
import type { Clock } from "../lib/clock.ts";
import { removeSessions } from "./bulk/store.ts";

const UPLOADS_KEPT_FOR = 30 * 24 * 60 * 60 * 1000;

/** Drops reports of uploads that nobody may ask for any more. */
export async function forgetOldUploads(deps: { readonly db: Database; readonly clock: Clock }): Promise<void> {
  await removeSessions(deps.db, { before: deps.clock() - UPLOADS_KEPT_FOR });
}

import type { Database, Transaction } from "../db/database.ts";
import type { Clock } from "../lib/clock.ts";
import { forgetRows } from "./problem-store.ts";
import { abandonImports } from "./store.ts";

const FILES_KEPT_FOR = 7 * 24 * 60 * 60_000;

/** Drops files that were uploaded and then left alone. What is known about the imports stays. */
export async function forgetOldFiles({ db, clock }: { readonly db: Database; readonly clock: Clock }): Promise<void> {
  await abandonImports(db, clock() - FILES_KEPT_FOR);
}

/** In the transaction of an erasure: rows kept for correcting, and samples, that name the person. */
export async function forgetImportedRows(
  tx: Transaction,
  {
    emails,
    phones,
    externalIds,
  }: {
    readonly emails: readonly string[];
    readonly phones: readonly string[];
    readonly externalIds: readonly string[];
  },
): Promise<void> {
  const words = [...emails, ...phones, ...externalIds];
  await forgetRows(tx, [...new Set([...words, ...words.map((word) => word.toLowerCase())])]);
}

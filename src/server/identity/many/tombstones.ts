import type { Transaction } from "../../db/database.ts";
import { findErased } from "../find-erased.ts";
import type { Key } from "../locks.ts";
import { findSuppressed, type Suppressed } from "../suppressions.ts";

const ANY = `
  SELECT EXISTS (SELECT FROM erased_identifier) OR EXISTS (SELECT FROM erased_source) AS erased,
    EXISTS (SELECT FROM suppression) AS suppressed`;

/** Hashing the keys of a million rows costs seconds, and most installations have nobody to recognise by them. */
async function isAny(tx: Transaction, what: "erased" | "suppressed"): Promise<boolean> {
  const [found] = await tx.queryNamed<Record<typeof what, boolean>>("many tombstones", ANY);
  return found?.[what] === true;
}

/** Those of the keys that were an erased person's. */
export async function findErasedIn(
  tx: Transaction,
  secretKey: string,
  keys: readonly Key[],
): Promise<(key: Key) => boolean> {
  return (await isAny(tx, "erased")) ? findErased({ db: tx, secretKey }, keys) : () => false;
}

/** Those of the addresses that must not be written to. */
export async function findSuppressedIn(
  tx: Transaction,
  secretKey: string,
  emails: readonly string[],
): Promise<ReadonlyMap<string, Suppressed>> {
  return (await isAny(tx, "suppressed")) ? findSuppressed(tx, secretKey, emails) : new Map<string, Suppressed>();
}

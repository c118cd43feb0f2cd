import type { Transaction } from "../../db/database.ts";
import { findErased } from "../find-erased.ts";
import type { Key } from "../locks.ts";
import { findSuppressed, type Suppressed } from "../suppressions.ts";

const ANY = `
  SELECT EXISTS (SELECT FROM erased_identifier) OR EXISTS (SELECT FROM erased_source) AS erased,
    EXISTS (SELECT FROM suppression) AS suppressed`;

export interface Tombstones {
  /** Whether the key was an erased person's. */
  readonly wasErased: (key: Key) => boolean;
  /** Addresses that must not be written to. */
  readonly suppressed: ReadonlyMap<string, Suppressed>;
}

/**
 * What is remembered of these keys and addresses beyond contacts. Hashing the keys of a million rows costs seconds, and
 * most installations have nobody to recognise by them: so it is asked first whether there is anybody.
 */
export async function findTombstones(
  tx: Transaction,
  secretKey: string,
  { keys, emails }: { readonly keys: readonly Key[]; readonly emails: readonly string[] },
): Promise<Tombstones> {
  const [any] = await tx.queryNamed<{ erased: boolean; suppressed: boolean }>("many tombstones", ANY);
  return {
    wasErased: any?.erased === true ? await findErased({ db: tx, secretKey }, keys) : () => false,
    suppressed: any?.suppressed === true ? await findSuppressed(tx, secretKey, emails) : new Map<string, Suppressed>(),
  };
}

import type { Transaction } from "../../db/database.ts";
import { findErased } from "../find-erased.ts";
import type { Key } from "../locks.ts";
import { findSuppressed, type Suppressed } from "../suppressions.ts";
import { nameOf } from "./look.ts";

const ANY = `
  SELECT EXISTS (SELECT FROM erased_identifier) OR EXISTS (SELECT FROM erased_source) AS erased,
    EXISTS (SELECT FROM suppression) AS suppressed, EXISTS (SELECT FROM pending_claim WHERE awaits_contact) AS awaited`;
const AWAITED = `
  SELECT external_customer_id AS external, email, phone FROM pending_claim
  WHERE awaits_contact AND (external_customer_id = ANY($1::text[]) OR email = ANY($1::text[]) OR phone = ANY($1::text[]))`;

export interface Tombstones {
  /** Whether the key was an erased person's. */
  readonly wasErased: (key: Key) => boolean;
  /** Whether browsers have named the key before anybody held it. */
  readonly isAwaited: (key: Key) => boolean;
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
  const [any] = await tx.queryNamed<{ erased: boolean; suppressed: boolean; awaited: boolean }>("many tombstones", ANY);
  const awaited = any?.awaited === true ? await findAwaited(tx, keys) : new Set<string>();
  return {
    isAwaited: (key) => awaited.has(nameOf(key)),
    wasErased: any?.erased === true ? await findErased({ db: tx, secretKey }, keys) : () => false,
    suppressed: any?.suppressed === true ? await findSuppressed(tx, secretKey, emails) : new Map<string, Suppressed>(),
  };
}

async function findAwaited(tx: Transaction, keys: readonly Key[]): Promise<ReadonlySet<string>> {
  const rows = await tx.queryNamed<Readonly<Record<"external" | "email" | "phone", string | null>>>(
    "many awaited",
    AWAITED,
    [keys.map(({ value }) => value)],
  );
  return new Set(
    rows.flatMap((row) =>
      (["external", "email", "phone"] as const).flatMap((kind) => {
        const value = row[kind];
        return value === null ? [] : [nameOf({ kind, value })];
      }),
    ),
  );
}

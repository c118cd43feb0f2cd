import type { Transaction } from "../../db/database.ts";
import { findErased } from "../find-erased.ts";
import type { Key } from "../locks.ts";
import { findSuppressed, type Suppressed } from "../suppressions.ts";
import { nameOf, type Remembered } from "./look.ts";

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

interface Asked {
  readonly remembered: Remembered;
  readonly keys: readonly Key[];
  readonly emails: readonly string[];
}

/**
 * What is remembered of these keys and addresses beyond contacts. Hashing the keys of a million rows costs seconds, and
 * most installations have nobody to recognise by them: so it has to be known whether there is anybody.
 */
export async function findTombstones(
  tx: Transaction,
  secretKey: string,
  { remembered, keys, emails }: Asked,
): Promise<Tombstones> {
  const awaited = remembered.has("awaited") ? await findAwaited(tx, keys) : new Set<string>();
  const isNobody = () => false;
  return {
    isAwaited: awaited.size > 0 ? (key) => awaited.has(nameOf(key)) : isNobody,
    wasErased: remembered.has("erased") ? await findErased({ db: tx, secretKey }, keys) : isNobody,
    suppressed: remembered.has("suppressed") ? await findSuppressed(tx, secretKey, emails) : new Map(),
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

import type { Transaction } from "../db/database.ts";
import type { ChannelStatus } from "./facts.ts";
import { keyedHash } from "./keyed-hash.ts";
import { lockKeys } from "./locks.ts";

/** By what an address is remembered that must not be written to: it outlives the contact, and an erasure. */
export function addressHash(secretKey: string, email: string): Buffer {
  return keyedHash(secretKey, "address", email);
}

/**
 * Whoever writes down that addresses must not be written to calls this first: nobody then makes a contact with one of
 * them at the same moment. Before any contact is locked.
 */
export function lockAddresses(tx: Transaction, emails: readonly string[]): Promise<void> {
  return lockKeys(
    tx,
    emails.map((value) => ({ kind: "email", value })),
  );
}

/** Why an address must not be written to, and how its channels stand because of it. */
export interface Suppressed {
  readonly status: Extract<ChannelStatus, "unsubscribed" | "bounced" | "suppressed">;
}

const STATUS = {
  unsubscribed: "unsubscribed",
  bounced: "bounced",
  complained: "suppressed",
  admin: "suppressed",
} as const;

const FIND = `
  SELECT encode(address_hash, 'hex') AS hash, reason FROM suppression
  WHERE channel_type = 'email' AND address_hash = ANY($1::bytea[])`;

export interface SuppressionRow {
  readonly hash: string;
  readonly reason: keyof typeof STATUS;
}

/** Those of the addresses that must not be written to. */
export async function findSuppressed(
  tx: Transaction,
  secretKey: string,
  emails: readonly string[],
): Promise<ReadonlyMap<string, Suppressed>> {
  if (emails.length === 0) return new Map();
  const rows = await tx.queryNamed<SuppressionRow>("identity suppressed", FIND, [
    emails.map((email) => addressHash(secretKey, email)),
  ]);
  return suppressedFrom(rows, { secretKey, emails });
}

/** Which of the addresses the rows are about. */
export function suppressedFrom(
  rows: readonly SuppressionRow[],
  { secretKey, emails }: { readonly secretKey: string; readonly emails: readonly string[] },
): ReadonlyMap<string, Suppressed> {
  if (rows.length === 0) return new Map();
  const byHash = new Map(emails.map((email) => [addressHash(secretKey, email).toString("hex"), email]));
  return new Map(rows.map(({ hash, reason }) => [byHash.get(hash) ?? "", { status: STATUS[reason] }] as const));
}

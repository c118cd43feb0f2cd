import type { ContactId } from "../../contract/identifiers.ts";
import type { Transaction } from "../db/database.ts";
import { lockNumber } from "./keyed-hash.ts";
import type { NormalRequest } from "./normal-request.ts";
import type { AdditionalValue } from "./request.ts";

/** One thing that two requests may both name. */
export interface Key {
  readonly kind: "external" | "email" | "phone" | "device" | "visitor";
  readonly value: string;
}

/** Every identifier and source that a request names. */
export function keysOf(request: NormalRequest): Key[] {
  const { external, email, phone, deviceId, visitorIds } = request;
  return [
    ...(external === undefined ? [] : [{ kind: "external", value: external } as const]),
    ...(email === undefined ? [] : [{ kind: "email", value: email.value } as const]),
    ...(phone === undefined ? [] : [{ kind: "phone", value: phone.value } as const]),
    ...(deviceId === undefined ? [] : [{ kind: "device", value: deviceId } as const]),
    ...visitorIds.map((value) => ({ kind: "visitor", value }) as const),
  ];
}

/** Makes requests that share a key wait for each other before any row of it exists. Sorted: nobody waits in a circle. */
export function lockKeys(tx: Transaction, keys: readonly Key[]): Promise<void> {
  return takeLocks(tx, locksOf(keys));
}

/** The locks of some keys, which for thousands are worked out before it is anybody's turn. */
export type Locks = Float64Array;

export function locksOf(keys: readonly Key[]): Locks {
  return Float64Array.from(keys, ({ kind, value }) => lockNumber(kind, value)).sort();
}

export async function takeLocks(tx: Transaction, locks: Locks): Promise<void> {
  if (locks.length > 0) await tx.queryNamed("identity lock keys", LOCK_KEYS, [`{${locks.join()}}`]);
}

/** No row comes back: what a lock answers is never null. */
const LOCK_KEYS = "SELECT FROM unnest($1::bigint[]) AS key WHERE pg_advisory_xact_lock(key) IS NULL";

const HOLDERS = `
  SELECT found.contact_id FROM unnest($1::identifier_kind[], $2::text[]) AS named (kind, value)
    CROSS JOIN LATERAL (SELECT contact_id FROM identifier WHERE kind = named.kind AND value = named.value LIMIT 1) found
  UNION
  SELECT found.contact_id FROM unnest($3::channel_type[], $4::text[]) AS named (type, value)
    CROSS JOIN LATERAL (SELECT contact_id FROM channel WHERE type = named.type AND value = named.value OFFSET 0) found
  UNION
  SELECT found.contact_id FROM unnest($5::text[]) AS named (id)
    CROSS JOIN LATERAL (SELECT contact_id FROM binding
      WHERE source_kind = 'visitor' AND source_id = named.id AND valid_to IS NULL LIMIT 1) found`;

/**
 * For several requests in one transaction, which name these keys between them: locks the keys, then the contacts they
 * lead to. Each request by itself locks in order; one after the other in one transaction they would not.
 */
export async function lockPeople(tx: Transaction, keys: readonly Key[]): Promise<void> {
  await lockKeys(tx, keys);
  const identifiers = keys.filter(({ kind }) => kind !== "visitor");
  const addresses = keys.filter(({ kind }) => kind === "email" || kind === "phone");
  const holders = await tx.queryNamed<{ contactId: ContactId }>("identity holders", HOLDERS, [
    identifiers.map(({ kind }) => kind),
    identifiers.map(({ value }) => value),
    addresses.map(({ kind }) => (kind === "email" ? "email" : "sms")),
    addresses.map(({ value }) => value),
    keys.flatMap(({ kind, value }) => (kind === "visitor" ? [value] : [])),
  ]);
  await lockContacts(
    tx,
    holders.map(({ contactId }) => contactId),
  );
}

export type ContactRow = {
  readonly contactId: ContactId;
  readonly status: "live" | "deleted" | "erased";
  readonly contactSource: string;
  readonly createdAt: number;
  readonly deletedAt: number | null;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly languageCode: string | null;
  readonly timeZone: string | null;
  readonly region: string | null;
  readonly town: string | null;
  readonly address: string | null;
  readonly postcode: string | null;
  readonly countryCode: string | null;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly fields: Readonly<Record<string, AdditionalValue>>;
  readonly provenance: unknown;
};

const LOCK_CONTACTS = `
  SELECT contact_id, status, contact_source, created_at, deleted_at, first_name, last_name, language_code,
         time_zone, region, town, address, postcode, country_code, attributes, fields, provenance
  FROM contact WHERE contact_id = ANY($1::bigint[]) AND status <> 'merged' ORDER BY contact_id FOR UPDATE`;

/**
 * Locks the rows in the order of their ids and answers them as they are now. Contacts that were merged are left out and
 * never locked: their rows are changed only under the lock of the contact they lead to, so whoever held one of them
 * while waiting for that contact would wait in a circle.
 */
export async function lockContacts(tx: Transaction, contactIds: readonly ContactId[]): Promise<ContactRow[]> {
  if (contactIds.length === 0) return [];
  return tx.queryNamed<ContactRow>("identity lock contacts", LOCK_CONTACTS, [contactIds]);
}

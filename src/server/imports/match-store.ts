import type { ContactId, Instant } from "../../contract/identifiers.ts";
import { timestamp, type Queryable } from "../db/database.ts";
import { COLUMN_OF } from "../identity/index.ts";

/** Somebody who could be meant by a value. */
export interface Candidate {
  readonly value: string;
  readonly contactId: ContactId;
  readonly externalCustomerId: string | null;
}

/** Live contacts that have these addresses now, the one updated last first. Shared addresses are channels, not keys. */
export function findSharers(
  tx: Queryable,
  { type, values }: { readonly type: "email" | "sms"; readonly values: readonly string[] },
): Promise<Candidate[]> {
  return tx.query(
    `SELECT asked.value, found.contact_id, found.external_customer_id FROM unnest($2::text[]) AS asked (value)
       CROSS JOIN LATERAL (
         SELECT contact_id, external_customer_id, contact.updated_at FROM channel JOIN contact USING (contact_id)
         WHERE type = $1::channel_type AND channel.value = asked.value AND current AND contact.status = 'live'
         OFFSET 0) found
     ORDER BY found.updated_at DESC, found.contact_id DESC`,
    [type, values],
  );
}

const COLUMNS: Readonly<Record<string, string>> = { ...COLUMN_OF, contactKey: "contact_key" };

const BY_COLUMN = `
  SELECT said.value, contact_id, external_customer_id FROM contact
    CROSS JOIN LATERAL (SELECT CASE $2::text
      WHEN 'first_name' THEN first_name WHEN 'last_name' THEN last_name WHEN 'language_code' THEN language_code
      WHEN 'time_zone' THEN time_zone WHEN 'region' THEN region WHEN 'town' THEN town WHEN 'address' THEN address
      WHEN 'postcode' THEN postcode WHEN 'country_code' THEN country_code
      WHEN 'contact_key' THEN attributes ->> 'contactKey' END AS value) said
  WHERE status = 'live' AND said.value = ANY($1::text[])`;
const BY_ADDITIONAL = `
  SELECT fields ->> $2 AS value, contact_id, external_customer_id FROM contact
  WHERE status = 'live' AND fields <> '{}' AND fields ? $2 AND fields ->> $2 = ANY($1::text[])`;

/** Live contacts of which a field has one of these values. */
export function findByField(
  tx: Queryable,
  { target, values }: { readonly target: string; readonly values: readonly string[] },
): Promise<Candidate[]> {
  if (target.startsWith("field:")) return tx.query(BY_ADDITIONAL, [values, target.slice("field:".length)]);
  const column = COLUMNS[target];
  if (column === undefined) throw new Error(`No field is called ${target}.`);
  // Every field at once, so that the statement is one text: the column is a value.
  return tx.query(BY_COLUMN, [values, column]);
}

/** Whether another live contact than this one is found by the address. */
export async function isHeldByAnother(
  tx: Queryable,
  key: { readonly kind: "email" | "phone"; readonly value: string; readonly contactId: ContactId },
): Promise<boolean> {
  const rows = await tx.query(
    `SELECT FROM identifier JOIN contact USING (contact_id)
     WHERE kind = $1::identifier_kind AND value = $2 AND contact_id <> $3 AND status = 'live'`,
    [key.kind, key.value, key.contactId],
  );
  return rows.length > 0;
}

export interface SharedChannel {
  readonly contactId: ContactId;
  readonly type: "email" | "sms";
  readonly value: string;
  readonly spelling: string;
  readonly status: string;
  readonly isConfirmed: boolean;
  readonly source: string;
  readonly now: Instant;
}

/** An address to send to that is no key, because somebody else is found by it. True: it is new to the contact. */
export async function keepAsChannel(tx: Queryable, channel: SharedChannel): Promise<boolean> {
  const rows = await tx.query(
    `INSERT INTO channel (contact_id, type, value, spelling, status, source, created_at, updated_at, confirmed_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8) ON CONFLICT DO NOTHING RETURNING 1`,
    [
      channel.contactId,
      channel.type,
      channel.value,
      channel.spelling,
      channel.status,
      channel.source,
      timestamp(channel.now),
      channel.isConfirmed ? timestamp(channel.now) : null,
    ],
  );
  return rows.length > 0;
}

/** Later rows are updated later, also within one transaction: the contact updated last is the one that is meant. */
export async function stampUpdate(tx: Queryable, contactId: ContactId, at: string): Promise<void> {
  await tx.query("UPDATE contact SET updated_at = greatest(updated_at, $2) WHERE contact_id = $1", [contactId, at]);
}

import type { ChannelType } from "../../../contract/contacts.ts";
import type { ContactId, FieldId, Instant } from "../../../contract/identifiers.ts";
import { timestamp, type Queryable } from "../../db/database.ts";
import type { FieldValue } from "../../fields/index.ts";
import type { Suppressed } from "../../identity/index.ts";

/**
 * Who has these addresses and could be meant, by the place of the address in the list: nobody with another external id;
 * of several, the one updated last. Sharing exists between channels only, so these are looked at and not the keys.
 */
export async function findSharers(
  tx: Queryable,
  addresses: readonly {
    readonly type: ChannelType;
    readonly value: string;
    readonly externalCustomerId: string | undefined;
  }[],
): Promise<ReadonlyMap<number, ContactId>> {
  const rows = await tx.queryNamed<{ place: number; contactId: ContactId }>(
    "bulk sharers",
    `SELECT asked.place, found.contact_id
     FROM unnest($1::channel_type[], $2::text[], $3::text[]) WITH ORDINALITY AS asked (type, value, external, place)
       CROSS JOIN LATERAL (
         SELECT contact_id FROM channel JOIN contact USING (contact_id)
         WHERE channel.type = asked.type AND channel.value = asked.value AND current AND contact.status = 'live'
           AND (asked.external IS NULL OR external_customer_id IS NULL OR external_customer_id = asked.external)
         ORDER BY contact.updated_at DESC, contact_id DESC LIMIT 1) found`,
    [
      addresses.map(({ type }) => type),
      addresses.map(({ value }) => value),
      addresses.map(({ externalCustomerId }) => externalCustomerId ?? null),
    ],
  );
  return new Map(rows.map(({ place, contactId }) => [place - 1, contactId]));
}

/**
 * Who has this value of an additional field, but for those with another external id. Whoever asks next waits until
 * this transaction has ended, so that two uploads do not both find nobody.
 */
export async function findFieldHolders(
  tx: Queryable,
  field: { readonly fieldId: FieldId; readonly value: FieldValue; readonly externalCustomerId: string | undefined },
): Promise<ContactId[]> {
  const wanted = JSON.stringify({ [field.fieldId]: field.value });
  await tx.query("SELECT pg_advisory_xact_lock(hashtextextended($1, 15))", [wanted]);
  const rows = await tx.query<{ contactId: ContactId }>(
    `SELECT contact_id FROM contact
     WHERE status = 'live' AND fields <> '{}' AND fields @> $1
       AND ($2::text IS NULL OR external_customer_id IS NULL OR external_customer_id = $2)
     ORDER BY contact_id LIMIT 2`,
    [wanted, field.externalCustomerId ?? null],
  );
  return rows.map(({ contactId }) => contactId);
}

/** Whether another live contact than this one is found by the address. */
export async function isHeldByAnother(
  tx: Queryable,
  key: { readonly kind: "email" | "phone"; readonly value: string; readonly contactId: ContactId },
): Promise<boolean> {
  const rows = await tx.query(
    `SELECT FROM identifier JOIN contact USING (contact_id)
     WHERE kind = $1 AND value = $2 AND contact_id <> $3 AND status = 'live'`,
    [key.kind, key.value, key.contactId],
  );
  return rows.length > 0;
}

/** An address to send to that is no key, because somebody else is found by it. */
export async function keepAsChannel(
  tx: Queryable,
  channel: {
    readonly contactId: ContactId;
    readonly type: "email" | "sms";
    readonly value: string;
    readonly spelling: string;
    readonly status: "confirmed" | Suppressed["status"];
    readonly now: Instant;
  },
): Promise<void> {
  await tx.query(
    `INSERT INTO channel (contact_id, type, value, spelling, status, source, created_at, updated_at, confirmed_at)
     VALUES ($1, $2, $3, $4, $5, 'IMPORT', $6, $6, $6) ON CONFLICT DO NOTHING`,
    [channel.contactId, channel.type, channel.value, channel.spelling, channel.status, timestamp(channel.now)],
  );
}

/** Takes the current addresses of a type away, and what is found by them. */
export async function clearChannels(
  tx: Queryable,
  { contactId, type, now }: { readonly contactId: ContactId; readonly type: ChannelType; readonly now: Instant },
): Promise<boolean> {
  const cleared = await tx.query(
    "UPDATE channel SET current = false, updated_at = $3 WHERE contact_id = $1 AND type = $2 AND current RETURNING value",
    [contactId, type, timestamp(now)],
  );
  const kind = { email: "email", sms: "phone", mobilepush: null, webpush: null, viber: null }[type];
  if (kind !== null)
    await tx.query("DELETE FROM identifier WHERE contact_id = $1 AND kind = $2::identifier_kind", [contactId, kind]);
  return cleared.length > 0;
}

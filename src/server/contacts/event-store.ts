import type { ContactId, Instant, MessageId, SiteId } from "../../contract/identifiers.ts";
import { timestamp, type Queryable } from "../db/database.ts";
import type { ContactState } from "./store.ts";

/** Something a server says about a contact. It lies under the contact's own source. */
export interface ContactEvent {
  readonly eventId: MessageId;
  /** Null: of no site in particular. */
  readonly siteId: SiteId | null;
  readonly contactId: ContactId;
  readonly name: string;
  readonly occurredAt: Instant;
  readonly receivedAt: Instant;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly context?: Readonly<Record<string, unknown>>;
}

/** Calls of back ends belong to no site. */
const NO_SITE = 0;

export async function appendContactEvent(tx: Queryable, event: ContactEvent): Promise<void> {
  await tx.queryNamed(
    "append contact event",
    `INSERT INTO event (event_id, site_id, source_kind, source_id, name, occurred_at, received_at, properties, context,
       trust)
     VALUES ($1, $2, 'contact', $3, $4, $5, $6, $7, $8, 'server') ON CONFLICT DO NOTHING`,
    [
      event.eventId,
      event.siteId ?? NO_SITE,
      String(event.contactId),
      event.name,
      timestamp(event.occurredAt),
      timestamp(event.receivedAt),
      JSON.stringify(event.properties),
      event.context === undefined ? null : JSON.stringify(event.context),
    ],
  );
}

/** Whether the contact has an event of this name since then. */
export async function hasContactEvent(
  tx: Queryable,
  { contactId, name, since }: { readonly contactId: ContactId; readonly name: string; readonly since: Instant },
): Promise<boolean> {
  const rows = await tx.query(
    `SELECT FROM event WHERE source_kind = 'contact' AND source_id = $1 AND occurred_at >= $3 AND name = $2 LIMIT 1`,
    [String(contactId), name, timestamp(since)],
  );
  return rows.length > 0;
}

/** Who is found by this address. Nobody, when it is none. */
export async function findHolder(
  tx: Queryable,
  { kind, value }: { readonly kind: "email" | "phone"; readonly value: string | undefined },
): Promise<ContactState> {
  return holderOf(
    await tx.queryNamed<Holder>(
      "holder of an address",
      `SELECT status, contact_id FROM identifier JOIN contact USING (contact_id)
       WHERE kind = $1 AND value = $2 AND status IN ('live', 'deleted')`,
      [kind, value ?? null],
    ),
  );
}

/** Whose app this token reaches: the one that said so last. */
export async function findPushTokenHolder(tx: Queryable, token: string): Promise<ContactState> {
  return holderOf(
    await tx.query<Holder>(
      `SELECT contact.status, contact_id FROM channel JOIN contact USING (contact_id)
       WHERE type IN ('mobilepush', 'webpush') AND value = $1 AND current AND contact.status IN ('live', 'deleted')
       ORDER BY channel.updated_at DESC LIMIT 1`,
      [token],
    ),
  );
}

type Holder = { readonly status: "live" | "deleted"; readonly contactId: ContactId };

function holderOf([row]: readonly Holder[]): ContactState {
  return row === undefined ? { kind: "unknown" } : { kind: row.status, contactId: row.contactId };
}

/** An event that names nobody is kept for a while, to be looked at. */
export async function rejectEvent(
  tx: Queryable,
  { siteId, now, event }: { readonly siteId: SiteId | null; readonly now: Instant; readonly event: object },
): Promise<void> {
  await tx.query(
    `INSERT INTO rejected (site_id, received_at, code, reason, message)
     VALUES ($1, $2, 'unknown_contact', 'The event names nobody who is known.', $3)`,
    [siteId, timestamp(now), JSON.stringify(event)],
  );
}

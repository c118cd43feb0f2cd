import type { ContactId, Instant, MessageId, SiteId } from "../../contract/identifiers.ts";
import { timestamp, type Transaction } from "../db/database.ts";
import { normaliseEmail, normalisePhone } from "../identity/index.ts";
import type { NamedPerson } from "./rules.ts";

export interface WebEvent {
  readonly eventId: MessageId;
  readonly siteId: SiteId;
  readonly source: { readonly kind: "visitor" | "contact"; readonly id: string };
  readonly name: string;
  readonly occurredAt: Instant;
  readonly receivedAt: Instant;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly trust: "browser" | "server";
}

/** What is there already stays as it is. */
export async function appendWebEvent(tx: Transaction, event: WebEvent): Promise<void> {
  await tx.queryNamed(
    "append web event",
    `INSERT INTO event (event_id, site_id, source_kind, source_id, name, occurred_at, received_at, properties, trust)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING`,
    [
      event.eventId,
      event.siteId,
      event.source.kind,
      event.source.id,
      event.name,
      timestamp(event.occurredAt),
      timestamp(event.receivedAt),
      JSON.stringify(event.properties),
      event.trust,
    ],
  );
}

/** Whom a back end means: by its own number, else by external id, email, phone, in this order. Only live contacts. */
export async function findPerson(
  tx: Transaction,
  { contactId, person }: { readonly contactId: number | undefined; readonly person: NamedPerson },
): Promise<ContactId | undefined> {
  const rows = await tx.query<{ contactId: ContactId }>(
    `SELECT contact_id FROM (
       SELECT coalesce(merged_into, contact_id) AS contact_id, 0 AS rank FROM contact WHERE contact_id = $1
       UNION ALL SELECT contact_id, 1 FROM identifier WHERE kind = 'external' AND value = $2
       UNION ALL SELECT contact_id, 2 FROM identifier WHERE kind = 'email' AND value = $3
       UNION ALL SELECT contact_id, 3 FROM identifier WHERE kind = 'phone' AND value = $4) found
     JOIN contact USING (contact_id) WHERE status = 'live' ORDER BY rank LIMIT 1`,
    [
      contactId ?? null,
      person.externalCustomerId ?? null,
      person.email === undefined ? null : (normaliseEmail(person.email) ?? null),
      person.phone === undefined ? null : (normalisePhone(person.phone) ?? null),
    ],
  );
  return rows[0]?.contactId;
}

export interface Unusable {
  readonly siteId: SiteId | null;
  readonly at: Instant;
  readonly code: string;
  readonly reason: string;
  /** With the words by which an erasure finds it. */
  readonly message: Readonly<Record<string, unknown>>;
}

export async function keepUnusable(
  tx: Pick<Transaction, "query">,
  { siteId, at, code, reason, message }: Unusable,
): Promise<void> {
  await tx.query("INSERT INTO rejected (site_id, received_at, code, reason, message) VALUES ($1, $2, $3, $4, $5)", [
    siteId,
    timestamp(at),
    code,
    reason,
    JSON.stringify(message),
  ]);
}

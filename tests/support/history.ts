import type { ContactId, Instant, MessageId } from "../../src/contract/identifiers.ts";
import { timestamp, type Queryable } from "../../src/server/db/database.ts";
import { uuidv7 } from "../../src/server/lib/uuid.ts";

export interface EventRow {
  readonly sourceKind?: "visitor" | "device" | "contact";
  readonly sourceId: string;
  readonly at: Instant;
  readonly name?: string;
  readonly eventId?: MessageId;
  readonly siteId?: number;
  readonly attachable?: boolean;
  readonly url?: string;
}

/** Appends events as ingest would; gives back their ids in the same order. */
export async function appendEvents(db: Queryable, events: readonly EventRow[]): Promise<MessageId[]> {
  const ids = events.map(({ eventId, at }) => eventId ?? uuidv7(at));
  await db.query(
    `INSERT INTO event (event_id, site_id, source_kind, source_id, name, occurred_at, received_at, trust, attachable,
       url)
     SELECT id, site, kind::source_kind, source, name, at, at, 'browser', attachable, url
     FROM unnest($1::uuid[], $2::int[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::bool[],
       $8::text[]) AS row (id, site, kind, source, name, at, attachable, url)`,
    [
      ids,
      events.map(({ siteId = 1 }) => siteId),
      events.map(({ sourceKind = "visitor" }) => sourceKind),
      events.map(({ sourceId }) => sourceId),
      events.map(({ name = "page" }) => name),
      events.map(({ at }) => timestamp(at)),
      events.map(({ attachable = true }) => attachable),
      events.map(({ url = null }: { url?: string | null }) => url),
    ],
  );
  return ids;
}

/** A contact without anything. */
export async function bareContact(
  db: Queryable,
  state: { readonly status?: "live" | "deleted" | "merged" | "erased"; readonly mergedInto?: ContactId } = {},
): Promise<ContactId> {
  const rows = await db.query<{ contactId: ContactId }>(
    `INSERT INTO contact (status, merged_into, contact_source, created_at, updated_at)
     VALUES ($1, $2, 'TEST', now(), now()) RETURNING contact_id`,
    [state.status ?? "live", state.mergedInto ?? null],
  );
  const id = rows[0]?.contactId;
  if (id === undefined) throw new Error("No contact was made.");
  return id;
}

export interface BindingRow {
  readonly sourceKind?: "visitor" | "device";
  readonly sourceId: string;
  readonly contactId: ContactId;
  readonly from?: Instant;
  readonly to?: Instant;
  readonly boundAt: Instant;
}

export async function bind(db: Queryable, binding: BindingRow): Promise<void> {
  const { sourceKind = "visitor", sourceId, contactId, from = -Infinity, to, boundAt } = binding;
  await db.query(
    `INSERT INTO binding (source_kind, source_id, contact_id, valid_from, valid_to, bound_at, reason)
     VALUES ($1, $2, $3, $4, $5, $6, 'test')`,
    [sourceKind, sourceId, contactId, timestamp(from), to === undefined ? null : timestamp(to), timestamp(boundAt)],
  );
}

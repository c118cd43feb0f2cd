import type { ContactId, Instant } from "../../contract/identifiers.ts";
import { timestamp, type Queryable, type Transaction } from "../db/database.ts";
import type { Landmark, Source, TimelineCursor, TimelineEntry } from "./timeline.ts";

/** How far earlier events are counted: enough to say "many", and cheap whatever the length of the history. */
export const EVENTS_COUNTED_TO = 1_000;

/**
 * Makes this transaction read the newest events of a source straight from the index. PostgreSQL believes that every
 * source has a handful of events and would read and sort a history of 20,000 for one page: 400 ms instead of 1 ms.
 * The price it puts on sorting would start its compiler (`jit`) too; the plan is kept, for planning a year of
 * partitions takes longer than reading.
 */
export async function orderedIndexWalk(tx: Transaction): Promise<void> {
  await tx.query(
    `SELECT set_config('enable_sort', 'off', true), set_config('jit', 'off', true),
            set_config('plan_cache_mode', 'force_generic_plan', true)`,
  );
}

// The contact itself or, when it was merged, the one that survived; its bindings; its own source and those of the
// contacts merged into it, which have no binding row.
const STRETCHES = `
  WITH person AS (
    SELECT survivor.contact_id
    FROM contact asked JOIN contact survivor ON survivor.contact_id = coalesce(asked.merged_into, asked.contact_id)
    WHERE asked.contact_id = $1 AND survivor.status = 'live'
  ), stretch AS (
    SELECT b.source_kind, b.source_id, b.valid_from, coalesce(b.valid_to, 'infinity') AS valid_to, b.bound_at
    FROM binding b JOIN person USING (contact_id)
    UNION ALL
    SELECT 'contact', contact_id::text, '-infinity', 'infinity', '-infinity' FROM person
    UNION ALL
    SELECT 'contact', loser.contact_id::text, '-infinity', 'infinity', '-infinity'
    FROM person JOIN contact loser ON loser.merged_into = person.contact_id
  )`;

const EVENTS = `${STRETCHES}
  SELECT e.*, e.occurred_at < stretch.bound_at AS before_identification
  FROM stretch CROSS JOIN LATERAL (
    SELECT event_id, site_id, source_kind, source_id, name, occurred_at, received_at, url, title, referrer, properties,
           trust
    FROM event
    WHERE source_kind = stretch.source_kind AND source_id = stretch.source_id
      AND occurred_at >= stretch.valid_from AND occurred_at < stretch.valid_to
      AND (occurred_at, event_id, site_id) < ($2, $3, $4) AND attachable
    ORDER BY occurred_at DESC, event_id DESC, site_id DESC
    LIMIT $5
  ) e
  ORDER BY e.occurred_at DESC, e.event_id DESC, e.site_id DESC
  LIMIT $5`;

type EventRow = Omit<TimelineEntry, "source"> & { readonly sourceKind: Source["kind"]; readonly sourceId: string };

export async function findEvents(
  tx: Queryable,
  request: { readonly contactId: ContactId; readonly before?: TimelineCursor; readonly limit: number },
): Promise<TimelineEntry[]> {
  const { contactId, before, limit } = request;
  const rows = await tx.queryNamed<EventRow>("timeline events", EVENTS, [
    contactId,
    timestamp(before?.occurredAt ?? Infinity),
    before?.eventId ?? "ffffffff-ffff-ffff-ffff-ffffffffffff",
    before?.siteId ?? 2_147_483_647,
    limit,
  ]);
  return rows.map(({ sourceKind, sourceId, ...event }) => ({ ...event, source: { kind: sourceKind, id: sourceId } }));
}

const LANDMARKS = `
  SELECT b.binding_id, b.source_kind, b.source_id, b.valid_from, coalesce(b.valid_to, 'infinity') AS valid_to,
         b.bound_at, b.bound_url, b.reason, earlier.events AS earlier_events
  FROM contact asked
  JOIN contact survivor ON survivor.contact_id = coalesce(asked.merged_into, asked.contact_id)
  JOIN binding b ON b.contact_id = survivor.contact_id
  CROSS JOIN LATERAL (
    SELECT count(*) AS events FROM (
      SELECT FROM event
      WHERE source_kind = b.source_kind AND source_id = b.source_id AND attachable
        AND occurred_at >= b.valid_from AND occurred_at < least(b.bound_at, b.valid_to)
      LIMIT ${EVENTS_COUNTED_TO + 1}
    ) AS counted
  ) earlier
  WHERE asked.contact_id = $1 AND survivor.status = 'live' AND b.bound_at >= $2 AND b.bound_at < $3
  ORDER BY b.bound_at DESC, b.binding_id DESC`;

type LandmarkRow = Omit<Landmark, "source"> & { readonly sourceKind: Source["kind"]; readonly sourceId: string };

/** Where browsers and devices got their name, `from <= boundAt < to`, newest first. */
export async function findLandmarks(
  tx: Queryable,
  request: { readonly contactId: ContactId; readonly from: Instant; readonly to: Instant },
): Promise<Landmark[]> {
  const { contactId, from, to } = request;
  const rows = await tx.queryNamed<LandmarkRow>("timeline landmarks", LANDMARKS, [
    contactId,
    timestamp(from),
    timestamp(to),
  ]);
  return rows.map(({ sourceKind, sourceId, ...row }) => ({ ...row, source: { kind: sourceKind, id: sourceId } }));
}

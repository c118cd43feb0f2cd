import type { ContactId, Instant, SiteId } from "../../contract/identifiers.ts";
import type { Queryable, Transaction } from "../db/database.ts";
import { uuidv7 } from "../lib/uuid.ts";
import type { LiveCursor } from "./live-cursor.ts";

export interface LiveRow {
  readonly writtenIn: number;
  /** Where it stands among those of one transaction. */
  readonly position: string;
  /** What was refused has the key of the message that it was. */
  readonly key: string;
  readonly kind: "event" | "person" | "rejected";
  readonly receivedAt: Instant;
  readonly siteId: SiteId | null;
  readonly name: string | null;
  readonly sourceKind: "visitor" | "device" | "contact" | null;
  readonly sourceId: string | null;
  readonly url: string | null;
  readonly title: string | null;
  readonly body: unknown;
  readonly state: "stored" | "unattachable" | "waiting" | "claim" | null;
  readonly code: string | null;
  readonly reason: string | null;
  readonly contactId: ContactId | null;
  readonly firstName: string | null;
  readonly lastName: string | null;
}

export interface Look {
  /** What this transaction sees. */
  readonly snapshot: string;
  /** This database is not as far as the snapshot that was handed in. */
  readonly isBehind: boolean;
}

/** From here on, the transaction sees one moment and says which. */
export async function openLook(tx: Transaction, seen: string | undefined): Promise<Look> {
  await tx.query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY");
  // Few rows, planned well: https://www.postgresql.org/docs/current/jit-decision.html costs more than it could save.
  await tx.query("SET LOCAL jit = off");
  const [look] = await tx.query<Look>(
    `SELECT pg_current_snapshot()::text AS snapshot,
       coalesce(pg_snapshot_xmax($1::pg_snapshot) > pg_snapshot_xmax(pg_current_snapshot()), false) AS is_behind`,
    [seen ?? null],
  );
  if (look === undefined) throw new Error("The database told nothing about its snapshot.");
  return look;
}

// In each of the three tables a key that sorts as text, and tells its rows from those of the others.
const EVENT_KEY = `('e' || event_id || '/' || site_id) COLLATE "C"`;
const PERSON_KEY = `('p' || message_id || '/' || site_id) COLLATE "C"`;
const REJECTED_KEY = `('r' || lpad(rejected_id::text, 19, '0')) COLLATE "C"`;

const UUID = "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$";

/** The whole of the messages that a list of keys names, each with its verdict, in the order in which they were written. */
const told = (chosen: string): string => `
  WITH chosen AS (${chosen}),
  message AS (
    SELECT chosen.written_in, chosen.key AS position, chosen.key, 'event' AS kind, e.received_at, e.site_id, e.name, e.source_kind, e.source_id,
      e.url, e.title, e.occurred_at,
      jsonb_strip_nulls(jsonb_build_object('id', e.event_id, 'at', e.occurred_at, 'name', e.name, 'url', e.url,
        'title', e.title, 'referrer', e.referrer, 'properties', e.properties, 'context', e.context,
        'trust', e.trust)) AS body,
      CASE WHEN e.attachable THEN 'stored' ELSE 'unattachable' END AS state, NULL AS code, NULL AS reason
    FROM chosen JOIN event e ON e.event_id = chosen.id AND e.site_id = chosen.site_id
    UNION ALL
    SELECT chosen.written_in, chosen.key, chosen.key, 'person', m.received_at, m.site_id, m.type, 'visitor', m.visitor_id,
      NULL, NULL, m.occurred_at, NULL,
      CASE WHEN m.carried_out_at IS NULL THEN 'waiting'
        WHEN EXISTS (SELECT FROM pending_claim c WHERE c.visitor_id = m.visitor_id) THEN 'claim'
        ELSE 'stored' END,
      NULL, NULL
    FROM chosen JOIN identity_message m ON m.message_id = chosen.id AND m.site_id = chosen.site_id
    -- What was refused is told by its entry in \`rejected\`, which knows why.
    WHERE m.carried_out_at IS NULL OR m.error IS NULL
    UNION ALL
    SELECT chosen.written_in, chosen.key, coalesce('p' || ended.message_id || '/' || ended.site_id, chosen.key), 'rejected', r.received_at, r.site_id,
      coalesce(r.message->>'name', r.message->>'type'), 'visitor', r.message->>'visitorId', r.message->>'url',
      r.message->>'title', NULL, r.message, NULL, r.code, r.reason
    FROM chosen JOIN rejected r ON r.rejected_id = chosen.rejected_id
    LEFT JOIN identity_message ended ON ended.site_id = r.site_id AND ended.carried_out_at = r.received_at
      AND ended.error IS NOT NULL
      AND ended.message_id = CASE WHEN r.message->>'id' ~ '${UUID}' THEN (r.message->>'id')::uuid END
  )
  SELECT message.*, holder.contact_id, holder.first_name, holder.last_name
  FROM message
  LEFT JOIN LATERAL (
    SELECT c.contact_id, c.first_name, c.last_name
    FROM (
      SELECT b.contact_id FROM binding b
      WHERE message.occurred_at IS NOT NULL AND message.source_kind <> 'contact' AND message.state <> 'unattachable'
        AND b.source_kind = message.source_kind::source_kind AND b.source_id = message.source_id
        AND message.occurred_at >= b.valid_from AND message.occurred_at < coalesce(b.valid_to, 'infinity')
      UNION ALL
      SELECT coalesce(named.merged_into, named.contact_id) FROM contact named
      WHERE named.contact_id = CASE message.source_kind WHEN 'contact' THEN message.source_id::bigint END
    ) owner JOIN contact c USING (contact_id)
    WHERE c.status IN ('live', 'deleted')
    LIMIT 1
  ) holder ON true
  ORDER BY message.written_in, message.position COLLATE "C"`;

const isFresh = `written_in >= greatest(pg_snapshot_xmin($1::pg_snapshot)::text::bigint, $3)
  AND NOT pg_visible_in_snapshot(written_in::text::xid8, $1::pg_snapshot)
  AND pg_visible_in_snapshot(written_in::text::xid8, $2::pg_snapshot)`;

const FRESH = told(`
  SELECT * FROM (
    SELECT written_in, ${EVENT_KEY} AS key, event_id AS id, site_id, NULL::bigint AS rejected_id
    FROM event WHERE ${isFresh}
    UNION ALL
    SELECT written_in, ${PERSON_KEY}, message_id, site_id, NULL FROM identity_message WHERE ${isFresh}
    UNION ALL
    SELECT written_in, ${REJECTED_KEY}, NULL, NULL, rejected_id FROM rejected WHERE ${isFresh}
  ) AS arrived
  WHERE (written_in, key) > ($3, $4)
  ORDER BY written_in, key LIMIT $5`);

/** What lies between two snapshots, from a row on, oldest first. */
export function selectFresh(
  tx: Queryable,
  { seen, within, limit }: { seen: string; within: NonNullable<LiveCursor["within"]>; limit: number },
): Promise<LiveRow[]> {
  return tx.query<LiveRow>(FRESH, [seen, within.until, within.writtenIn, within.position, limit]);
}

// By the time at which their ids were minted, which an index knows. Clocks that run ahead would be the latest for ever.
const LATEST = told(`
  SELECT * FROM (
    (SELECT written_in, ${EVENT_KEY} AS key, event_id AS id, site_id, NULL::bigint AS rejected_id, received_at
     FROM event WHERE event_id < $1 ORDER BY event_id DESC, site_id DESC LIMIT $2)
    UNION ALL
    (SELECT written_in, ${PERSON_KEY}, message_id, site_id, NULL, received_at
     FROM identity_message ORDER BY written_in DESC LIMIT $2)
    UNION ALL
    (SELECT written_in, ${REJECTED_KEY}, NULL, NULL, rejected_id, received_at
     FROM rejected ORDER BY rejected_id DESC LIMIT $2)
  ) AS latest
  ORDER BY received_at DESC LIMIT $2`);

const MINUTES_AHEAD = 5 * 60_000;

export function selectLatest(
  tx: Queryable,
  { limit, now }: { readonly limit: number; readonly now: Instant },
): Promise<LiveRow[]> {
  return tx.query<LiveRow>(LATEST, [uuidv7(now + MINUTES_AHEAD, new Uint8Array(10)), limit]);
}

import type { Instant } from "../../contract/identifiers.ts";
import { timestamp, type Database } from "../db/database.ts";

/** What is due when: months of the installation, which a site may replace by its own. */
export interface Due {
  readonly now: Instant;
  readonly months: number;
}

export interface Partition {
  readonly name: string;
  /** All of its ids were minted before the shortest time that anything is kept for. */
  readonly isPast: boolean;
}

/** The partitions that may hold something due: months that have begun, and the default one. */
export function listPartitions(db: Database, { now, months }: Due): Promise<Partition[]> {
  return db.query<Partition>(
    `WITH kept AS (SELECT $1::timestamptz - make_interval(months => least($2, min(anonymous_months))) AS since FROM site)
     SELECT name, coalesce(month + interval '1 month' <= since, false) AS is_past
     FROM kept, (
       SELECT relname AS name, to_date(substring(relname FROM 'y(\\d{4}m\\d\\d)$'), 'YYYY"m"MM') AS month
       FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid WHERE inhparent = 'event'::regclass) AS partition
     WHERE month IS NULL OR month <= since
     ORDER BY month`,
    [timestamp(now), months],
  );
}

// Nobody's: bound to no contact at that time, or recorded without consent to be.
const IS_DUE = `
  event.source_kind <> 'contact'
  AND event.occurred_at < $1::timestamptz - make_interval(months =>
    coalesce((SELECT anonymous_months FROM site WHERE site.site_id = event.site_id), $2))
  AND (NOT event.attachable OR NOT EXISTS (
    SELECT FROM binding b WHERE b.source_kind = event.source_kind AND b.source_id = event.source_id
      AND event.occurred_at >= b.valid_from AND (b.valid_to IS NULL OR event.occurred_at < b.valid_to)))`;

/** Drops a month if all of it is due; false: something in it stays. Nobody can write into it meanwhile. */
export function dropWhole(db: Database, name: string, { now, months }: Due): Promise<boolean> {
  return db.transaction(async (tx) => {
    await tx.query("SET LOCAL lock_timeout = '3s'");
    await tx.query(`LOCK TABLE ${name} IN SHARE MODE`);
    const [kept] = await tx.query(`SELECT 1 AS one FROM ${name} AS event WHERE NOT (${IS_DUE}) LIMIT 1`, [
      timestamp(now),
      months,
    ]);
    if (kept !== undefined) return false;
    await tx.query(`DROP TABLE ${name}`);
    return true;
  });
}

const CHUNK = 5_000;
const FIRST = "00000000-0000-0000-0000-000000000000";

/** Row by row, in one walk over the ids: short statements, so that nobody waits for them. Answers how many went. */
export async function removeDue(db: Database, name: string, { now, months }: Due): Promise<number> {
  let removed = 0;
  let last = { eventId: FIRST, siteId: 0 };
  for (;;) {
    const [walked] = await db.query<typeof last & { readonly removed: number }>(
      `WITH chunk AS (
         SELECT event_id, site_id FROM ${name} WHERE (event_id, site_id) > ($3, $4)
         ORDER BY event_id, site_id LIMIT ${CHUNK}),
       gone AS (
         DELETE FROM ${name} AS event USING chunk
         WHERE event.event_id = chunk.event_id AND event.site_id = chunk.site_id AND ${IS_DUE} RETURNING 1)
       SELECT event_id, site_id, (SELECT count(*) FROM gone) AS removed
       FROM chunk ORDER BY event_id DESC, site_id DESC LIMIT 1`,
      [timestamp(now), months, last.eventId, last.siteId],
    );
    if (walked === undefined) return removed;
    removed += walked.removed;
    last = walked;
  }
}

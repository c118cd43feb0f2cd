import type { Instant } from "../../contract/identifiers.ts";
import { timestamp, type Database } from "../db/database.ts";

/** What is due when: months of the installation, which a site may replace by its own. */
export interface Due {
  readonly now: Instant;
  readonly months: number;
}

const OVER = `
  WITH kept AS (SELECT $1::timestamptz - make_interval(months => least($2, min(anonymous_months))) AS since FROM site)
  SELECT name FROM kept, (
    SELECT relname AS name, to_date(substring(relname FROM 'y(\\d{4}m\\d\\d)$'), 'YYYY"m"MM') AS month
    FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid WHERE inhparent = 'event'::regclass) AS partition
  WHERE month + interval '1 month' <= since
  ORDER BY month`;

/** The months whose ids were all minted before the shortest time that anything is kept for, oldest first. */
export async function listMonthsOver(db: Database, { now, months }: Due): Promise<string[]> {
  const rows = await db.query<{ name: string }>(OVER, [timestamp(now), months]);
  return rows.map(({ name }) => name);
}

/** Drops a month if all of it is due; false: something in it stays. */
export function dropWhole(db: Database, name: string, { now, months }: Due): Promise<boolean> {
  return db.transaction(async (tx) => {
    await tx.query("SET LOCAL lock_timeout = '3s'");
    const parameters = [name, timestamp(now), months];
    const [row] = await tx.query<{ dropped: boolean }>("SELECT drop_due_partition($1, $2, $3) AS dropped", parameters);
    return row?.dropped === true;
  });
}

const CHUNK = 5_000;
const walk = (table: "event" | "event_default", end: string): string => `
  WITH chunk AS (
    SELECT event_id, site_id FROM ${table} WHERE (event_id, site_id) > ($3, $4) AND event_id < ${end}
    ORDER BY event_id, site_id LIMIT ${CHUNK}),
  gone AS (
    DELETE FROM event AS old USING chunk
    WHERE old.event_id = chunk.event_id AND old.site_id = chunk.site_id AND is_due(
      old.site_id, old.source_kind, old.source_id, old.occurred_at, old.attachable, $1, $2) RETURNING 1)
  SELECT event_id, site_id, (SELECT count(*) FROM gone) AS removed
  FROM chunk ORDER BY event_id DESC, site_id DESC LIMIT 1`;

// An id begins with the milliseconds at which it was minted; those of clocks that run ahead lie in the default partition.
const WALK_MONTHS = walk(
  "event",
  "(lpad(to_hex((extract(epoch FROM $1::timestamptz) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid",
);
const WALK_DEFAULT = walk("event_default", "'ffffffff-ffff-ffff-ffff-ffffffffffff'");
const FIRST = "00000000-0000-0000-0000-000000000000";

/** Row by row, in one walk over the ids: short statements, so that nobody waits for them. Answers how many went. */
export async function removeDue(db: Database, due: Due): Promise<number> {
  return (await removeAlong(db, WALK_MONTHS, due)) + (await removeAlong(db, WALK_DEFAULT, due));
}

async function removeAlong(db: Database, statement: string, { now, months }: Due): Promise<number> {
  let removed = 0;
  let last = { eventId: FIRST, siteId: 0 };
  for (;;) {
    const [walked] = await db.query<typeof last & { readonly removed: number }>(statement, [
      timestamp(now),
      months,
      last.eventId,
      last.siteId,
    ]);
    if (walked === undefined) return removed;
    removed += walked.removed;
    last = walked;
  }
}

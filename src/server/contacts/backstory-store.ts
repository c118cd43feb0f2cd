import type { Database, Transaction } from "../db/database.ts";
import { longTransaction } from "../db/long-connection.ts";

/** How long before they were known somebody's history begins. */
export const BACKSTORY_LENGTHS = ["none", "hour", "day", "week", "month", "longer"] as const;
export type BackstoryLength = (typeof BACKSTORY_LENGTHS)[number];

/** In a query over contacts with this alias and these values, to be asked after {@link settleBackstories}. */
export function hasBackstory(contact: string, length: BackstoryLength | "any", values: unknown[]): string {
  if (length === "none") return `NOT EXISTS (SELECT FROM backstory told WHERE told.contact_id = ${contact}.contact_id)`;
  const such = length === "any" ? "" : ` WHERE told.length = $${values.push(length)}`;
  return `${contact}.contact_id IN (SELECT told.contact_id FROM backstory told${such})`;
}

/** Contacts that are looked at in one transaction: half a second's work. */
const AT_ONCE = 10_000;

// Only one at a time. Losing it to a crash costs doing it again. Few rows, planned well: to compile would cost more than it saves.
const BEGIN = `
  SELECT set_config('synchronous_commit', 'off', true), set_config('jit', 'off', true) FROM backstory_seen FOR UPDATE`;

// Asked with the lock held: while it waited, others noted transactions that are newer than this statement would know of.
const SEEN = `
  SELECT pg_snapshot_xmax(seen)::text::bigint AS next, ARRAY(SELECT pg_snapshot_xip(seen)::text::bigint)::text[] AS open,
    pg_snapshot_xmax(seen) > pg_snapshot_xmax(pg_current_snapshot()) AS is_elsewhere,
    pg_current_snapshot()::text AS now, pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS beyond
  FROM backstory_seen`;

// The events of transactions that were not over at the last look, among them those that come late from an offline queue. Not
// those that were copied from another server with the numbers of its transactions, which may still be to come here. The bound
// is a value, for of an expression PostgreSQL expects that it leaves many; what came after it is for the next look.
const NEXT = `
  WITH due AS (
    DELETE FROM backstory_due WHERE ctid = ANY(ARRAY(SELECT ctid FROM backstory_due LIMIT ${AT_ONCE})) RETURNING contact_id
  ), late AS (
    SELECT b.contact_id FROM event e JOIN binding b USING (source_kind, source_id)
    WHERE (e.written_in >= $1 OR e.written_in = ANY($2::bigint[])) AND e.attachable
      AND e.written_in < $3
      AND e.occurred_at >= b.valid_from AND e.occurred_at < least(b.bound_at, b.valid_to)
  ), noted AS (
    UPDATE backstory_seen SET seen = $4::pg_snapshot
  )
  SELECT ARRAY(SELECT contact_id FROM due UNION SELECT contact_id FROM late)::text[] AS contacts,
    (SELECT count(*) FROM due) = ${AT_ONCE} AS is_more`;

/** From the first event of one of a contact's sources until that source was named: the longest of all. */
const TELL = `
  WITH told AS (
    SELECT asked.contact_id, backstory_length((
      SELECT max(b.bound_at - first.occurred_at)
      FROM binding b CROSS JOIN LATERAL (
        SELECT e.occurred_at FROM event e
        WHERE e.source_kind = b.source_kind AND e.source_id = b.source_id AND e.attachable
          AND e.occurred_at >= b.valid_from AND e.occurred_at < least(b.bound_at, b.valid_to)
        ORDER BY e.occurred_at LIMIT 1
      ) first
      WHERE b.contact_id = asked.contact_id)) AS length
    FROM unnest($1::bigint[]) AS asked (contact_id)
  ), gone AS (
    DELETE FROM backstory USING told WHERE backstory.contact_id = told.contact_id AND told.length IS NULL
  )
  INSERT INTO backstory (contact_id, length) SELECT contact_id, length FROM told WHERE length IS NOT NULL
  ON CONFLICT (contact_id) DO UPDATE SET length = excluded.length WHERE backstory.length <> excluded.length`;

const TELL_ALL = "SELECT tell_every_backstory()";
// What this transaction wrote is told as well, though to its own snapshot it is still to come; what began before it may be open.
const OWN_IS_TOLD = `
  UPDATE backstory_seen SET seen = format('%s:%s:%s', pg_snapshot_xmin(seen), own + 1, (
    SELECT string_agg(open::text, ',' ORDER BY open) FROM (
      SELECT pg_snapshot_xip(seen)::text::bigint AS open
      UNION ALL SELECT generate_series(pg_snapshot_xmax(seen)::text::bigint, own - 1)) before))::pg_snapshot
  FROM (SELECT pg_current_xact_id()::text::bigint AS own) this
  WHERE own >= pg_snapshot_xmax(seen)::text::bigint`;

/** Makes `backstory` say what events and bindings say at this moment. To be called before it is read. */
export async function settleBackstories(db: Database): Promise<void> {
  while (await db.transaction(settleSome)) continue;
}

/**
 * The same by the clock, so that there is little left to do for whoever reads: however long it takes, for what no reader had
 * the time for would else be left undone for ever.
 */
export async function settleBackstoriesPatiently(db: Database): Promise<void> {
  while (await longTransaction(db, "backstories", settleSome)) continue;
}

interface Seen {
  /** The first transaction that the last look did not know of. */
  readonly next: number;
  /** Those before it that were not over. */
  readonly open: readonly string[];
  readonly isElsewhere: boolean;
  readonly now: string;
  /** The first that this look does not know of. */
  readonly beyond: number;
}

/** True: there may be more to do. */
async function settleSome(tx: Transaction): Promise<boolean> {
  await tx.query(BEGIN);
  const [seen] = await tx.query<Seen>(SEEN);
  if (seen === undefined) throw new Error("The row that says which events are accounted for is missing.");
  // The tables were copied from another server by its own tools: the numbers of its transactions mean nothing here.
  if (seen.isElsewhere) {
    await tx.query(TELL_ALL);
    return false;
  }
  const [next] = await tx.query<{ contacts: readonly string[]; isMore: boolean }>(NEXT, [
    seen.next,
    seen.open,
    seen.beyond,
    seen.now,
  ]);
  if (next === undefined) throw new Error("The database told nothing about backstories.");
  if (next.contacts.length > 0) await tx.query(TELL, [next.contacts]);
  return next.isMore;
}

/** For a database that this transaction has filled by other means. */
export async function tellEveryBackstory(tx: Transaction): Promise<void> {
  const [found] = await tx.query<{ known: boolean }>("SELECT to_regproc('tell_every_backstory') IS NOT NULL AS known");
  // A backup from before is brought up to date by the next start, which tells them as well.
  if (found?.known !== true) return;
  await tx.query(TELL_ALL);
  await tx.query(OWN_IS_TOLD);
}

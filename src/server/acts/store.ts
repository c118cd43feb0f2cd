import type { ActCounts, ActKind, ActState } from "../../contract/acts.ts";
import type { ContactId, Instant } from "../../contract/identifiers.ts";
import { timestamp, type Queryable, type Transaction } from "../db/database.ts";
import type { MemberQuery } from "../segments/index.ts";

export interface ActRow {
  readonly actId: number;
  readonly kind: ActKind;
  readonly state: ActState;
  readonly scope: "named" | "matching";
  readonly segmentId: number | null;
  readonly segmentName: string | null;
  readonly undoes: number | null;
  readonly isUndone: boolean;
  readonly actor: string;
  readonly contacts: number;
  readonly done: number;
  readonly counts: Partial<ActCounts>;
  readonly error: "listGone" | null;
  readonly createdAt: Instant;
  readonly touchedAt: Instant;
  readonly finishedAt: Instant | null;
}

const COLUMNS = `act_id, kind, state, scope, segment_id, segment_name, undoes, actor, contacts, done, counts, error,
  created_at, touched_at, finished_at, EXISTS (SELECT FROM act later WHERE later.undoes = act.act_id) AS is_undone`;

export async function findAct(db: Queryable, actId: number): Promise<ActRow | undefined> {
  const [row] = await db.query<ActRow>(`SELECT ${COLUMNS} FROM act WHERE act_id = $1::bigint`, [actId]);
  return row;
}

/** Newest first. */
export function listActs(
  db: Queryable,
  { before, limit }: { readonly before: number | undefined; readonly limit: number },
): Promise<ActRow[]> {
  return db.query<ActRow>(
    `SELECT ${COLUMNS} FROM act WHERE $1::integer IS NULL OR act_id < $1 ORDER BY act_id DESC LIMIT $2`,
    [before ?? null, limit],
  );
}

export interface NewActRow {
  readonly kind: ActKind;
  readonly scope: ActRow["scope"];
  readonly segmentId: number | null;
  readonly undoes: number | null;
  readonly actor: string;
  readonly now: Instant;
}

async function insertAct(tx: Transaction, act: NewActRow): Promise<number> {
  const [row] = await tx.query<{ actId: number }>(
    `INSERT INTO act (kind, state, scope, segment_id, segment_name, undoes, actor, contacts, created_at, touched_at)
     VALUES ($1, 'running', $2, $3, (SELECT name FROM segment WHERE segment_id = $3), $4, $5, 0, $6, $6)
     RETURNING act_id`,
    [act.kind, act.scope, act.segmentId, act.undoes, act.actor, timestamp(act.now)],
  );
  if (row === undefined) throw new Error("An insert answered no row.");
  return row.actId;
}

/** Contacts of one transaction: enough to be fast, few enough that others wait only a moment for the same people. */
export const PART = 500;

/** `act`: the number of the parameter with the act. */
const partsOf = (contacts: string, act: number): string => `
  INSERT INTO act_part (act_id, part, contact_ids)
  SELECT $${act}::integer, place / ${PART}, array_agg(contact_id ORDER BY contact_id)
  FROM (SELECT contact_id, row_number() OVER (ORDER BY contact_id) - 1 AS place FROM (${contacts}) chosen) numbered
  GROUP BY place / ${PART}`;

/** An act about everybody whom the query finds now, in parts by their ids; with nobody it is finished. */
export async function insertActAbout(tx: Transaction, act: NewActRow, { text, values }: MemberQuery): Promise<number> {
  const actId = await insertAct(tx, act);
  await tx.query("SELECT set_config('work_mem', '64MB', true), set_config('jit', 'off', true)");
  await tx.query(partsOf(text, values.length + 1), [...values, actId]);
  await measureAct(tx, actId);
  return actId;
}

/** An act about those whom an earlier one changed. */
export async function insertActUndoing(tx: Transaction, act: NewActRow & { readonly undoes: number }): Promise<number> {
  const actId = await insertAct(tx, act);
  await tx.query(
    `INSERT INTO act_part (act_id, part, contact_ids)
     SELECT $1, part, changed_ids FROM act_part WHERE act_id = $2 AND cardinality(changed_ids) > 0`,
    [actId, act.undoes],
  );
  await measureAct(tx, actId);
  return actId;
}

async function measureAct(tx: Transaction, actId: number): Promise<void> {
  await tx.query(
    `UPDATE act SET contacts = found.contacts, state = CASE found.contacts WHEN 0 THEN 'finished' ELSE state END,
       finished_at = CASE found.contacts WHEN 0 THEN created_at END
     FROM (SELECT coalesce(sum(cardinality(contact_ids)), 0) AS contacts FROM act_part WHERE act_id = $1) found
     WHERE act_id = $1`,
    [actId],
  );
}

/**
 * The act that has waited longest for its next part and nobody is at, or this one; held until the transaction ends.
 * Where several are under way, they take turns.
 */
export async function takeAct(tx: Transaction, only: number | undefined): Promise<ActRow | undefined> {
  const [row] = await tx.query<ActRow>(
    `SELECT ${COLUMNS} FROM act WHERE state = 'running' AND ($1::integer IS NULL OR act_id = $1)
     ORDER BY touched_at, act_id LIMIT 1 FOR UPDATE SKIP LOCKED`,
    [only ?? null],
  );
  return row;
}

export interface ActPart {
  readonly part: number;
  readonly contactIds: readonly ContactId[];
}

export async function findNextPart(tx: Transaction, actId: number): Promise<ActPart | undefined> {
  const [row] = await tx.query<{ part: number; contactIds: readonly string[] }>(
    `SELECT part, contact_ids FROM act_part WHERE act_id = $1 AND changed_ids IS NULL ORDER BY part LIMIT 1`,
    [actId],
  );
  return row && { part: row.part, contactIds: row.contactIds.map((id) => Number(id) as ContactId) };
}

export interface PartDone {
  readonly actId: number;
  readonly part: number;
  readonly size: number;
  readonly changed: readonly ContactId[];
  readonly counts: ActCounts;
  readonly now: Instant;
}

/** What became of a part, in the transaction of its effect. With the last one the act is finished. */
export async function notePart(tx: Transaction, { actId, part, size, changed, counts, now }: PartDone): Promise<void> {
  await tx.query("UPDATE act_part SET changed_ids = $3 WHERE act_id = $1 AND part = $2", [actId, part, changed]);
  await tx.query(
    `UPDATE act SET done = done + $2, counts = $3, touched_at = $4,
       state = CASE WHEN done + $2 >= contacts THEN 'finished' ELSE state END,
       finished_at = CASE WHEN done + $2 >= contacts THEN $4::timestamptz END
     WHERE act_id = $1`,
    [actId, size, JSON.stringify(counts), timestamp(now)],
  );
}

/** False: it had ended before. */
export async function endAct(
  db: Queryable,
  actId: number,
  { state, error, now }: { readonly state: "cancelled" | "failed"; readonly error?: "listGone"; readonly now: Instant },
): Promise<boolean> {
  const rows = await db.query(
    `UPDATE act SET state = $2, error = $3, finished_at = $4, touched_at = $4
     WHERE act_id = $1::bigint AND state = 'running' RETURNING 1`,
    [actId, state, error ?? null, timestamp(now)],
  );
  return rows.length > 0;
}

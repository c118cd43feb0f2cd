import type { Instant } from "../../contract/identifiers.ts";
import type { ConditionGroup, SegmentKind } from "../../contract/segments.ts";
import { timestamp, type Queryable, type Transaction } from "../db/database.ts";

export interface StoredSegment {
  readonly id: number;
  readonly name: string;
  readonly kind: SegmentKind;
  /** Of a dynamic one. */
  readonly condition: ConditionGroup | null;
  readonly createdAt: Instant;
}

const SEGMENT = "segment_id AS id, name, kind, condition, created_at";

/** By name. */
export function listStored(db: Queryable): Promise<StoredSegment[]> {
  return db.query<StoredSegment>(`SELECT ${SEGMENT} FROM segment ORDER BY lower(name), segment_id`);
}

export async function findStored(db: Queryable, id: number): Promise<StoredSegment | undefined> {
  const [segment] = await db.query<StoredSegment>(`SELECT ${SEGMENT} FROM segment WHERE segment_id = $1::bigint`, [id]);
  return segment;
}

/** Nobody else changes or uses it until this transaction ends. */
export async function lockStored(tx: Transaction, id: number): Promise<StoredSegment | undefined> {
  const [segment] = await tx.query<StoredSegment>(
    `SELECT ${SEGMENT} FROM segment WHERE segment_id = $1::bigint FOR UPDATE`,
    [id],
  );
  return segment;
}

/** Keeps lists from being deleted while a condition that names them is stored; answers those that are there. */
export async function holdLists(tx: Transaction, ids: readonly number[]): Promise<number[]> {
  const rows = await tx.query<{ id: number }>(
    `SELECT segment_id AS id FROM segment WHERE kind = 'list' AND segment_id = ANY ($1::bigint[])
     ORDER BY segment_id FOR KEY SHARE`,
    [ids],
  );
  return rows.map(({ id }) => id);
}

export type NewStored = Pick<StoredSegment, "name" | "condition"> & { readonly now: Instant };

/** Undefined: the name is taken. */
export async function insertSegment(tx: Transaction, segment: NewStored): Promise<number | undefined> {
  const { name, condition, now } = segment;
  const [row] = await tx.query<{ id: number }>(
    `INSERT INTO segment (name, kind, condition, created_at)
     VALUES ($1, CASE WHEN $2::jsonb IS NULL THEN 'list' ELSE 'dynamic' END, $2, $3)
     ON CONFLICT (name) DO NOTHING RETURNING segment_id AS id`,
    [name, condition === null ? null : JSON.stringify(condition), timestamp(now)],
  );
  return row?.id;
}

/** False: the name is taken. */
export async function updateStored(
  tx: Transaction,
  { id, name, condition }: Pick<StoredSegment, "id" | "name" | "condition">,
): Promise<boolean> {
  const rows = await tx.query(
    `UPDATE segment SET name = $2, condition = $3
     WHERE segment_id = $1 AND NOT EXISTS (SELECT FROM segment other WHERE other.name = $2 AND other.segment_id <> $1)
     RETURNING 1`,
    [id, name, condition === null ? null : JSON.stringify(condition)],
  );
  return rows.length > 0;
}

export async function deleteStored(tx: Transaction, id: number): Promise<void> {
  await tx.query("DELETE FROM segment WHERE segment_id = $1", [id]);
}

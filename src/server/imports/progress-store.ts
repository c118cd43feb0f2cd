import type { ImportCounts, ImportSample, ImportState, RowResult } from "../../contract/imports.ts";
import type { ContactId, Instant } from "../../contract/identifiers.ts";
import { timestamp, type Queryable } from "../db/database.ts";
import { removeParts } from "./part-store.ts";
import { removeProblems } from "./problem-store.ts";

/** The first row comes next, and nothing was said about any. False: the import is in none of these states. */
export async function beginPass(
  tx: Queryable,
  importId: number,
  {
    from,
    to,
    now,
  }: { readonly from: readonly ImportState[]; readonly to: "checking" | "running"; readonly now: Instant },
): Promise<boolean> {
  const rows = await tx.query(
    `UPDATE import SET state = $3, touched_at = $4, started_at = $4, rows_done = 0, counts = '{}', error = NULL,
       rows_per_second = NULL
     WHERE import_id = $1 AND state = ANY($2) RETURNING 1`,
    [importId, from, to, timestamp(now)],
  );
  if (rows.length > 0) await removeProblems(tx, importId);
  return rows.length > 0;
}

/** Those that are being checked or run, or should be. */
export function listWaiting(db: Queryable): Promise<{ readonly importId: number }[]> {
  return db.query("SELECT import_id FROM import WHERE state IN ('checking', 'running') ORDER BY import_id");
}

export interface Advance {
  readonly importId: number;
  readonly state: "checking" | "running";
  readonly from: number;
  readonly to: number;
  readonly counts: Partial<ImportCounts>;
  readonly rowsPerSecond: number | null;
  readonly now: Instant;
  /** Whom the rows were about, by what became of them. */
  readonly contacts?: ReadonlyMap<RowResult, readonly ContactId[]>;
}

const ADVANCE = `
  WITH noted AS (
    INSERT INTO import_contacts (import_id, result, contact_ids)
    SELECT $1, result, ids FROM json_to_recordset($8) AS said (result text, ids bigint[]))
  UPDATE import SET rows_done = $4, counts = $5, rows_per_second = $6, touched_at = $7
  WHERE import_id = $1 AND state = $2 AND rows_done = $3 RETURNING 1`;

/**
 * Notes how far it came and about whom, in the transaction of the rows themselves. False: cancelled, or somebody else is at
 * it, and nothing of the transaction may stay.
 */
export async function advance(tx: Queryable, step: Advance): Promise<boolean> {
  const rows = await tx.queryNamed("import advance", ADVANCE, [
    step.importId,
    step.state,
    step.from,
    step.to,
    JSON.stringify(step.counts),
    step.rowsPerSecond,
    timestamp(step.now),
    JSON.stringify([...(step.contacts ?? [])].map(([result, ids]) => ({ result, ids }))),
  ]);
  return rows.length > 0;
}

export async function finishCheck(
  tx: Queryable,
  importId: number,
  check: { readonly counts: Partial<ImportCounts>; readonly samples: readonly ImportSample[]; readonly rows: number },
): Promise<boolean> {
  const rows = await tx.query(
    `UPDATE import SET state = 'checked', counts = $2, checked = $2, samples = $3, rows_done = $4, rows_total = $4
     WHERE import_id = $1 AND state = 'checking' RETURNING 1`,
    [importId, JSON.stringify(check.counts), JSON.stringify(check.samples), check.rows],
  );
  return rows.length > 0;
}

export async function finishRun(
  tx: Queryable,
  importId: number,
  { rows, now }: { readonly rows: number; readonly now: Instant },
): Promise<boolean> {
  const done = await tx.query(
    `UPDATE import SET state = 'finished', finished_at = $3, touched_at = $3, rows_total = $2, samples = '[]'
     WHERE import_id = $1 AND state = 'running' RETURNING 1`,
    [importId, rows, timestamp(now)],
  );
  if (done.length > 0) await removeParts(tx, importId);
  return done.length > 0;
}

export async function failImport(
  db: Queryable,
  importId: number,
  { error, now }: { readonly error: string; readonly now: Instant },
): Promise<void> {
  await db.query(
    `UPDATE import SET state = 'failed', error = $2, finished_at = $3, touched_at = $3
     WHERE import_id = $1 AND state IN ('checking', 'running')`,
    [importId, error, timestamp(now)],
  );
}

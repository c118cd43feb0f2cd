import type { ExportFault, ExportPlace, ExportTable, RunNote, RunTable } from "../../contract/exports.ts";
import type { Instant } from "../../contract/identifiers.ts";
import { timestamp, type Queryable } from "../db/database.ts";

export interface StoredExport {
  readonly exportId: string;
  readonly name: string;
  readonly destination: ExportPlace;
  readonly secret: Buffer;
  readonly tables: ExportTable[];
  readonly externalId: boolean;
  readonly intervalMinutes: number;
  readonly pausedAt: Instant | null;
  readonly askedAt: Instant | null;
  readonly allAgain: boolean;
  readonly createdAt: Instant;
}

export interface StoredRun {
  readonly runId: number;
  readonly exportId: string;
  readonly reason: "schedule" | "asked";
  readonly state: "running" | "finished" | "failed" | "interrupted";
  readonly startedAt: Instant;
  readonly finishedAt: Instant | null;
  readonly tables: RunTable[];
  readonly bytes: number;
  readonly notes: RunNote[];
  readonly error: ExportFault | null;
}

const EXPORT = `export_id, name, destination, secret, tables, external_id, interval_minutes, paused_at, asked_at,
  all_again, created_at`;

export function listExports(db: Queryable): Promise<StoredExport[]> {
  return db.query(`SELECT ${EXPORT} FROM export ORDER BY created_at, export_id`);
}

export async function findExport(db: Queryable, exportId: string): Promise<StoredExport | undefined> {
  const [found] = await db.query<StoredExport>(`SELECT ${EXPORT} FROM export WHERE export_id = $1`, [exportId]);
  return found;
}

export type NewExportRow = Omit<StoredExport, "pausedAt" | "askedAt" | "allAgain" | "externalId">;

export async function insertExport(db: Queryable, row: NewExportRow): Promise<void> {
  await db.query(
    `INSERT INTO export (export_id, name, kind, destination, secret, tables, external_id, interval_minutes, created_at)
     VALUES ($1, $2, $3, $4, $5, $6, true, $7, $8)`,
    [
      row.exportId,
      row.name,
      row.destination.kind,
      JSON.stringify(row.destination),
      row.secret,
      row.tables,
      row.intervalMinutes,
      timestamp(row.createdAt),
    ],
  );
}

export interface ExportChanges {
  readonly name?: string;
  readonly intervalMinutes?: number;
  readonly secret?: Buffer;
  readonly pausedAt?: Instant | null;
  readonly externalId?: true;
}

/** False: there is no such export. */
export async function updateExport(db: Queryable, exportId: string, changes: ExportChanges): Promise<boolean> {
  const rows = await db.query(
    `UPDATE export SET name = coalesce($2, name), interval_minutes = coalesce($3, interval_minutes),
       secret = coalesce($4, secret), paused_at = CASE WHEN $5 THEN $6 ELSE paused_at END,
       external_id = external_id OR $7
     WHERE export_id = $1 RETURNING 1`,
    [
      exportId,
      changes.name ?? null,
      changes.intervalMinutes ?? null,
      changes.secret ?? null,
      changes.pausedAt !== undefined,
      changes.pausedAt == null ? null : timestamp(changes.pausedAt),
      changes.externalId === true,
    ],
  );
  return rows.length > 0;
}

export async function removeExport(db: Queryable, exportId: string): Promise<boolean> {
  const rows = await db.query("DELETE FROM export WHERE export_id = $1 RETURNING 1", [exportId]);
  return rows.length > 0;
}

/** Asked for twice, it runs once; but once more when a run is under way already, which may not have seen what is meant. */
export async function askForRun(
  db: Queryable,
  order: { readonly exportId: string; readonly allAgain: boolean; readonly now: Instant },
): Promise<boolean> {
  const rows = await db.query(
    `UPDATE export SET asked_at = $2, all_again = all_again OR $3 WHERE export_id = $1 RETURNING 1`,
    [order.exportId, timestamp(order.now), order.allAgain],
  );
  return rows.length > 0;
}

/** After a restore: destinations may know people and bindings that are here no more. */
export async function compareAllAgain(tx: Queryable): Promise<void> {
  await tx.query("UPDATE export SET all_again = true");
}

const RUN = "run_id, export_id, reason, state, started_at, finished_at, tables, bytes, notes, error";

/** The latest of each export, the newest first. */
export function listLatestRuns(db: Queryable, each: number): Promise<StoredRun[]> {
  return db.query(
    `SELECT latest.* FROM export e CROSS JOIN LATERAL (
       SELECT ${RUN} FROM export_run r WHERE r.export_id = e.export_id ORDER BY run_id DESC LIMIT $1) latest
     ORDER BY run_id DESC`,
    [each],
  );
}

export function listRuns(db: Queryable, exportId: string, limit: number): Promise<StoredRun[]> {
  return db.query(`SELECT ${RUN} FROM export_run WHERE export_id = $1 ORDER BY run_id DESC LIMIT $2`, [
    exportId,
    limit,
  ]);
}

/**
 * Opens a line in the log. Whoever calls it holds the export's lock, so a run that seems to be going on has lost its
 * process.
 */
export async function beginRun(
  db: Queryable,
  run: { readonly exportId: string; readonly reason: StoredRun["reason"]; readonly now: Instant },
): Promise<number> {
  await markInterrupted(db, run.exportId, run.now);
  const [row] = await db.query<{ runId: number }>(
    "INSERT INTO export_run (export_id, reason, state, started_at) VALUES ($1, $2, 'running', $3) RETURNING run_id",
    [run.exportId, run.reason, timestamp(run.now)],
  );
  if (row === undefined) throw new Error("An insert answered no row.");
  return row.runId;
}

export async function markInterrupted(db: Queryable, exportId: string, now: Instant): Promise<void> {
  await db.query(
    "UPDATE export_run SET state = 'interrupted', finished_at = $2 WHERE export_id = $1 AND state = 'running'",
    [exportId, timestamp(now)],
  );
}

export type Progress = Pick<StoredRun, "tables" | "bytes" | "notes">;

export async function noteProgress(db: Queryable, runId: number, progress: Progress): Promise<void> {
  await db.query("UPDATE export_run SET tables = $2, bytes = $3, notes = $4 WHERE run_id = $1", [
    runId,
    JSON.stringify(progress.tables),
    progress.bytes,
    JSON.stringify(progress.notes),
  ]);
}

export async function endRun(
  db: Queryable,
  end: { readonly runId: number; readonly now: Instant; readonly error: ExportFault | null },
): Promise<void> {
  await db.query("UPDATE export_run SET state = $2, finished_at = $3, error = $4 WHERE run_id = $1", [
    end.runId,
    end.error === null ? "finished" : "failed",
    timestamp(end.now),
    end.error === null ? null : JSON.stringify(end.error),
  ]);
}

/** What was asked for before the run began has been done. */
export async function settleOrder(
  db: Queryable,
  { exportId, askedAt, allAgain }: Pick<StoredExport, "exportId" | "askedAt" | "allAgain">,
): Promise<void> {
  await db.query(
    `UPDATE export SET asked_at = CASE WHEN asked_at = $2 THEN NULL ELSE asked_at END, all_again = all_again AND NOT $3
     WHERE export_id = $1`,
    [exportId, askedAt === null ? null : timestamp(askedAt), allAgain],
  );
}

export async function forgetErasures(db: Queryable, erasureIds: readonly string[]): Promise<void> {
  if (erasureIds.length > 0)
    await db.query("DELETE FROM export_erasure WHERE export_erasure_id = ANY($1::bigint[])", [erasureIds]);
}

/** Stretches whose events are gone here, for every export to remove at its destination. */
export async function insertErasures(
  tx: Queryable,
  stretches: readonly {
    readonly sourceKind: string;
    readonly sourceId: string;
    readonly validFrom: Instant;
    readonly validTo: Instant;
  }[],
): Promise<void> {
  if (stretches.length === 0) return;
  await tx.query(
    `INSERT INTO export_erasure (export_id, source_kind, source_id, valid_from, valid_to)
     SELECT export_id, stretch.* FROM export CROSS JOIN
       unnest($1::source_kind[], $2::text[], $3::timestamptz[], $4::timestamptz[]) AS stretch`,
    [
      stretches.map(({ sourceKind }) => sourceKind),
      stretches.map(({ sourceId }) => sourceId),
      stretches.map(({ validFrom }) => timestamp(validFrom)),
      stretches.map(({ validTo }) => timestamp(validTo)),
    ],
  );
}

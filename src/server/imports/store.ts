import { createHash } from "node:crypto";
import type {
  ImportColumn,
  ImportCounts,
  ImportFormat,
  ImportSample,
  ImportSettings,
  ImportState,
  RowResult,
} from "../../contract/imports.ts";
import type { ContactId, Instant } from "../../contract/identifiers.ts";
import { Copy, copyRows } from "../db/copy.ts";
import { timestamp, type Queryable, type Transaction } from "../db/database.ts";
import type { FaultCode } from "./faults.ts";

export interface ImportRow {
  readonly importId: number;
  readonly state: ImportState;
  readonly fileName: string;
  readonly fileSize: number | null;
  readonly actor: string;
  readonly createdAt: Instant;
  readonly format: ImportFormat | null;
  readonly columns: readonly ImportColumn[];
  readonly settings: ImportSettings | null;
  readonly isRemembered: boolean;
  readonly rowsDone: number;
  readonly rowsTotal: number | null;
  readonly rowsPerSecond: number | null;
  readonly counts: Partial<ImportCounts>;
  readonly checked: ImportCounts | null;
  readonly samples: readonly ImportSample[];
  readonly error: string | null;
  readonly startedAt: Instant | null;
  readonly finishedAt: Instant | null;
  /** Whose rows they were is known: see {@link noteContacts}. */
  readonly namesContacts: boolean;
}

const COLUMNS = `import_id, state, file_name, file_size, actor, created_at, format, columns, settings, is_remembered,
  rows_done, rows_total, rows_per_second, counts, checked, samples, error, started_at, finished_at,
  EXISTS (SELECT FROM import_contacts known WHERE known.import_id = import.import_id) AS names_contacts`;

export async function insertImport(
  db: Queryable,
  file: { readonly fileName: string; readonly fileSize: number | null; readonly actor: string; readonly now: Instant },
): Promise<number> {
  const [row] = await db.query<{ importId: number }>(
    `INSERT INTO import (state, file_name, file_size, actor, created_at, touched_at)
     VALUES ('uploading', $1, $2, $3, $4, $4) RETURNING import_id`,
    [file.fileName, file.fileSize, file.actor, timestamp(file.now)],
  );
  if (row === undefined) throw new Error("An insert answered no row.");
  return row.importId;
}

export async function findImport(db: Queryable, importId: number): Promise<ImportRow | undefined> {
  const [row] = await db.query<ImportRow>(`SELECT ${COLUMNS} FROM import WHERE import_id = $1`, [importId]);
  return row;
}

export function listImports(
  db: Queryable,
  { before, limit }: { readonly before: number | undefined; readonly limit: number },
): Promise<ImportRow[]> {
  return db.query(
    `SELECT ${COLUMNS} FROM import WHERE $1::integer IS NULL OR import_id < $1 ORDER BY import_id DESC LIMIT $2`,
    [before ?? null, limit],
  );
}

/** Sent again, a part replaces itself. False: the import takes no parts any more. */
export async function putPart(
  db: Queryable,
  {
    importId,
    part,
    bytes,
    now,
  }: { readonly importId: number; readonly part: number; readonly bytes: Uint8Array; readonly now: Instant },
): Promise<boolean> {
  const touched = await db.query(
    `WITH open AS (UPDATE import SET touched_at = $4 WHERE import_id = $1 AND state = 'uploading' RETURNING import_id)
     INSERT INTO import_part (import_id, part, bytes) SELECT import_id, $2, $3 FROM open
     ON CONFLICT (import_id, part) DO UPDATE SET bytes = excluded.bytes RETURNING part`,
    [importId, part, bytes, timestamp(now)],
  );
  return touched.length > 0;
}

/** How much of the file is here, and whether it lies in parts 0, 1, 2 … without a gap. */
export async function measureParts(
  db: Queryable,
  importId: number,
): Promise<{ readonly bytes: number; readonly isWhole: boolean }> {
  const [found] = await db.query<{ bytes: number; isWhole: boolean }>(
    `SELECT coalesce(sum(octet_length(bytes)), 0)::float8 AS bytes, count(*) = coalesce(max(part) + 1, 0) AS is_whole
     FROM import_part WHERE import_id = $1`,
    [importId],
  );
  return found ?? { bytes: 0, isWhole: true };
}

/** The file, part by part, whichever process stored it. */
export async function* readParts(db: Queryable, importId: number): AsyncGenerator<Uint8Array> {
  for (let part = 0; ; part += 1) {
    const [found] = await db.queryNamed<{ bytes: Buffer }>(
      "import part",
      "SELECT bytes FROM import_part WHERE import_id = $1 AND part = $2",
      [importId, part],
    );
    if (found === undefined) return;
    yield found.bytes;
  }
}

export async function removeParts(db: Queryable, importId: number): Promise<void> {
  await db.query("DELETE FROM import_part WHERE import_id = $1", [importId]);
}

export interface Change {
  readonly state: ImportState;
  readonly format: ImportFormat;
  readonly columns: readonly ImportColumn[];
  readonly settings: ImportSettings | null;
  readonly isRemembered: boolean;
}

/** What was found out or chosen about the file. What an earlier check said about it is void. False: not in these states. */
export async function describeImport(
  tx: Queryable,
  importId: number,
  { from, change, now }: { readonly from: readonly ImportState[]; readonly change: Change; readonly now: Instant },
): Promise<boolean> {
  const rows = await tx.query(
    `UPDATE import SET state = $3, file_size = coalesce(file_size,
         (SELECT sum(octet_length(bytes)) FROM import_part part WHERE part.import_id = $1)), format = $4, columns = $5, settings = $6, is_remembered = $7, touched_at = $8,
       rows_done = 0, rows_total = NULL, counts = '{}', checked = NULL, samples = '[]', error = NULL
     WHERE import_id = $1 AND state = ANY($2) RETURNING 1`,
    [
      importId,
      from,
      change.state,
      JSON.stringify(change.format),
      JSON.stringify(change.columns),
      change.settings && JSON.stringify(change.settings),
      change.isRemembered,
      timestamp(now),
    ],
  );
  if (rows.length > 0) await tx.query("DELETE FROM import_problem WHERE import_id = $1", [importId]);
  return rows.length > 0;
}

/** From one state to the next; false: it is in none of these. Begins counting anew where `restarts` says so. */
export async function moveImport(
  db: Queryable,
  importId: number,
  move: { readonly from: readonly ImportState[]; readonly to: ImportState; readonly now: Instant },
): Promise<boolean> {
  const rows = await db.query(
    `UPDATE import SET state = $3, touched_at = $4,
       finished_at = CASE WHEN $3 IN ('finished', 'cancelled', 'failed') THEN $4::timestamptz END
     WHERE import_id = $1 AND state = ANY($2) RETURNING 1`,
    [importId, move.from, move.to, timestamp(move.now)],
  );
  return rows.length > 0;
}

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
  if (rows.length > 0) await tx.query("DELETE FROM import_problem WHERE import_id = $1", [importId]);
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

export interface Problem {
  readonly kind: "failure" | "note";
  readonly line: number;
  readonly result: RowResult;
  readonly code: FaultCode;
  readonly columnName: string | null;
  readonly value: string | null;
  readonly cells: readonly string[];
}

export async function insertProblems(
  tx: Transaction,
  importId: number,
  problems: readonly (Problem & { readonly named: readonly string[] })[],
): Promise<void> {
  const copy = new Copy("import_problem", PROBLEM_COLUMNS);
  for (const { kind, line, result, code, columnName, value, cells, named } of problems) {
    copy.row().integer(importId).text(kind).bigint(line).text(result).text(code);
    copy
      .text(columnName)
      .text(value && withoutZero(value))
      .texts(cells.map(withoutZero))
      .texts(named.map(withoutZero));
  }
  await copyRows(tx, [copy]);
}

const PROBLEM_COLUMNS = ["import_id", "kind", "line", "result", "code", "column_name", "value", "cells", "named"];

/** The one character that PostgreSQL has no room for. */
const withoutZero = (text: string): string => text.replaceAll("\u0000", "");

export async function countProblems(
  db: Queryable,
  importId: number,
): Promise<{ readonly failures: number; readonly notes: number }> {
  const [found] = await db.query<{ failures: number; notes: number }>(
    `SELECT count(*) FILTER (WHERE kind = 'failure') AS failures, count(*) FILTER (WHERE kind = 'note') AS notes
     FROM import_problem WHERE import_id = $1`,
    [importId],
  );
  return found ?? { failures: 0, notes: 0 };
}

export function listProblems(
  db: Queryable,
  importId: number,
  page: { readonly kind: Problem["kind"]; readonly after: number; readonly limit: number },
): Promise<(Problem & { readonly number: number })[]> {
  return db.query(
    `SELECT number, kind, line, result, code, column_name, value, cells FROM import_problem
     WHERE import_id = $1 AND kind = $2 AND number > $3 ORDER BY number LIMIT $4`,
    [importId, page.kind, page.after, page.limit],
  );
}

const hashOf = (header: string): Buffer => createHash("sha256").update(header).digest();

export async function recallSettings(db: Queryable, header: string): Promise<ImportSettings | undefined> {
  const [found] = await db.query<{ settings: ImportSettings }>(
    "SELECT settings FROM import_memory WHERE header_hash = $1",
    [hashOf(header)],
  );
  return found?.settings;
}

export async function rememberSettings(
  tx: Queryable,
  header: string,
  { settings, fileName, now }: { readonly settings: ImportSettings; readonly fileName: string; readonly now: Instant },
): Promise<void> {
  await tx.query(
    `INSERT INTO import_memory (header_hash, settings, file_name, used_at) VALUES ($1, $2, $3, $4)
     ON CONFLICT (header_hash) DO UPDATE
       SET settings = excluded.settings, file_name = excluded.file_name, used_at = excluded.used_at`,
    [hashOf(header), JSON.stringify(settings), fileName, timestamp(now)],
  );
}

/** Files with a column for this target: those whose import is not over, and those whose mapping is remembered. */
export function listFilesMappedTo(
  db: Queryable,
  target: string,
): Promise<{ readonly kind: "import" | "mapping"; readonly name: string }[]> {
  return db.query(
    `SELECT kind, name FROM (
       SELECT 'import' AS kind, file_name AS name, import_id AS place FROM import
       WHERE state IN ('ready', 'checking', 'checked', 'running') AND settings -> 'columns' ? $1
       UNION SELECT 'mapping', file_name, 0 FROM import_memory WHERE settings -> 'columns' ? $1
     ) used ORDER BY kind, place, name`,
    [target],
  );
}

/** Files that nobody goes on with are removed; what is known about the imports stays. */
export async function abandonImports(db: Queryable, before: Instant): Promise<void> {
  await db.query(
    `WITH gone AS (
       UPDATE import SET state = CASE state WHEN 'failed' THEN state ELSE 'cancelled' END,
         finished_at = coalesce(finished_at, touched_at), samples = '[]'
       WHERE state IN ('uploading', 'ready', 'checked', 'failed') AND touched_at < $1 RETURNING import_id)
     DELETE FROM import_part USING gone WHERE import_part.import_id = gone.import_id`,
    [timestamp(before)],
  );
}

/** Rows that mention an erased person, as far as they are kept. */
export async function forgetRows(tx: Queryable, named: readonly string[]): Promise<void> {
  await tx.query("DELETE FROM import_problem WHERE named && $1::text[]", [named]);
  await tx.query(
    `UPDATE import SET samples = '[]' WHERE samples <> '[]' AND EXISTS (
       SELECT FROM unnest($1::text[]) AS word WHERE position(to_json(word)::text IN lower(samples::text)) > 0)`,
    [named],
  );
}

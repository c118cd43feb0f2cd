import type {
  ImportColumn,
  ImportCounts,
  ImportFormat,
  ImportSample,
  ImportSettings,
  ImportState,
} from "../../contract/imports.ts";
import type { Instant } from "../../contract/identifiers.ts";
import { timestamp, type Queryable } from "../db/database.ts";
import { removeProblems } from "./problem-store.ts";

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
  if (rows.length > 0) await removeProblems(tx, importId);
  return rows.length > 0;
}

/** From one state to the next; false: it is in none of these. */
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

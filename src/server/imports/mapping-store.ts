import { createHash } from "node:crypto";
import type { ImportSettings } from "../../contract/imports.ts";
import type { Instant } from "../../contract/identifiers.ts";
import { timestamp, type Queryable } from "../db/database.ts";

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

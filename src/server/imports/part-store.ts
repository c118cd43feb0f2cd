import type { Instant } from "../../contract/identifiers.ts";
import { timestamp, type Queryable } from "../db/database.ts";

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

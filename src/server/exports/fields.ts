import type { Queryable } from "../db/database.ts";
import { listFields } from "../fields/index.ts";
import type { ExportField } from "./tables.ts";

/** The additional fields of contacts: each is a column of its own. */
export async function listExportFields(db: Queryable): Promise<readonly ExportField[]> {
  return (await listFields(db)).map(({ id, key, type }) => ({ id, key, type }));
}

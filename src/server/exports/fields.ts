import type { Queryable } from "../db/database.ts";
import type { ExportField } from "./tables.ts";

/** The additional fields of contacts: each is a column of its own. */
export function listExportFields(_db: Queryable): Promise<readonly ExportField[]> {
  return Promise.resolve([]);
}

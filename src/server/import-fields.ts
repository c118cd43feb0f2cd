import type { Database } from "./db/database.ts";
import { listFields, readWrittenValue } from "./fields/index.ts";
import type { ImportField } from "./imports/index.ts";

/** Additional fields, as columns of a file can hold them. */
export async function importFields(db: Database): Promise<ImportField[]> {
  const fields = await listFields(db);
  return fields.map((field) => ({
    ...field,
    read: (text, { slashedDates }) => readWrittenValue(field, text, slashedDates ?? undefined),
  }));
}

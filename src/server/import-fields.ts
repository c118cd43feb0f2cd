import type { Database } from "./db/database.ts";
import { listFields, readFieldValue } from "./fields/index.ts";
import type { ImportField } from "./imports/index.ts";

/** Additional fields, as columns of a file can hold them. */
export async function importFields(db: Database): Promise<ImportField[]> {
  const fields = await listFields(db);
  return fields.map((field) => ({
    ...field,
    read: (text) => {
      const reading = readFieldValue(field, text);
      return reading.kind === "value" ? reading.value : undefined;
    },
  }));
}

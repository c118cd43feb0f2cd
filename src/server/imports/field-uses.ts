import type { FindFieldUses } from "../fields/index.ts";
import { listFilesMappedTo } from "./mapping-store.ts";

/**
 * Imports that are not over need the fields that their columns are mapped to. Mappings that are remembered for the next
 * file of the same columns go on without: that column is left out then.
 */
export const importsThatFill: FindFieldUses = async (db, fieldId) => {
  const files = await listFilesMappedTo(db, `field:${fieldId}`);
  return files.map(({ kind, name }) => ({ kind, name, hinders: kind === "import" }));
};

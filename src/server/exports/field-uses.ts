import type { FindFieldUses } from "../fields/index.ts";
import { listExports } from "./store.ts";

/** Every copy of contacts has a column for each field. Without the field it stays, and is emptied by the next run. */
export const exportsThatCopy: FindFieldUses = async (db) => {
  const copies = (await listExports(db)).filter(({ tables }) => tables.includes("contacts"));
  return copies.map(({ exportId, name }) => ({ kind: "export", id: exportId, name, hinders: false }));
};

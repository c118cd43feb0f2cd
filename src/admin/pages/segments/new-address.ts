import { href } from "../../router.ts";
import type { DraftField, DraftGroup } from "./draft.ts";

/** Where a new dynamic segment begins with this one condition. */
export function newSegmentAddress(field: string, operator: "empty" | "notEmpty"): string {
  const condition: DraftField = { kind: "field", field, operator, values: [] };
  const tree: DraftGroup = { kind: "all", of: [condition] };
  return href("/segments/new", { kind: "dynamic", tree: JSON.stringify(tree) });
}

// The door of additional fields. A contact's row holds their values in `contact.fields`, a map from the field's number
// to text, number or boolean (a date is a text like 2001-02-28); who said a value, and when, stands in
// `contact.provenance` under `fields.<number>`. So `fields -> '7'` is the value of field 7, wherever SQL needs it.

export {
  createField,
  deleteField,
  findField,
  updateField,
  type FieldOutcome,
  type FieldRemoval,
} from "./definitions.ts";
export { readFieldValue, writeFieldValue, type FieldReading, type FieldValue } from "./rules.ts";
export { readWrittenValue, type DateOrder } from "./written-rules.ts";
export { countContactsWith, listFields } from "./store.ts";
export { removeValuesOfDeletedFields } from "./remove-values.ts";
export type { FieldUse, FindFieldUses } from "./definitions.ts";

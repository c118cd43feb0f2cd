import { Type, type Static } from "typebox";
import { FieldId } from "./identifiers.ts";

/** What an additional field of contacts holds. `date` is a day without a time. */
export const FieldType = Type.Enum(["text", "number", "date", "boolean", "choice"]);
export type FieldType = Static<typeof FieldType>;

/** One of the values that a `choice` takes. */
const Choice = Type.String({
  minLength: 1,
  maxLength: 255,
  pattern: "^[^\\u0000-\\u001f\\u007f]*\\S[^\\u0000-\\u001f\\u007f]*$",
});
const name = Type.String({
  minLength: 1,
  maxLength: 100,
  pattern: "^[^\\u0000-\\u001f\\u007f]*\\S[^\\u0000-\\u001f\\u007f]*$",
});
const allowedValues = Type.Array(Choice, { minItems: 1, maxItems: 500 });

/** A further field that contacts of this installation have. */
export const Field = Type.Object({
  id: FieldId,
  /** What apps call it. It stays as it is for good. */
  key: Type.String(),
  /** What people call it. */
  name: Type.String(),
  type: FieldType,
  /** Of a `choice`: what it takes. */
  allowedValues: Type.Optional(Type.Array(Type.String())),
});
export type Field = Static<typeof Field>;

/** Key and type are for good: apps and stored values depend on them. */
export const NewField = Type.Object({
  key: Type.String({ pattern: "^[A-Za-z][A-Za-z0-9_-]{0,63}$" }),
  name,
  type: FieldType,
  allowedValues: Type.Optional(allowedValues),
});
export type NewField = Static<typeof NewField>;

/** Absent: leave alone. A value that is allowed no more stays with the contacts that have it. */
export const FieldChange = Type.Object({
  name: Type.Optional(name),
  allowedValues: Type.Optional(allowedValues),
});
export type FieldChange = Static<typeof FieldChange>;

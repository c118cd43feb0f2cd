import { Type, type Static } from "typebox";
import { Field } from "../fields.ts";
import { Count, Text } from "./pieces.ts";

export const FieldRow = Type.Object({
  ...Field.properties,
  /** Live contacts that have a value. */
  contacts: Count,
  /** What it is a part of; `hinders`: it is not deleted as long as that is there. */
  usedBy: Type.Array(
    Type.Object({
      kind: Type.Enum(["segment", "import", "mapping", "export"]),
      /** Of what has a screen of its own. */
      id: Type.Optional(Text),
      name: Text,
      hinders: Type.Boolean(),
    }),
  ),
});
export type FieldRow = Static<typeof FieldRow>;
export const FieldList = Type.Object({ fields: Type.Array(FieldRow) });
export type FieldList = Static<typeof FieldList>;

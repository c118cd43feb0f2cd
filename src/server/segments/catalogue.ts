import type { Field, FieldType } from "../../contract/fields.ts";
import type { Catalogue, FieldKind, Operator, Worded } from "../../contract/segments.ts";
import type { Queryable } from "../db/database.ts";
import { listFields } from "../fields/index.ts";
import { listLists, suggestEvents } from "./catalogue-store.ts";
import { BUILT_IN_FIELDS, OPERATORS, type SegmentField } from "./fields.ts";
import { wordingOf } from "./words.ts";

/** What conditions call an additional field: it keeps its number whatever people call it. */
export const additionalName = (id: number): string => `fields.${id}`;

const KINDS: Readonly<Record<FieldType, FieldKind>> = {
  text: "text",
  number: "number",
  date: "day",
  boolean: "yesNo",
  choice: "choice",
};

function additional({ id, name, type, allowedValues }: Field): SegmentField {
  const choices = allowedValues?.map((value) => ({ value, label: { en: value, uk: value } }));
  const label = { en: name, uk: name };
  return { name: additionalName(id), kind: KINDS[type], label, ...(choices !== undefined && { choices }) };
}

/** Everything that a condition of this installation can ask for, by its name, as of now. */
export async function loadFields(db: Queryable): Promise<ReadonlyMap<string, SegmentField>> {
  const [lists, own] = await Promise.all([listLists(db), listFields(db)]);
  const choices = lists.map(({ id, name }) => ({ value: id, label: { en: name, uk: name } }));
  const builtIn = BUILT_IN_FIELDS.map((field) => (field.name === "list" ? { ...field, choices } : field));
  return new Map([...builtIn, ...own.map(additional)].map((field) => [field.name, field]));
}

export async function readCatalogue(db: Queryable): Promise<Catalogue> {
  const [fields, events] = await Promise.all([loadFields(db), suggestEvents(db)]);
  return {
    fields: [...fields.values()].map((field) => ({
      ...field,
      ...(field.choices !== undefined && { choices: [...field.choices] }),
      operators: [...OPERATORS[field.kind]],
    })),
    operators: OPERATOR_WORDS,
    events,
  };
}

const OPERATOR_WORDS = Object.fromEntries(
  (Object.keys(OPERATORS) as (keyof typeof OPERATORS)[]).map((kind) => [
    kind,
    Object.fromEntries(OPERATORS[kind].map((operator) => [operator, wordsOf(kind, operator)])),
  ]),
);

function wordsOf(kind: keyof typeof OPERATORS, operator: Operator): Worded {
  return { en: wordingOf("en", kind, operator).word, uk: wordingOf("uk", kind, operator).word };
}

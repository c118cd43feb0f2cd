import type { Catalogue, Operator, Worded } from "../../contract/segments.ts";
import type { Queryable } from "../db/database.ts";
import { listLists, suggestEvents } from "./catalogue-store.ts";
import { BUILT_IN_FIELDS, OPERATORS, type SegmentField } from "./fields.ts";
import { wordingOf } from "./words.ts";

/** Everything that a condition of this installation can ask for, by its name, as of now. */
export async function loadFields(db: Queryable): Promise<ReadonlyMap<string, SegmentField>> {
  const lists = await listLists(db);
  const choices = lists.map(({ id, name }) => ({ value: id, label: { en: name, uk: name } }));
  const fields = BUILT_IN_FIELDS.map((field) => (field.name === "list" ? { ...field, choices } : field));
  return new Map(fields.map((field) => [field.name, field]));
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

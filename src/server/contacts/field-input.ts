import type { ContactInput } from "../../contract/contacts.ts";
import type { Field } from "../../contract/fields.ts";
import type { Queryable } from "../db/database.ts";
import { listFields, readFieldValue, type FieldValue } from "../fields/index.ts";

export type Additional = Readonly<Record<string, FieldValue | null>>;

/** The additional fields there are, looked up only when a body speaks of any. */
export async function fieldsNamedIn(db: Queryable, body: unknown): Promise<readonly Field[]> {
  return speaksOfFields(body) || speaksOfFields(memberOf(body, "contact")) ? listFields(db) : [];
}

function speaksOfFields(contact: unknown): boolean {
  return memberOf(contact, "fields") !== undefined || memberOf(contact, "clear") !== undefined;
}

function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  return (value as Readonly<Record<string, unknown>>)[name] ?? undefined;
}

/** What a contact says about additional fields, by their number; a sentence when it cannot be. */
export function readAdditional(said: ContactInput["fields"] = [], known: readonly Field[]): Additional | string {
  const additional: Record<string, FieldValue> = {};
  for (const { id, value } of said) {
    const field = known.find((candidate) => candidate.id === Number(id));
    if (field === undefined) return unknownField(id ?? "");
    const reading = readFieldValue(field, value);
    if (reading.kind === "refused") return reading.sentence;
    if (reading.kind === "value") additional[field.id] = reading.value;
  }
  return additional;
}

export function unknownField(id: number | string): string {
  return `The additional field with id='${String(id).trim()}' does not exist. (unknown_field)`;
}

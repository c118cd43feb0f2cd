import type { ContactId } from "../../contract/identifiers.ts";
import { timestamp, type Transaction } from "../db/database.ts";
import type { Contact, ContactRef } from "./facts.ts";
import { FIELD_NAMES, foldValues, type FieldName, type Profile } from "./values.ts";

/** The column of each field that is no key. */
export const COLUMN_OF: Readonly<Record<FieldName, string>> = {
  firstName: "first_name",
  lastName: "last_name",
  languageCode: "language_code",
  timeZone: "time_zone",
  region: "region",
  town: "town",
  address: "address",
  postcode: "postcode",
  countryCode: "country_code",
};
export const FIELD_COLUMNS = FIELD_NAMES.map((name) => COLUMN_OF[name]);

const NEXT_IDS = `
  SELECT json_agg(nextval(numbers.name)) AS ids
  FROM (SELECT pg_get_serial_sequence('contact', 'contact_id')::regclass AS name OFFSET 0) numbers, generate_series(1, $1::int)`;

/** Numbers for contacts that are about to be made. */
export async function nextContactIds(tx: Transaction, count: number): Promise<ContactId[]> {
  if (count <= 0) return [];
  const [row] = await tx.queryNamed<{ ids: ContactId[] }>("identity next ids", NEXT_IDS, [count]);
  return row?.ids ?? [];
}

export const PROFILE_COLUMNS = `external_customer_id, ${FIELD_COLUMNS.join(", ")}, attributes, fields, provenance`;
/** Of {@link contactRow}, as `json_to_recordset` has to be told. */
export const PROFILE_TYPES = `id bigint, external_customer_id text, ${FIELD_COLUMNS.map((name) => `${name} text`).join(", ")},
  attributes jsonb, fields jsonb, provenance json, contact_source text, created_at timestamptz`;

/** A contact's row. A register may say "new" for the contact that only now got its number. */
export function contactRow(contact: Contact, idOf: (ref: ContactRef) => ContactId) {
  const { columns, attributes, additional } = foldValues(contact.values);
  return {
    id: idOf(contact.id),
    external_customer_id: contact.identifiers.find(({ kind }) => kind === "external")?.value ?? null,
    ...Object.fromEntries(FIELD_NAMES.map((name) => [COLUMN_OF[name], columns[name] ?? null])),
    attributes,
    fields: additional,
    provenance: withNumbers(contact.provenance, idOf),
    contact_source: contact.contactSource,
    created_at: timestamp(contact.createdAt),
  };
}

function withNumbers(provenance: Profile["provenance"], idOf: (ref: ContactRef) => ContactId): Profile["provenance"] {
  return Object.fromEntries(
    Object.entries(provenance).map(([name, register]) => [name, { ...register, by: idOf(register.by) }]),
  );
}

/** What every update of a contact sets: one version a request, and a time of update that strictly grows. `at` is SQL. */
export const touched = (at: string) =>
  `version = version + 1, updated_at = greatest(updated_at + interval '1 microsecond', ${at})`;

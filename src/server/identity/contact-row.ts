import type { ContactId } from "../../contract/identifiers.ts";
import type { Transaction } from "../db/database.ts";
import { FIELD_NAMES, type FieldName } from "./values.ts";

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

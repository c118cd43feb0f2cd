import fc from "fast-check";
import type { ImportSettings } from "../../src/contract/imports.ts";
import type { Database } from "../../src/server/db/database.ts";
import type { ImportField } from "../../src/server/imports/index.ts";

/** The header of files of few people who have much in common, and what its columns are mapped to. */
export const NAMES = ["external", "email", "phone", "first", "town", "key", "size"];
export const COLUMNS = ["externalCustomerId", "email", "phone", "firstName", "town", "contactKey", "field:7"];
/** Of the columns that say whom a row is about, and nothing else. */
const KEYS_ONLY = COLUMNS.map((target, at) => (at < 3 ? target : null));
export const FIELDS: readonly ImportField[] = [
  { id: 7, key: "size", name: "Size", type: "text", read: (text) => (text === "?" ? undefined : text) },
];

const external = fc.constantFrom("", "", "E1", "E2", "E3", "E4", "E5", "E6", "e1", "null");
const email = fc.constantFrom("", "", ...[1, 2, 3, 4, 5, 6].map((n) => `p${n}@mail.example`), "P1@MAIL.example");
const phone = fc.constantFrom("", "", "", "+380441234561", "+380441234562", "+380441234563");
/** A row of such a file; a line with nothing in it is none. */
export const row = fc
  .tuple(
    external,
    email,
    phone,
    fc.constantFrom("", "Ann", "Ben", "Cy"),
    fc.constantFrom("", "Kyiv", "Lviv", "Odesa"),
    fc.constantFrom("", "", "a \\ key", "K2", "NULL"),
    fc.constantFrom("", "", "S", "it's {M}", "?"),
  )
  .filter((cells) => cells.some((cell) => cell !== ""));

const manner = {
  existing: fc.constantFrom("overwrite", "overwrite", "fillEmpty"),
  emptyCells: fc.constantFrom("leave", "leave", "clear"),
  newAddresses: fc.constantFrom("confirmed", "confirmed", "unconfirmed"),
  deleted: fc.constantFrom("restore", "skip"),
  replaceExternalIds: fc.constantFrom(false, false, true),
  segment: fc.constant(null),
  country: fc.constant(null),
} as const;

/** How it is imported. */
export const settings: fc.Arbitrary<ImportSettings> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      columns: fc.constant(COLUMNS),
      key: fc.constantFrom("externalCustomerId", "email", "phone", "firstName", "contactKey", "field:7"),
      ...manner,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      columns: fc.constant(KEYS_ONLY),
      key: fc.constantFrom("externalCustomerId", "email", "phone"),
      ...manner,
    }),
  },
);

/** Everything but the numbers of contacts, which say nothing; people are called by all that they hold. */
export async function snapshot(db: Database): Promise<string[]> {
  const rows = await db.query<{ person: string }>(`
    SELECT json_build_array(c.status, c.external_customer_id, c.first_name, c.town, c.contact_source, c.created_at,
      c.updated_at, c.version, c.attributes, c.fields,
      (SELECT json_object_agg(key, value - 'by' ORDER BY key) FROM jsonb_each(c.provenance::jsonb)),
      (SELECT json_agg(json_build_array(kind, value, proof, since) ORDER BY kind, value) FROM identifier i
        WHERE i.contact_id = c.contact_id),
      (SELECT json_agg(json_build_array(type, value, spelling, status, current, withheld, source, created_at,
        updated_at, confirmed_at) ORDER BY type, value) FROM channel h WHERE h.contact_id = c.contact_id),
      (SELECT json_agg(json_build_array(source_id, valid_from, bound_at, reason) ORDER BY source_id) FROM binding b
        WHERE b.contact_id = c.contact_id),
      (SELECT json_agg(json_build_array(action, identifier_kind, identifier_hmac, matched_by, trust, actor, request_id,
        before IS NULL, after IS NULL, at) ORDER BY action, identifier_kind, identifier_hmac, matched_by, at)
        FROM identity_audit a WHERE a.contact_id = c.contact_id))::text AS person
    FROM contact c`);
  return rows.map(({ person }) => person).sort();
}

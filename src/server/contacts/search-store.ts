import type { ContactId } from "../../contract/identifiers.ts";
import type { Queryable } from "../db/database.ts";
import { likePrefix } from "./search-keys.ts";

export interface SearchCondition {
  readonly externalCustomerId: string | undefined;
  /** Normalised. */
  readonly email: string | undefined;
  /** Normalised. */
  readonly phone: string | undefined;
  readonly firstname: string | undefined;
  readonly lastname: string | undefined;
}

// Conditions that are not set vanish when the statement is planned. Holders of an address come as an array, because a
// subquery behind an OR would be asked once for every contact.
const WHERE = `
  status = 'live'
  AND ($1::text IS NULL OR contact_id = ANY (ARRAY(
        SELECT contact_id FROM identifier WHERE kind = 'external' AND value = $1)))
  AND ($2::text IS NULL OR contact_id = ANY (ARRAY(
        SELECT contact_id FROM channel WHERE type = 'email' AND value = $2 AND current)))
  AND ($3::text IS NULL OR contact_id = ANY (ARRAY(
        SELECT contact_id FROM channel WHERE type = 'sms' AND value = $3 AND current)))
  AND ($4::text IS NULL OR lower(first_name) LIKE lower($4))
  AND ($5::text IS NULL OR lower(last_name) LIKE lower($5))`;

const parameters = ({ externalCustomerId, email, phone, firstname, lastname }: SearchCondition): unknown[] => [
  externalCustomerId ?? null,
  email ?? null,
  phone ?? null,
  firstname === undefined ? null : likePrefix(firstname),
  lastname === undefined ? null : likePrefix(lastname),
];

export async function findPage(
  db: Queryable,
  condition: SearchCondition,
  page: { readonly startIndex: number; readonly maxRows: number },
): Promise<ContactId[]> {
  const rows = await db.query<{ contactId: ContactId }>(
    `SELECT contact_id FROM contact WHERE ${WHERE} ORDER BY contact_id LIMIT $6 OFFSET $7`,
    [...parameters(condition), page.maxRows, page.startIndex - 1],
  );
  return rows.map(({ contactId }) => contactId);
}

export async function countFound(db: Queryable, condition: SearchCondition): Promise<number> {
  const rows = await db.query<{ total: number }>(
    `SELECT count(*) AS total FROM contact WHERE ${WHERE}`,
    parameters(condition),
  );
  return rows[0]?.total ?? 0;
}

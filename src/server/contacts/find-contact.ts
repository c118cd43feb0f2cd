import type { ContactId } from "../../contract/identifiers.ts";
import type { Queryable } from "../db/database.ts";
import { normaliseEmail, normalisePhone } from "../identity/index.ts";

const FIND = `
  SELECT contact_id FROM identifier
  WHERE (kind, value) IN (('external', $1), ('email', $2), ('phone', $3)) ORDER BY kind LIMIT 1`;

/** Whom somebody means: by external id, else by email, else by phone. The contact may be deleted. */
export async function findContact(db: Queryable, who: string): Promise<ContactId | undefined> {
  const text = who.trim();
  const [row] = await db.query<{ contactId: ContactId }>(FIND, [
    text,
    normaliseEmail(text) ?? null,
    normalisePhone(text) ?? null,
  ]);
  return row?.contactId;
}

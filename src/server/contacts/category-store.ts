import type { ContactId, Instant } from "../../contract/identifiers.ts";
import { timestamp, type Queryable } from "../db/database.ts";

/** Subscription categories of a contact and of those merged into it. */
export async function listCategories(db: Queryable, contactId: ContactId): Promise<string[]> {
  const rows = await db.query<{ category: string }>(
    `SELECT DISTINCT category FROM contact_category JOIN contact USING (contact_id)
     WHERE contact_id = $1 OR merged_into = $1 ORDER BY category`,
    [contactId],
  );
  return rows.map(({ category }) => category);
}

export interface Categories {
  readonly contactId: ContactId;
  readonly categories: readonly string[];
  readonly now: Instant;
}

export async function addCategories(tx: Queryable, { contactId, categories, now }: Categories): Promise<void> {
  await tx.query(
    `INSERT INTO contact_category (contact_id, category, since)
     SELECT $1, category, $3 FROM unnest($2::text[]) AS wanted (category) ORDER BY category
     ON CONFLICT DO NOTHING`,
    [contactId, categories, timestamp(now)],
  );
}

export async function replaceCategories(tx: Queryable, wanted: Categories): Promise<void> {
  await tx.query(
    `DELETE FROM contact_category WHERE category <> ALL ($2) AND contact_id IN (
       SELECT contact_id FROM contact WHERE contact_id = $1 OR merged_into = $1)`,
    [wanted.contactId, wanted.categories],
  );
  await addCategories(tx, wanted);
}

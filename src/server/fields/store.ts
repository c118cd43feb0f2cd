import type { Field, FieldType } from "../../contract/fields.ts";
import type { ContactId, FieldId, Instant } from "../../contract/identifiers.ts";
import { timestamp, type Queryable } from "../db/database.ts";

/** More would no longer be fields that people choose from. */
export const MAX_FIELDS = 500;

type FieldRow = {
  readonly id: FieldId;
  readonly key: string;
  readonly name: string;
  readonly type: FieldType;
  readonly allowedValues: readonly string[] | null;
};

const COLUMNS = "field_id AS id, key, name, type, allowed_values";

/** In order of their numbers. Few, and read anew each time, so that a change holds at once in every process. */
export async function listFields(db: Queryable): Promise<Field[]> {
  const rows = await db.queryNamed<FieldRow>(
    "fields",
    `SELECT ${COLUMNS} FROM field WHERE deleted_at IS NULL ORDER BY field_id`,
  );
  return rows.map(fieldOf);
}

function fieldOf({ allowedValues, ...field }: FieldRow): Field {
  return { ...field, ...(allowedValues !== null && { allowedValues: [...allowedValues] }) };
}

export async function countFields(db: Queryable): Promise<number> {
  const [row] = await db.query<{ n: number }>("SELECT count(*) AS n FROM field WHERE deleted_at IS NULL");
  return row?.n ?? 0;
}

/** Undefined: the key is taken, in whatever letter case. */
export async function insertField(
  db: Queryable,
  field: Omit<Field, "id"> & { readonly now: Instant },
): Promise<Field | undefined> {
  const [row] = await db.query<FieldRow>(
    `INSERT INTO field (key, name, type, allowed_values, created_at) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (lower(key)) WHERE deleted_at IS NULL DO NOTHING RETURNING ${COLUMNS}`,
    [field.key, field.name, field.type, field.allowedValues ?? null, timestamp(field.now)],
  );
  return row && fieldOf(row);
}

export async function updateFieldRow(
  db: Queryable,
  field: Pick<Field, "id" | "name" | "allowedValues">,
): Promise<Field | undefined> {
  const [row] = await db.query<FieldRow>(
    `UPDATE field SET name = $2, allowed_values = $3 WHERE field_id = $1 AND deleted_at IS NULL RETURNING ${COLUMNS}`,
    [field.id, field.name, field.allowedValues ?? null],
  );
  return row && fieldOf(row);
}

/** False: there is no such field. */
export async function markDeleted(
  db: Queryable,
  { fieldId, now }: { readonly fieldId: FieldId; readonly now: Instant },
): Promise<boolean> {
  const rows = await db.query(
    "UPDATE field SET deleted_at = $2 WHERE field_id = $1 AND deleted_at IS NULL RETURNING 1",
    [fieldId, timestamp(now)],
  );
  return rows.length > 0;
}

/** How many live contacts have a value of the field. */
export async function countContactsWith(db: Queryable, fieldId: FieldId): Promise<number> {
  const [row] = await db.query<{ n: number }>(
    `SELECT count(*) AS n FROM contact WHERE status = 'live' AND fields <> '{}' AND fields ? $1::text`,
    [fieldId],
  );
  return row?.n ?? 0;
}

export async function listDeletedFields(db: Queryable): Promise<FieldId[]> {
  const rows = await db.query<{ id: FieldId }>("SELECT field_id AS id FROM field WHERE deleted_at IS NOT NULL");
  return rows.map(({ id }) => id);
}

/** Of some contacts; whoever is being changed this moment comes next time. Answers how many they were. */
export async function removeValues(
  db: Queryable,
  { fieldId, limit, now }: { readonly fieldId: FieldId; readonly limit: number; readonly now: Instant },
): Promise<number> {
  const rows = await db.query<{ contactId: ContactId }>(
    `UPDATE contact SET fields = fields - $1::text, provenance = (provenance::jsonb - ('fields.' || $1::text))::json,
       version = version + 1, updated_at = greatest(updated_at + interval '1 microsecond', $3)
     WHERE contact_id IN (
       SELECT contact_id FROM contact WHERE fields <> '{}' AND fields ? $1::text
       ORDER BY contact_id LIMIT $2 FOR UPDATE SKIP LOCKED)
     RETURNING contact_id`,
    [fieldId, limit, timestamp(now)],
  );
  return rows.length;
}

/** The rows themselves, once no undone merge can bring a value back. */
export async function forgetDeletedFields(db: Queryable, { before }: { readonly before: Instant }): Promise<void> {
  await db.query("DELETE FROM field WHERE deleted_at < $1", [timestamp(before)]);
}

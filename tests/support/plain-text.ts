import type { Queryable } from "../../src/server/db/database.ts";

interface Column {
  readonly schema: string;
  readonly table: string;
  readonly column: string;
  readonly type: string;
}

/** Where one of the words stands, in any column of any table of any schema: `schema.table.column: word`. */
export async function findPlainText(db: Queryable, words: readonly string[]): Promise<string[]> {
  const columns = await db.query<Column>(
    `SELECT c.table_schema AS schema, c.table_name AS table, c.column_name AS column, c.data_type AS type
     FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
     WHERE t.table_type = 'BASE TABLE' AND c.table_schema NOT IN ('pg_catalog', 'information_schema')
     ORDER BY c.table_schema, c.table_name, c.ordinal_position`,
  );
  if (columns.length < 100) throw new Error("Hardly anything was looked at.");
  const found: string[] = [];
  for (const { schema, table, column, type } of columns) {
    const text = type === "bytea" ? `encode("${column}", 'escape')` : `"${column}"::text`;
    const rows = await db.query<{ word: string }>(
      `SELECT word FROM unnest($1::text[]) AS word
       WHERE EXISTS (SELECT FROM "${schema}"."${table}" WHERE strpos(lower(${text}), lower(word)) > 0)`,
      [words],
    );
    found.push(...rows.map(({ word }) => `${schema}.${table}.${column}: ${word}`));
  }
  return found;
}

/** The tables among what `findPlainText` found; months of events count as one. */
export const tablesOf = (found: readonly string[]): string[] =>
  [
    ...new Set(
      found.map((place) =>
        place
          .split(".")
          .slice(0, 2)
          .join(".")
          .replace(/\.event_\w+$/, ".event"),
      ),
    ),
  ].sort();

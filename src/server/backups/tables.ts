import type { Queryable } from "../db/database.ts";
import type { TableHead } from "./format.ts";

/** Every table with rows of ours, each after those that it refers to. Months of events count as `event`. */
export async function listTables(db: Queryable): Promise<TableHead[]> {
  const tables = await db.query<TableHead & { readonly needs: string[] }>(TABLES);
  const sorted: TableHead[] = [];
  const placed = new Set<string>();
  while (sorted.length < tables.length) {
    const ready = tables.filter(({ table, needs }) => !placed.has(table) && needs.every((name) => placed.has(name)));
    if (ready.length === 0) throw new Error("Tables refer to each other in a circle.");
    for (const { table, columns } of ready) {
      placed.add(table);
      sorted.push({ table, columns });
    }
  }
  return sorted;
}

const TABLES = `
  SELECT c.relname::text AS table,
         ARRAY(SELECT attname::text FROM pg_attribute
               WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
                 -- A number of the database it was in; a restored row was written by the restore.
                 AND attname <> 'written_in'
               ORDER BY attnum) AS columns,
         ARRAY(SELECT DISTINCT other.relname::text FROM pg_constraint k JOIN pg_class other ON other.oid = k.confrelid
               WHERE k.conrelid = c.oid AND k.contype = 'f' AND k.confrelid <> c.oid) AS needs
  FROM pg_class c
  WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
    -- What is worked out from the others is worked out anew.
    AND c.relname NOT IN ('schema_migration', 'backstory', 'backstory_due', 'backstory_seen')
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
  ORDER BY c.relname`;

/** Months of events with their bounds, for the function that makes them. */
export function listPartitions(db: Queryable): Promise<{ name: string; bounds: string }[]> {
  return db.query(
    `SELECT c.relname::text AS name, pg_get_expr(c.relpartbound, c.oid) AS bounds
     FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
     WHERE i.inhparent = 'event'::regclass ORDER BY c.relname`,
  );
}

/** `FOR VALUES FROM ('…') TO ('…')`; the default partition has none. */
export function boundsOf(bounds: string): readonly [string, string] | undefined {
  const found = /^FOR VALUES FROM \('([0-9a-f-]{36})'\) TO \('([0-9a-f-]{36})'\)$/.exec(bounds);
  return found?.[1] === undefined || found[2] === undefined ? undefined : [found[1], found[2]];
}

export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

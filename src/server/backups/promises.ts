import type { Transaction } from "../db/database.ts";

/** Tables of keyed hashes: who was erased, and who does not want mail. A backup never takes such a word back. */
const PROMISES = ["erased_identifier", "erased_source", "suppression"] as const;

/** Rows as JSON, by table. */
export type Promises = Readonly<Record<string, unknown>>;

/** What people were promised on the installation that is about to be replaced. */
export async function keepPromises(tx: Transaction): Promise<Promises> {
  const kept: Record<string, unknown> = {};
  for (const table of PROMISES) {
    const [found] = await tx.query<{ name: string | null }>("SELECT to_regclass($1)::text AS name", [table]);
    if (found?.name == null) continue;
    const [row] = await tx.query<{ rows: unknown }>(reading(table));
    kept[table] = row?.rows;
  }
  return kept;
}

/** Adds what the backup does not know. */
export async function renewPromises(tx: Transaction, kept: Promises): Promise<void> {
  for (const table of PROMISES) {
    if (kept[table] === undefined) continue;
    await tx.query(adding(table), [JSON.stringify(kept[table])]);
  }
}

type PromiseTable = (typeof PROMISES)[number];
const reading = (table: PromiseTable): string => `SELECT coalesce(json_agg(t), '[]') AS rows FROM ${table} t`;
const adding = (table: PromiseTable): string => `
  INSERT INTO ${table} SELECT k.* FROM json_populate_recordset(NULL::${table}, $1) k
  WHERE NOT EXISTS (SELECT FROM ${table} t WHERE t = k) ON CONFLICT DO NOTHING`;

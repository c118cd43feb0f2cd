import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { StartRefused } from "../lib/start-refused.ts";
import type { Queryable, Transaction } from "./database.ts";

/** A refusal to touch this database, in one sentence for the person who starts the server. */
export class MigrationRefused extends StartRefused {}

export interface Migration {
  /** Its file name, e.g. `0001_core.sql`. */
  readonly name: string;
  readonly sql: string;
}

/** Beside this file in the sources as in the build. */
const directory = fileURLToPath(new URL("./migrations/", import.meta.url));

export async function readMigrations(): Promise<Migration[]> {
  const names = (await readdir(directory)).filter((name) => /^\d{4}_.+\.sql$/.test(name)).sort();
  return Promise.all(names.map(async (name) => ({ name, sql: await readFile(directory + name, "utf8") })));
}

/** Any number that nobody else uses: held while migrating, so that two processes never migrate at once. */
const MIGRATION_LOCK = 4_107_220_115;

/**
 * Brings the schema up to date and says which files were applied. Each file is one transaction together with its row in
 * `schema_migration`: cut off anywhere, the next run finds the file either applied or not begun.
 */
export async function migrate(connection: pg.ClientConfig, migrations?: readonly Migration[]): Promise<string[]> {
  const wanted = migrations ?? (await readMigrations());
  const client = new pg.Client({ application_name: "backstory migrate", ...connection });
  // A connection that breaks makes the statement in flight reject; without a listener Node would end the process.
  client.on("error", () => undefined);
  await client.connect();
  try {
    await client.query("SELECT pg_advisory_lock($1)", [MIGRATION_LOCK]);
    await client.query(CREATE_LEDGER);
    const waiting = planMigrations(wanted, await readLedger(client));
    for (const migration of waiting) await apply(client, migration);
    return waiting.map((migration) => migration.name);
  } finally {
    await client.end().catch(() => undefined);
  }
}

const CREATE_LEDGER = `
  CREATE TABLE IF NOT EXISTS schema_migration (
    name       text PRIMARY KEY,
    checksum   text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
  )`;

export interface Applied {
  readonly name: string;
  readonly checksum: string;
}

async function readLedger(client: pg.Client): Promise<Applied[]> {
  const { rows } = await client.query<Applied>(LEDGER);
  return rows;
}

const LEDGER = "SELECT name, checksum FROM schema_migration ORDER BY name";

/** What was applied to this database; a refusal, if it was never migrated. */
export async function listApplied(db: Queryable): Promise<Applied[]> {
  const [found] = await db.query<{ ledger: string | null }>("SELECT to_regclass('schema_migration')::text AS ledger");
  if (found?.ledger == null)
    throw new MigrationRefused("The database is empty: Backstory has not been started on it yet.");
  return db.query<Applied>(LEDGER);
}

/** Makes the tables that these migrations make, within the caller's transaction, on a database without any. */
export async function applyWithin(tx: Transaction, migrations: readonly Migration[]): Promise<void> {
  await tx.query(CREATE_LEDGER);
  for (const migration of migrations) await applyOne(tx.client, migration);
}

/** What is still to be applied, or a refusal. */
export function planMigrations(wanted: readonly Migration[], applied: readonly Applied[]): Migration[] {
  const known = new Map(wanted.map((migration) => [migration.name, migration]));
  for (const { name, checksum } of applied) {
    const migration = known.get(name);
    if (migration === undefined)
      throw new MigrationRefused(
        `The database was migrated by a newer Backstory (it has ${name}, which this one does not know). Start that version, or restore a backup made before it.`,
      );
    if (checksum !== checksumOf(migration))
      throw new MigrationRefused(
        `The migration ${name} was changed after it had been applied to this database. Restore the file as it was, or start with an empty database.`,
      );
  }
  const done = new Set(applied.map((row) => row.name));
  return wanted.filter((migration) => !done.has(migration.name));
}

export function checksumOf(migration: Migration): string {
  return createHash("sha256").update(migration.sql).digest("hex");
}

async function apply(client: pg.Client, migration: Migration): Promise<void> {
  await client.query("BEGIN");
  try {
    await applyOne(client, migration);
    await client.query("COMMIT");
  } catch (error) {
    await client.query("ROLLBACK").catch(() => undefined);
    throw new Error(`Migration ${migration.name} failed: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

async function applyOne(client: pg.ClientBase, migration: Migration): Promise<void> {
  await client.query(migration.sql);
  await client.query("INSERT INTO schema_migration (name, checksum) VALUES ($1, $2)", [
    migration.name,
    checksumOf(migration),
  ]);
}

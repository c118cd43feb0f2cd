import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { from as copyFrom } from "pg-copy-streams";
import type { TSchema, Static } from "typebox";
import { Value } from "typebox/value";
import { tellEveryBackstory } from "../contacts/index.ts";
import type { Database, Transaction } from "../db/database.ts";
import { applyWithin, checksumOf, readMigrations, type Migration } from "../db/migrate.ts";
import { compareAllAgain } from "../exports/index.ts";
import { StartRefused } from "../lib/start-refused.ts";
import { planErasures } from "./erase-again.ts";
import { BackupHead, END_OF_ROWS, type TableHead, TableOrEnd } from "./format.ts";
import { keepPromises, renewPromises } from "./promises.ts";
import { Lines } from "./read-lines.ts";
import { listTables, quoted } from "./tables.ts";
import { installationOf } from "./write-backup.ts";

export interface RestoreOrder {
  readonly db: Database;
  readonly secretKey: string;
  readonly source: Readable;
  /** What becomes of an installation that is there already. */
  readonly existing: "refuse" | "replace";
  /** Called before each table. */
  readonly onTable?: (table: string) => void;
}

export interface RestoreSummary {
  readonly takenAt: string;
  readonly rows: Readonly<Record<string, number>>;
  /** People who were erased after the backup had been made: they are not back. */
  readonly erasedAgain: number;
}

/**
 * Puts a backup in place of whatever is there, in one transaction: cut off anywhere, all is as before. Afterwards
 * later migrations are applied by the next start, and whoever is named by `erasure_due` is to be erased again.
 */
export async function restoreBackup(order: RestoreOrder): Promise<RestoreSummary> {
  const { db, secretKey, source, existing } = order;
  const unzipped = createGunzip();
  const reading = pipeline(source, unzipped).catch((error: unknown) => void unzipped.destroy(error as Error));
  const lines = new Lines(unzipped);
  try {
    const head = await expectLine(lines, BackupHead);
    const migrations = await migrationsOf(head, secretKey);
    return await db.transaction(async (tx) => {
      await tx.query("SET LOCAL statement_timeout = 0");
      await tx.query("SET LOCAL idle_in_transaction_session_timeout = 0");
      await refuseWhileServed(tx);
      const promises = await keepPromises(tx);
      const isEmpty = (await listTables(tx)).length === 0;
      if (!isEmpty && existing === "refuse")
        throw new StartRefused(
          "There is an installation in this database already. To put the backup in its place, say --replace; what is there now is lost.",
        );
      await removeEverything(tx);
      await applyWithin(tx, migrations);
      for (const [name, first, end] of head.partitions)
        await tx.query("SELECT make_event_partition($1, $2, $3)", [name, first, end]);
      const rows = await copyTables(tx, lines, order);
      await continueNumbers(tx);
      await compareAllAgain(tx);
      await tellEveryBackstory(tx);
      await renewPromises(tx, promises);
      const erasedAgain = await planErasures(tx, { secretKey, takenAt: Date.parse(head.takenAt) });
      return { takenAt: head.takenAt, rows, erasedAgain };
    });
  } finally {
    unzipped.destroy();
    await reading;
  }
}

const damaged = (why: string): StartRefused => new StartRefused(`This is no whole backup of Backstory: ${why}.`);

async function expectLine<T extends TSchema>(lines: Lines, schema: T): Promise<Static<T>> {
  const line = await lines.line().catch((error: unknown) => {
    throw damaged(error instanceof Error ? error.message : "it cannot be read");
  });
  if (line === undefined) throw damaged("it ends too early");
  const value = parsed(line);
  if (!Value.Check(schema, value)) throw damaged("it has a line that none of ours looks like");
  return value;
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

async function migrationsOf(head: BackupHead, secretKey: string): Promise<Migration[]> {
  if (head.installation !== installationOf(secretKey))
    throw new StartRefused(
      "The backup was made with another secret key, without which its tokens, suppressed addresses and erasures mean nothing. Put that installation's secret.key into DATA_DIR, or set SECRET_KEY.",
    );
  const known = new Map((await readMigrations()).map((migration) => [migration.name, migration]));
  return head.migrations.map(({ name, checksum }) => {
    const migration = known.get(name);
    if (migration === undefined || checksumOf(migration) !== checksum)
      throw new StartRefused(
        `The backup was made by another version of Backstory (${name} is not the same here). Restore it with that version, then upgrade.`,
      );
    return migration;
  });
}

/** A server would write between the tables, and hold in memory what is no longer so. */
async function refuseWhileServed(tx: Transaction): Promise<void> {
  const [row] = await tx.query<{ count: number }>(
    `SELECT count(*) FROM pg_stat_activity
     WHERE datname = current_database() AND application_name = 'backstory' AND pid <> pg_backend_pid()`,
  );
  if ((row?.count ?? 0) > 0)
    throw new StartRefused("A Backstory server is running on this database. Stop it, restore, and start it again.");
}

async function removeEverything(tx: Transaction): Promise<void> {
  await tx.query("DROP SCHEMA IF EXISTS jobs CASCADE");
  await tx.query(DROP_ALL);
}

/** All that is ours in `public`; what belongs to an extension stays. */
const DROP_ALL = `
  DO $$
  DECLARE statement text;
  BEGIN
    FOR statement IN
      SELECT format('DROP TABLE IF EXISTS %s CASCADE', c.oid::regclass) FROM pg_class c
      WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
        AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
    LOOP EXECUTE statement; END LOOP;
    FOR statement IN
      SELECT format('DROP ROUTINE IF EXISTS %s CASCADE', p.oid::regprocedure) FROM pg_proc p
      WHERE p.pronamespace = 'public'::regnamespace
        AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
    LOOP EXECUTE statement; END LOOP;
    FOR statement IN
      SELECT format('DROP TYPE IF EXISTS %s CASCADE', t.oid::regtype) FROM pg_type t
      WHERE t.typnamespace = 'public'::regnamespace AND t.typtype IN ('e', 'd')
        AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = t.oid AND d.deptype = 'e')
    LOOP EXECUTE statement; END LOOP;
  END $$`;

async function copyTables(tx: Transaction, lines: Lines, { onTable }: RestoreOrder): Promise<Record<string, number>> {
  const known = new Map((await listTables(tx)).map(({ table, columns }) => [table, new Set(columns)]));
  // What a migration put in is in the backup, too.
  for (const table of [...known.keys()].reverse()) await tx.query(emptying(table));
  const rows: Record<string, number> = {};
  for (;;) {
    const next = await expectLine(lines, TableOrEnd);
    if ("end" in next) {
      checkCounts(next.rows, rows);
      return rows;
    }
    const { table, columns } = next;
    const there = known.get(table);
    if (there === undefined || columns.some((name) => !there.has(name)))
      throw damaged(`it has a table ${table} that this version does not make`);
    onTable?.(table);
    const target = tx.client.query(copyFrom(filling({ table, columns })));
    await pipeline(lines.blocksUntil(END_OF_ROWS), target).catch((error: unknown) => {
      throw damaged(`${table}: ${error instanceof Error ? error.message : String(error)}`);
    });
    rows[table] = target.rowCount;
  }
}

function checkCounts(said: Readonly<Record<string, number>>, found: Readonly<Record<string, number>>): void {
  for (const [table, count] of Object.entries(said))
    if (found[table] !== count) throw damaged(`${table} has ${found[table] ?? 0} rows, and ${count} were written`);
}

/** Numbers handed out from now on come after those in the backup. */
async function continueNumbers(tx: Transaction): Promise<void> {
  const numbered = await tx.query<{ table: string; column: string }>(
    `SELECT c.relname::text AS table, a.attname::text AS column FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
     WHERE c.relnamespace = 'public'::regnamespace AND a.attidentity <> '' AND NOT a.attisdropped`,
  );
  for (const { table, column } of numbered)
    await tx.query(continuing(quoted(table), quoted(column)), [quoted(table), column]);
}

// Names of tables and columns cannot be parameters; they come from the catalogue, and are quoted.
const emptying = (table: string): string => `DELETE FROM ${quoted(table)}`;
const filling = ({ table, columns }: TableHead): string =>
  `COPY ${quoted(table)} (${columns.map(quoted).join(", ")}) FROM STDIN`;
const continuing = (table: string, column: string): string =>
  `SELECT setval(pg_get_serial_sequence($1, $2), max(${column})) FROM ${table} HAVING max(${column}) IS NOT NULL`;

import { expect, test } from "vitest";
import { migrate, readMigrations, type Migration } from "../../src/server/db/migrate.ts";
import { emptyDatabase, type TestDatabase } from "../support/postgres.ts";

// What a process that is killed leaves behind is a connection that breaks: here it breaks at every statement in turn.

const BREAK = "SELECT pg_terminate_backend(pg_backend_pid());";

/** The statements of a file, as far as a semicolon at the end of a line tells; bodies of functions stay whole. */
function statements(sql: string): string[] {
  return sql.split(/(?<=;[ \t]*\n)(?=(?:(?:[^$]|\$(?!\$))*\$\$(?:[^$]|\$(?!\$))*\$\$)*(?:[^$]|\$(?!\$))*$)/);
}

const brokenAt = (migration: Migration, position: number): Migration => ({
  ...migration,
  sql: statements(migration.sql).toSpliced(position, 0, BREAK).join(""),
});

/** Every column, index and constraint there is. */
async function shapeOf(db: TestDatabase): Promise<unknown> {
  const columns = await db.query(
    `SELECT table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns
     WHERE table_schema = 'public' ORDER BY table_name, ordinal_position`,
  );
  const indexes = await db.query("SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1");
  const constraints = await db.query(
    "SELECT conname, pg_get_constraintdef(oid) AS definition FROM pg_constraint ORDER BY 1, 2",
  );
  return { columns, indexes, constraints };
}

const ledger = (db: TestDatabase) => db.query<{ name: string }>("SELECT name FROM schema_migration ORDER BY name");

test("a migration cut off at any statement is finished by the next start", async () => {
  const migrations = await readMigrations();
  const whole = await emptyDatabase();
  await migrate(whole.connection);
  const expected = await shapeOf(whole);

  const cut = await emptyDatabase();
  for (const [index, migration] of migrations.entries()) {
    const earlier = migrations.slice(0, index);
    for (let position = 0; position <= statements(migration.sql).length; position += 1) {
      const attempt = migrate(cut.connection, [...earlier, brokenAt(migration, position)]);
      await expect(attempt).rejects.toThrow(/terminating connection|Connection terminated/);
      expect((await ledger(cut)).map((row) => row.name)).toEqual(earlier.map((one) => one.name));
    }
    expect(await migrate(cut.connection, [...earlier, migration])).toEqual([migration.name]);
  }
  expect(await shapeOf(cut)).toEqual(expected);
});

test("two processes that migrate at once apply each file once", async () => {
  const db = await emptyDatabase();
  const names = (await readMigrations()).map((migration) => migration.name);
  const applied = await Promise.all([migrate(db.connection), migrate(db.connection), migrate(db.connection)]);
  expect(applied.flat().sort()).toEqual(names);
  expect((await ledger(db)).map((row) => row.name)).toEqual(names);
});

test("a second start applies nothing", async () => {
  const db = await emptyDatabase();
  await migrate(db.connection);
  const shape = await shapeOf(db);
  expect(await migrate(db.connection)).toEqual([]);
  expect(await shapeOf(db)).toEqual(shape);
});

test("a database that a newer version migrated is refused in words", async () => {
  const db = await emptyDatabase();
  await migrate(db.connection);
  await db.query("INSERT INTO schema_migration (name, checksum) VALUES ('9999_from_the_future.sql', 'x')");
  await expect(migrate(db.connection)).rejects.toThrow(
    "The database was migrated by a newer Backstory (it has 9999_from_the_future.sql, which this one does not know).",
  );
});

test("a migration that was changed after it had been applied is refused in words", async () => {
  const db = await emptyDatabase();
  const [first] = await readMigrations();
  if (first === undefined) throw new Error("There are no migrations.");
  await migrate(db.connection, [first]);
  await expect(migrate(db.connection, [{ ...first, sql: `${first.sql}\n-- changed` }])).rejects.toThrow(
    `The migration ${first.name} was changed after it had been applied`,
  );
});

test("a migration with an error changes nothing and names the file", async () => {
  const db = await emptyDatabase();
  const wrong = { name: "0001_wrong.sql", sql: "CREATE TABLE half_done (x int); SELECT no_such_function();" };
  await expect(migrate(db.connection, [wrong])).rejects.toThrow("Migration 0001_wrong.sql failed: function");
  expect(await db.query("SELECT to_regclass('half_done') AS found")).toEqual([{ found: null }]);
  expect(await ledger(db)).toEqual([]);
});

test("no two migrations have the same number", async () => {
  const numbers = (await readMigrations()).map((migration) => migration.name.slice(0, 4));
  expect(new Set(numbers).size).toBe(numbers.length);
});

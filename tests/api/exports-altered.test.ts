import { expect, test } from "vitest";
import { erasePerson } from "../../src/server/privacy/index.ts";
import { exportSetting } from "../support/export-setting.ts";
import { ALL_TABLES } from "../support/export-world.ts";

// What somebody did to the destination's tables by hand, between two runs.

const at = exportSetting();

const byHand = (statement: string) => at.world.warehouse.pool.query(statement);

async function failure(): Promise<{ readonly code: string; readonly detail: string }> {
  const outcome = await at.world.exports.run(at.exportId);
  if (outcome.kind !== "failed") throw new Error(`It was to fail, and did: ${outcome.kind}`);
  return outcome.fault;
}

test.each(ALL_TABLES)("%s, dropped by hand, is made anew with all its rows", async (table) => {
  await at.someHistory();
  await at.people.delete((await at.people.upsert({ email: "ben@shop.example" })).contactId);
  await at.run();
  await byHand(`DROP TABLE ${table}`);
  await at.run();
  expect(await at.contents()).toEqual(await at.everythingNow());
});

test.each(ALL_TABLES)("%s, emptied by hand, is filled again by the next run", async (table) => {
  await at.someHistory();
  await at.people.delete((await at.people.upsert({ email: "ben@shop.example" })).contactId);
  await at.run();
  await byHand(`TRUNCATE ${table}`);
  await at.run();
  expect(await at.contents()).toEqual(await at.everythingNow());
});

test.each([
  ["dropped", "ALTER TABLE events DROP COLUMN title; ALTER TABLE contacts DROP COLUMN email"],
  ["renamed", "ALTER TABLE events RENAME COLUMN title TO heading; ALTER TABLE contacts RENAME COLUMN email TO e_mail"],
])("a column that was %s by hand is added again, and filled in all rows", async (_, statement) => {
  await at.someHistory();
  await at.db.query("UPDATE event SET title = 'Home'");
  await at.run();
  await byHand(statement);
  await at.run();
  const rows = await at.rows("contacts");
  expect(rows.map((row) => row["email"])).toContain("ann@shop.example");
  expect((await at.rows("events")).map(({ title }) => title)).toEqual(Array(5).fill("Home"));
});

test("a table that was renamed by hand stays as it is, and is made anew", async () => {
  await at.someHistory();
  await at.run();
  await byHand("ALTER TABLE contacts RENAME TO contacts_old");
  await at.run();
  expect(await at.contents()).toEqual(await at.everythingNow());
  expect(await at.rows("contacts_old")).toHaveLength(2);
});

test.each([
  [
    "a column of somebody else that must not be empty",
    "ALTER TABLE contacts ADD COLUMN note text NOT NULL DEFAULT ''; ALTER TABLE contacts ALTER COLUMN note DROP DEFAULT",
    "note",
  ],
  [
    "a column of ours that must not be empty",
    "DELETE FROM contacts WHERE town IS NULL; ALTER TABLE contacts ALTER COLUMN town SET NOT NULL",
    "town",
  ],
  ["a check", "ALTER TABLE contacts ADD CONSTRAINT short CHECK (length(email) < 12) NOT VALID", "short"],
  [
    "a trigger that says no",
    `CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''not here: %'', NEW.email; END';
    CREATE TRIGGER no BEFORE INSERT ON contacts FOR EACH ROW EXECUTE FUNCTION no()`,
    "trigger",
  ],
  ["a unique index", `CREATE UNIQUE INDEX one_town ON contacts (coalesce(town, ''))`, "one_town"],
  ["no key", "ALTER TABLE contacts DROP CONSTRAINT contacts_pkey", "primary key"],
  ["a view on a column", "ALTER TABLE contacts ALTER COLUMN status TYPE varchar(20)", "status"],
  [
    "a generated column",
    "ALTER TABLE contacts DROP COLUMN town; ALTER TABLE contacts ADD COLUMN town text GENERATED ALWAYS AS (email) STORED",
    "town",
  ],
])("%s stops the run with a sentence that names it", async (_, statement, name) => {
  await at.people.upsert({ email: "al@x.org" });
  await at.run();
  await byHand(statement);
  await at.people.upsert({ email: "benjamin@shop.example" });
  const fault = await failure();
  expect(fault.detail).toContain(name);
  expect(fault.detail).not.toContain("benjamin");
});

test("a table of somebody else that leads to contacts keeps an erased person from going, and is named", async () => {
  const ann = await at.people.upsert({ email: "ann@shop.example" });
  await at.run();
  await byHand(
    `CREATE TABLE orders (contact bigint REFERENCES contacts ("contactId")); INSERT INTO orders VALUES (${ann.contactId})`,
  );
  await erasePerson(at.people.deps)({ contactId: ann.contactId, at: at.people.tick(), cause: at.cause });
  const fault = await failure();
  expect(fault.detail).toContain("orders");
  await byHand("DROP TABLE orders");
});

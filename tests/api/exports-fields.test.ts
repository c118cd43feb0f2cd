import { expect, test } from "vitest";
import type { NewField } from "../../src/contract/fields.ts";
import type { Condition } from "../../src/contract/segments.ts";
import { createField, deleteField, removeValuesOfDeletedFields } from "../../src/server/fields/index.ts";
import { createSegment, removeSegment } from "../../src/server/segments/index.ts";
import { exportSetting } from "../support/export-setting.ts";
import { earlierTransactionsEnded } from "../support/postgres.ts";

// Additional fields and dynamic segments at a second, real PostgreSQL database.

const at = exportSetting();

async function newField(field: Omit<NewField, "name">): Promise<number> {
  const made = await createField(at.db, { ...field, name: field.key, now: Date.now() });
  if (made.kind !== "stored") throw new Error(`The field was not made: ${JSON.stringify(made)}`);
  return made.field.id;
}

test("every additional field is a column of its type, and a new one is added and announced by the next run", async () => {
  const size = await newField({ key: "shoe-size", type: "number" });
  const ann = await at.people.upsert({ externalCustomerId: "C-1", fields: { additional: { [size]: 38.5 } } });
  await at.run();
  expect(await at.rows("contacts")).toMatchObject([{ [`field_shoe_size_${size}`]: 38.5 }]);

  const born = await newField({ key: "born", type: "date" });
  const vip = await newField({ key: "vip", type: "boolean" });
  const plan = await newField({ key: "plan", type: "choice", allowedValues: ["Free", "Gold"] });
  const long = await newField({ key: "k".repeat(64), type: "text" });
  const additional = { [born]: "2001-02-28", [vip]: false, [plan]: "Gold", [long]: 'tab\t and "quote" \\N' };
  await at.people.upsert({ externalCustomerId: "C-1", fields: { additional } });
  await at.run();
  const [row] = await at.rows("contacts");
  const longColumn = `field_${"k".repeat(64)}`.slice(0, 63 - `_${long}`.length) + `_${long}`;
  expect(row).toMatchObject({
    contactId: ann.contactId,
    [`field_shoe_size_${size}`]: 38.5,
    [`field_born_${born}`]: "2001-02-28",
    [`field_vip_${vip}`]: false,
    [`field_plan_${plan}`]: "Gold",
    [longColumn]: 'tab\t and "quote" \\N',
  });
  const notes = (await at.world.exports.find(at.exportId))?.runs[0]?.notes;
  expect(notes?.map(({ code, table, column }) => [code, table, column])).toEqual(
    [`field_born_${born}`, `field_vip_${vip}`, `field_plan_${plan}`, longColumn].map((column) => [
      "column.added",
      "contacts",
      column,
    ]),
  );
  const types = await at.world.warehouse.pool.query<{ name: string; type: string }>(
    `SELECT attname AS name, format_type(atttypid, atttypmod) AS type FROM pg_attribute
     WHERE attrelid = 'contacts'::regclass AND attname LIKE 'field%' ORDER BY attnum`,
  );
  expect(types.rows.map(({ type }) => type)).toEqual(["double precision", "date", "boolean", "text", "text"]);
  await at.run();
  expect(await at.contents()).toEqual(await at.everythingNow());
});

test("a changed value of an additional field is sent with the next run, and nothing else is", async () => {
  const size = await newField({ key: "size", type: "number" });
  await at.people.upsert({ externalCustomerId: "C-1", fields: { additional: { [size]: 38 } } });
  await at.people.upsert({ externalCustomerId: "C-2", fields: { additional: { [size]: 44 } } });
  await earlierTransactionsEnded(at.db);
  await at.run();
  await at.people.upsert({ externalCustomerId: "C-1", fields: { additional: { [size]: 39 } } });
  expect(await at.effects()).toMatchObject({ contacts: [1, 1, 0] });
  expect((await at.rows("contacts")).map((row) => row[`field_size_${size}`])).toEqual([39, 44]);
});

test("the column of a deleted field stays and is emptied by the next run, which says so once", async () => {
  const size = await newField({ key: "size", type: "number" });
  await at.people.upsert({ externalCustomerId: "C-1", fields: { additional: { [size]: 38 } } });
  await at.people.upsert({ externalCustomerId: "C-2" });
  await at.run();
  await deleteField(at.db, { fieldId: size as never, now: Date.now(), users: [] });
  const column = `field_size_${size}`;
  expect(await at.effects()).toMatchObject({ contacts: [0, 1, 0] });
  expect(await at.rows("contacts")).toMatchObject([{ [column]: null }, { [column]: null }]);
  const notes = async () => (await at.world.exports.find(at.exportId))?.runs[0]?.notes;
  expect(await notes()).toEqual([{ code: "column.cleared", table: "contacts", column }]);

  // A field of the same key is another field. The old one's values disappear here meanwhile.
  const again = await newField({ key: "size", type: "text" });
  await removeValuesOfDeletedFields({ db: at.db, clock: Date.now });
  await at.people.upsert({ externalCustomerId: "C-2", fields: { additional: { [again]: "M" } } });
  await at.run();
  expect(await at.rows("contacts")).toMatchObject([
    { [column]: null, [`field_size_${again}`]: null },
    { [column]: null, [`field_size_${again}`]: "M" },
  ]);
  expect((await notes())?.map(({ code }) => code)).toEqual(["column.added"]);
});

test("members of dynamic segments are among the rows, as they are at the moment of the run", async () => {
  const ann = await at.someHistory();
  const ben = await at.people.upsert({ email: "ben@shop.example", fields: { firstName: "Ben" } });
  const deps = { db: at.db, clock: () => at.people.now + 1_000 };
  const segment = async (name: string, condition: Condition): Promise<number> => {
    const made = await createSegment(deps, { name, condition: { kind: "all", of: [condition] } });
    if (made.kind !== "saved") throw new Error(`The segment was not made: ${JSON.stringify(made)}`);
    return made.id;
  };
  const lvivians = await segment("It's in Lviv", { kind: "field", field: "town", operator: "is", values: ["L'viv"] });
  const bens = await segment("Bens", { kind: "field", field: "firstName", operator: "is", values: ["Ben"] });
  const [list] = await at.db.query<{ id: number }>("SELECT segment_id AS id FROM segment WHERE kind = 'list'");
  await at.run();
  const members = async () => {
    const found = await at.rows("segments_members");
    return found
      .map(({ segmentId, contactId, segmentName }) => [segmentId, contactId, segmentName])
      .sort(([one], [other]) => Number(one) - Number(other));
  };
  expect(await members()).toEqual([
    [list?.id, ann, "Readers"],
    [bens, ben.contactId, "Bens"],
  ]);
  const dated = (await at.rows("segments_members")).filter(({ since }) => since !== null);
  expect(dated.map(({ segmentName }) => segmentName)).toEqual(["Readers"]);

  await at.people.upsert({ contactId: ben.contactId, fields: { town: "L'viv", firstName: "Benjamin" } });
  await at.run();
  expect(await members()).toEqual([
    [list?.id, ann, "Readers"],
    [lvivians, ben.contactId, "It's in Lviv"],
  ]);
  expect(await at.contents()).toEqual(await at.everythingNow());
  await removeSegment(deps, lvivians);
  await at.run();
  expect(await members()).toEqual([[list?.id, ann, "Readers"]]);
});

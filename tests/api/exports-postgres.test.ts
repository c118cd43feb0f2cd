import { once } from "node:events";
import pg from "pg";
import { beforeAll, beforeEach, expect, onTestFinished, test } from "vitest";
import type { NewField } from "../../src/contract/fields.ts";
import type { ContactId } from "../../src/contract/identifiers.ts";
import type { Condition } from "../../src/contract/segments.ts";
import { EMPTY } from "../identity/installation.ts";
import { People } from "../identity/people.ts";
import { mergeContacts, sweepErasedReplays, undoMerge } from "../../src/server/identity/index.ts";
import { createField, deleteField, removeValuesOfDeletedFields } from "../../src/server/fields/index.ts";
import { erasePerson } from "../../src/server/privacy/index.ts";
import { createSegment, removeSegment } from "../../src/server/segments/index.ts";
import { eventually } from "../support/eventually.ts";
import { ALL_TABLES, exportingProcess, exportWorld, type ExportWorld } from "../support/export-world.ts";
import { testDatabase, type TestDatabase } from "../support/postgres.ts";

// Exports to a second, real PostgreSQL database.

let db: TestDatabase;
let people: People;
let world: ExportWorld;
let exportId: string;

beforeAll(async () => {
  db = await testDatabase();
  world = await exportWorld(db);
});
beforeEach(async () => {
  await db.query(EMPTY.replace(" CASCADE", ", export, device, segment, field CASCADE"));
  await world.warehouse.pool.query("DROP SCHEMA IF EXISTS fresh, public CASCADE; CREATE SCHEMA public");
  people = await People.in(db);
  exportId = await world.exports.create(world.order());
});

const cause = { actor: "admin", requestId: "test" };
const run = () => world.run(exportId);
const rows = (table: string) => world.rows(table);
const effects = async () =>
  Object.fromEntries((await run()).tables.map(({ name, read, written, removed }) => [name, [read, written, removed]]));

/** Every version of every row: a row that is written again, even with the same values, changes it. */
async function versions(): Promise<string[]> {
  const found: string[] = [];
  for (const { name } of (await run()).tables) {
    const { rows: list } = await world.warehouse.pool.query<{ version: string }>(
      `SELECT '${name} ' || ctid || ' ' || xmin || t AS version FROM ${name} t ORDER BY 1`,
    );
    found.push(...list.map(({ version }) => version));
  }
  return found;
}

/** What an export of everything into a schema of its own would show now. */
async function everythingNow(): Promise<Record<string, unknown>> {
  await world.warehouse.pool.query("DROP SCHEMA IF EXISTS fresh CASCADE");
  const order = world.order();
  const fresh = await world.exports.create({ ...order, place: { ...order.place, schema: "fresh" } as never });
  await world.run(fresh);
  await world.exports.remove(fresh);
  return contents("fresh");
}

async function contents(schema: string): Promise<Record<string, unknown>> {
  const tables: Record<string, unknown> = {};
  for (const table of ALL_TABLES) tables[table] = await rows(`${schema}.${table}`);
  return tables;
}

async function someHistory(): Promise<ContactId> {
  await people.hits(3, "visitor-1");
  const ann = await people.upsert({ externalCustomerId: "C-1", email: "ann@shop.example", visitorIds: ["visitor-1"] });
  await people.device({ deviceId: "device-1-abcdefgh" });
  await people.hit("device-1-abcdefgh", { kind: "device" });
  await people.hit(String(ann.contactId), { kind: "contact" });
  await db.query(
    "INSERT INTO device (device_id, os_type, first_seen_at, last_seen_at) VALUES ('device-1-abcdefgh', 'ios', now(), now())",
  );
  await db.query("INSERT INTO segment (name, created_at) VALUES ('Readers', now())");
  await db.query("INSERT INTO segment_member SELECT segment_id, $1, now() FROM segment", [ann.contactId]);
  return ann.contactId;
}

test("a new export has the column with the site's own id, and empty is NULL (123)", async () => {
  const known = await people.upsert({ externalCustomerId: "C-1", email: "Ann@Shop.example" });
  const unknown = await people.upsert({ email: "ben@shop.example" });
  await run();
  expect(await rows("contacts")).toMatchObject([
    { contactId: known.contactId, externalCustomerId: "C-1", email: "Ann@Shop.example", emailDomain: "shop.example" },
    { contactId: unknown.contactId, externalCustomerId: null, status: "live", mergedInto: null },
  ]);
});

test("an export from before the column works on without it, and switching it on fills the old rows (124)", async () => {
  const ann = await someHistory();
  await db.query("UPDATE export SET external_id = false");
  await run();
  expect((await rows("contacts"))[0]).not.toHaveProperty("externalCustomerId");
  await people.upsert({ externalCustomerId: "C-1", fields: { town: "Lviv" } });
  await run();
  expect((await rows("contacts"))[0]).toMatchObject({ contactId: ann, town: "Lviv" });

  await world.exports.change(exportId, { externalId: true });
  await run();
  expect((await rows("contacts"))[0]).toMatchObject({ contactId: ann, externalCustomerId: "C-1" });
  const found = await world.exports.find(exportId);
  expect(found?.runs[0]?.notes).toEqual([
    { code: "column.added", table: "contacts", column: "externalCustomerId" },
    { code: "column.added", table: "devices", column: "externalCustomerId" },
  ]);
  expect(await contents("public")).toEqual(await everythingNow());
});

test("run twice without changes, nothing is written again (125)", async () => {
  await someHistory();
  await people.upsert({ email: "ben@shop.example" });
  const before = await versions();
  const again = await effects();
  expect(await versions()).toEqual(before);
  for (const [read, written, removed] of Object.values(again)) expect([read, written, removed]).toEqual([read, 0, 0]);
  // Not even when every row is compared.
  await world.exports.ask(exportId, true);
  const compared = await run();
  expect(compared.tables.map(({ name, whole, written, removed }) => [name, whole, written, removed])).toEqual(
    ALL_TABLES.map((name) => [name, true, 0, 0]),
  );
  expect(await versions()).toEqual(before);
});

test("a merge between runs leaves the loser's row as a redirect, and one row among the changes of identity (126)", async () => {
  const winner = await people.upsert({ externalCustomerId: "C-1" });
  const loser = await people.upsert({ email: "ann@shop.example" });
  await run();
  expect(await rows("identity_changes")).toEqual([]);
  const merged = await mergeContacts(people.deps, {
    contactIds: [winner.contactId, loser.contactId],
    at: people.tick(),
    cause,
  });
  expect(await effects()).toMatchObject({ contacts: [2, 2, 0], identity_changes: [1, 1, 0] });
  expect(await rows("contacts")).toMatchObject([
    { contactId: winner.contactId, status: "live", email: "ann@shop.example" },
    { contactId: loser.contactId, status: "merged", mergedInto: winner.contactId, email: null },
  ]);
  expect(await rows("identity_changes")).toMatchObject([
    { change: "merge", contactId: winner.contactId, otherContactId: loser.contactId },
  ]);

  expect(merged.kind).toBe("merged");
  const [log] = await db.query<{ mergeId: number }>("SELECT merge_id FROM merge_log");
  await undoMerge(people.deps, { mergeId: log?.mergeId ?? 0, at: people.tick(), cause });
  await run();
  expect(await rows("contacts")).toMatchObject([
    { contactId: winner.contactId, status: "live", email: null },
    { contactId: loser.contactId, status: "live", mergedInto: null, email: "ann@shop.example" },
  ]);
});

test("deleted is told, restored is live again, erased is gone with everything that was theirs (127)", async () => {
  const ann = await someHistory();
  const ben = await people.upsert({ email: "ben@shop.example", visitorIds: ["visitor-2"] });
  await people.hits(2, "visitor-2");
  await run();
  await people.delete(ann);
  await run();
  expect(await rows("contacts")).toMatchObject([
    { contactId: ann, status: "deleted" },
    {},
    { contactId: ben.contactId },
  ]);
  expect(await rows("segments_members")).toEqual([]);
  await people.upsert({ externalCustomerId: "C-1" });
  await run();
  expect(await rows("contacts")).toMatchObject([{ contactId: ann, status: "live" }, {}, { contactId: ben.contactId }]);

  await erasePerson(people.deps)({ contactId: ann, at: people.tick(), cause });
  const { tables } = await run();
  expect(tables.find(({ name }) => name === "events")?.removed).toBe(4);
  expect(await contents("public")).toEqual(await everythingNow());
  expect(await rows("contacts")).toMatchObject([{ contactSource: "MOBILE" }, { contactId: ben.contactId }]);
  expect(JSON.stringify(await contents("public"))).not.toMatch(/visitor-1|ann@|C-1/);
  expect(await db.query("SELECT FROM export_erasure")).toEqual([]);
});

test("history that was exported before it was anybody's is gone after its owner was erased", async () => {
  await people.hits(3, "visitor-1");
  await run();
  // Known, merged away and erased, all between two runs.
  const ann = await people.upsert({ email: "ann@shop.example", visitorIds: ["visitor-1"] });
  const other = await people.upsert({ externalCustomerId: "C-9" });
  await mergeContacts(people.deps, { contactIds: [other.contactId, ann.contactId], at: people.tick(), cause });
  await erasePerson(people.deps)({ contactId: ann.contactId, at: people.tick(), cause });
  await run();
  expect(await contents("public")).toMatchObject({ contacts: [], bindings: [], events: [], devices: [] });
});

test("what a late batch brought back of an erased person leaves the destination, too", async () => {
  const ann = await people.upsert({ email: "ann@shop.example", visitorIds: ["visitor-1"] });
  await erasePerson(people.deps)({ contactId: ann.contactId, at: people.tick(), cause });
  await people.hit("visitor-1");
  await run();
  expect(await rows("events")).toHaveLength(1);
  await sweepErasedReplays(people.deps, (stretch) => world.exports.eraseAgain(stretch));
  await run();
  expect(await rows("events")).toEqual([]);
});

test("an export in the middle of merges shows one moment: no contact missing, none double (128)", async () => {
  const ids: ContactId[] = [];
  for (let index = 0; index < 12; index += 1)
    ids.push((await people.upsert({ email: `p${index}@shop.example`, visitorIds: [`visitor-${index}`] })).contactId);
  await people.hits(12, "visitor-0");
  const exporting = (async () => {
    for (let turn = 0; turn < 4; turn += 1) {
      await run();
      const { rows: odd } = await world.warehouse.pool.query(
        `SELECT c."contactId" FROM contacts c LEFT JOIN contacts w ON w."contactId" = c."mergedInto"
         WHERE (c.status = 'merged') <> (w.status IS NOT NULL AND w.status = 'live')
         UNION ALL SELECT b."bindingId" FROM bindings b LEFT JOIN contacts c USING ("contactId")
         WHERE c.status IS DISTINCT FROM 'live'`,
      );
      expect(odd).toEqual([]);
      const { rows: emails } = await world.warehouse.pool.query<{ count: string; all: string }>(
        `SELECT count(*) FILTER (WHERE status = 'live') AS count, count(*) AS all FROM contacts`,
      );
      expect(emails[0]?.all).toBe("12");
    }
  })();
  const [winner, ...losers] = ids;
  for (const loser of losers)
    await mergeContacts(people.deps, { contactIds: [winner ?? loser, loser], at: people.tick(), cause });
  await exporting;
  await run();
  expect(await contents("public")).toEqual(await everythingNow());
});

test("attaching between runs rewrites no event: the bindings tell whose they are (129)", async () => {
  await people.hits(3, "visitor-1");
  await run();
  const before = await world.warehouse.pool.query(`SELECT ctid, xmin, * FROM events ORDER BY "eventUuid"`);
  expect(before.rows).toHaveLength(3);
  const ann = await people.upsert({ email: "ann@shop.example", visitorIds: ["visitor-1"] });
  expect(await effects()).toMatchObject({ events: [0, 0, 0], bindings: [1, 1, 0] });
  const after = await world.warehouse.pool.query(`SELECT ctid, xmin, * FROM events ORDER BY "eventUuid"`);
  expect(after.rows).toEqual(before.rows);
  expect(await rows("bindings")).toMatchObject([
    { sourceKind: "visitor", sourceId: "visitor-1", contactId: ann.contactId, validFrom: null, validTo: null },
  ]);
  const { rows: story } = await world.warehouse.pool.query(
    `SELECT e."eventUuid" FROM bindings b JOIN events e USING ("sourceKind", "sourceId")
     WHERE b."contactId" = $1 AND e.occurred >= coalesce(b."validFrom", '-infinity')
       AND e.occurred < coalesce(b."validTo", 'infinity')`,
    [ann.contactId],
  );
  expect(story).toHaveLength(3);
});

async function newField(field: Omit<NewField, "name">): Promise<number> {
  const made = await createField(db, { ...field, name: field.key, now: Date.now() });
  if (made.kind !== "stored") throw new Error(`The field was not made: ${JSON.stringify(made)}`);
  return made.field.id;
}

test("every additional field is a column of its type, and a new one is added and announced by the next run", async () => {
  const size = await newField({ key: "shoe-size", type: "number" });
  const ann = await people.upsert({ externalCustomerId: "C-1", fields: { additional: { [size]: 38.5 } } });
  await run();
  expect(await rows("contacts")).toMatchObject([{ [`field_shoe_size_${size}`]: 38.5 }]);

  const born = await newField({ key: "born", type: "date" });
  const vip = await newField({ key: "vip", type: "boolean" });
  const plan = await newField({ key: "plan", type: "choice", allowedValues: ["Free", "Gold"] });
  const long = await newField({ key: "k".repeat(64), type: "text" });
  const additional = { [born]: "2001-02-28", [vip]: false, [plan]: "Gold", [long]: 'tab\t and "quote" \\N' };
  await people.upsert({ externalCustomerId: "C-1", fields: { additional } });
  await run();
  const [row] = await rows("contacts");
  const longColumn = `field_${"k".repeat(64)}`.slice(0, 63 - `_${long}`.length) + `_${long}`;
  expect(row).toMatchObject({
    contactId: ann.contactId,
    [`field_shoe_size_${size}`]: 38.5,
    [`field_born_${born}`]: "2001-02-28",
    [`field_vip_${vip}`]: false,
    [`field_plan_${plan}`]: "Gold",
    [longColumn]: 'tab\t and "quote" \\N',
  });
  const notes = (await world.exports.find(exportId))?.runs[0]?.notes;
  expect(notes?.map(({ code, table, column }) => [code, table, column])).toEqual(
    [`field_born_${born}`, `field_vip_${vip}`, `field_plan_${plan}`, longColumn].map((column) => [
      "column.added",
      "contacts",
      column,
    ]),
  );
  const types = await world.warehouse.pool.query<{ name: string; type: string }>(
    `SELECT attname AS name, format_type(atttypid, atttypmod) AS type FROM pg_attribute
     WHERE attrelid = 'contacts'::regclass AND attname LIKE 'field%' ORDER BY attnum`,
  );
  expect(types.rows.map(({ type }) => type)).toEqual(["double precision", "date", "boolean", "text", "text"]);
  await run();
  expect(await contents("public")).toEqual(await everythingNow());
});

test("a changed value of an additional field is sent with the next run, and nothing else is", async () => {
  const size = await newField({ key: "size", type: "number" });
  await people.upsert({ externalCustomerId: "C-1", fields: { additional: { [size]: 38 } } });
  await people.upsert({ externalCustomerId: "C-2", fields: { additional: { [size]: 44 } } });
  await run();
  await people.upsert({ externalCustomerId: "C-1", fields: { additional: { [size]: 39 } } });
  expect(await effects()).toMatchObject({ contacts: [1, 1, 0] });
  expect((await rows("contacts")).map((row) => row[`field_size_${size}`])).toEqual([39, 44]);
});

test("the column of a deleted field stays and is emptied by the next run, which says so once", async () => {
  const size = await newField({ key: "size", type: "number" });
  await people.upsert({ externalCustomerId: "C-1", fields: { additional: { [size]: 38 } } });
  await people.upsert({ externalCustomerId: "C-2" });
  await run();
  await deleteField(db, { fieldId: size as never, now: Date.now(), users: [] });
  const column = `field_size_${size}`;
  expect(await effects()).toMatchObject({ contacts: [0, 1, 0] });
  expect(await rows("contacts")).toMatchObject([{ [column]: null }, { [column]: null }]);
  const notes = async () => (await world.exports.find(exportId))?.runs[0]?.notes;
  expect(await notes()).toEqual([{ code: "column.cleared", table: "contacts", column }]);

  // A field of the same key is another field. The old one's values disappear here meanwhile.
  const again = await newField({ key: "size", type: "text" });
  await removeValuesOfDeletedFields({ db, clock: Date.now });
  await people.upsert({ externalCustomerId: "C-2", fields: { additional: { [again]: "M" } } });
  await run();
  expect(await rows("contacts")).toMatchObject([
    { [column]: null, [`field_size_${again}`]: null },
    { [column]: null, [`field_size_${again}`]: "M" },
  ]);
  expect((await notes())?.map(({ code }) => code)).toEqual(["column.added"]);
});

test("members of dynamic segments are among the rows, as they are at the moment of the run", async () => {
  const ann = await someHistory();
  const ben = await people.upsert({ email: "ben@shop.example", fields: { firstName: "Ben" } });
  const deps = { db, clock: () => people.now + 1_000 };
  const segment = async (name: string, condition: Condition): Promise<number> => {
    const made = await createSegment(deps, { name, condition: { kind: "all", of: [condition] } });
    if (made.kind !== "saved") throw new Error(`The segment was not made: ${JSON.stringify(made)}`);
    return made.id;
  };
  const lvivians = await segment("It's in Lviv", { kind: "field", field: "town", operator: "is", values: ["L'viv"] });
  const bens = await segment("Bens", { kind: "field", field: "firstName", operator: "is", values: ["Ben"] });
  const [list] = await db.query<{ id: number }>("SELECT segment_id AS id FROM segment WHERE kind = 'list'");
  await run();
  const members = async () => {
    const found = await rows("segments_members");
    return found
      .map(({ segmentId, contactId, segmentName }) => [segmentId, contactId, segmentName])
      .sort(([one], [other]) => Number(one) - Number(other));
  };
  expect(await members()).toEqual([
    [list?.id, ann, "Readers"],
    [bens, ben.contactId, "Bens"],
  ]);
  const dated = (await rows("segments_members")).filter(({ since }) => since !== null);
  expect(dated.map(({ segmentName }) => segmentName)).toEqual(["Readers"]);

  await people.upsert({ contactId: ben.contactId, fields: { town: "L'viv", firstName: "Benjamin" } });
  await run();
  expect(await members()).toEqual([
    [list?.id, ann, "Readers"],
    [lvivians, ben.contactId, "It's in Lviv"],
  ]);
  expect(await contents("public")).toEqual(await everythingNow());
  await removeSegment(deps, lvivians);
  await run();
  expect(await members()).toEqual([[list?.id, ann, "Readers"]]);
});

const AWKWARD = [
  "007",
  "1e5",
  "9007199254740993",
  "😀 👩‍👩‍👧",
  "a\\tb\\N",
  "\\.",
  'quote " and , and ;',
  "NULL",
  "é",
  "e\u0301",
];

test("external ids arrive byte for byte (130)", async () => {
  for (const id of AWKWARD) await people.upsert({ externalCustomerId: id });
  await run();
  const { rows: found } = await world.warehouse.pool.query<{ bytes: Buffer }>(
    `SELECT convert_to("externalCustomerId", 'UTF8') AS bytes FROM contacts ORDER BY "contactId"`,
  );
  expect(found.map(({ bytes }) => bytes.toString("hex"))).toEqual(AWKWARD.map((id) => Buffer.from(id).toString("hex")));
});

test("while the destination is away nothing is lost, and the first run after it brings all (131)", async () => {
  await someHistory();
  await run();
  const { database } = world.warehouse.connection;
  const allow = (allowed: boolean) =>
    db.query("UPDATE pg_database SET datallowconn = $2 WHERE datname = $1", [database, allowed]);
  await allow(false);
  try {
    for (let hour = 0; hour < 3; hour += 1) {
      world.wait(60 * 60_000);
      await people.hits(2, "visitor-1");
      await people.upsert({ email: `late-${hour}@shop.example` });
      expect(await world.exports.run(exportId)).toMatchObject({ kind: "failed" });
    }
  } finally {
    await allow(true);
  }
  const failed = await world.exports.find(exportId);
  expect(failed?.runs.map(({ state }) => state)).toEqual(["failed", "failed", "failed", "finished"]);
  expect(failed?.runs[0]?.error?.detail).toContain("is not currently accepting connections");
  // Three failures: it comes back after four minutes, sooner than the timetable says.
  expect((failed?.export.nextRunAt ?? 0) - (failed?.runs[0]?.finishedAt ?? 0)).toBe(4 * 60_000);
  await run();
  expect(await contents("public")).toEqual(await everythingNow());
});

test("a column of somebody else with the same name and another type stops the run, and is not touched (132)", async () => {
  await someHistory();
  await run();
  const before = await contents("public");
  await world.warehouse.pool.query("ALTER TABLE contacts DROP COLUMN town, ADD COLUMN town integer DEFAULT 7");
  await people.upsert({ email: "ben@shop.example" });
  const outcome = await world.exports.run(exportId);
  expect(outcome).toMatchObject({ kind: "failed", fault: { code: "column.foreign" } });
  expect(outcome.kind === "failed" && outcome.fault.detail).toContain("contacts has a column town of another type");
  expect((await rows("contacts"))[0]).toMatchObject({ town: 7 });
  expect((await rows("contacts")).length).toBe((before["contacts"] as unknown[]).length);
});

test("a table of somebody else is never written into", async () => {
  await world.warehouse.pool.query(`CREATE TABLE contacts ("contactId" bigint PRIMARY KEY, note text);
    INSERT INTO contacts VALUES (1, 'mine')`);
  expect(await world.exports.run(exportId)).toMatchObject({ kind: "failed", fault: { code: "table.foreign" } });
  expect(await rows("contacts")).toEqual([{ contactId: 1, note: "mine" }]);
  // Nothing was made beside it either.
  const { rows: made } = await world.warehouse.pool.query("SELECT FROM pg_class WHERE relname = 'events'");
  expect(made).toEqual([]);
});

test("two exports never share a table", async () => {
  await run();
  const second = await world.exports.create(world.order({ name: "Second" }));
  expect(await world.exports.run(second)).toMatchObject({ kind: "failed", fault: { code: "table.taken" } });
});

test("columns that somebody added at the destination are left alone", async () => {
  const ann = await someHistory();
  await run();
  await world.warehouse.pool.query("ALTER TABLE contacts ADD COLUMN score integer DEFAULT 3");
  await people.upsert({ externalCustomerId: "C-1", fields: { town: "Lviv" } });
  await run();
  expect((await rows("contacts"))[0]).toMatchObject({ contactId: ann, town: "Lviv", score: 3 });
});

test("what a transaction writes that commits after the run is taken by the next", async () => {
  await run();
  const late = new pg.Client(db.connection);
  await late.connect();
  onTestFinished(() => late.end());
  await late.query("BEGIN");
  await late.query(
    `INSERT INTO event (event_id, site_id, source_kind, source_id, name, occurred_at, received_at, trust)
     VALUES (gen_random_uuid(), 1, 'visitor', 'slow-visitor', 'page', '2020-01-01', '2020-01-01', 'browser')`,
  );
  await late.query(
    "INSERT INTO contact (contact_source, created_at, updated_at) VALUES ('LATE', '2020-01-01', '2020-01-01')",
  );
  await people.hit("visitor-1");
  await run();
  expect(await rows("events")).toHaveLength(1);
  await late.query("COMMIT");
  await people.hit("visitor-1");
  await run();
  expect(await rows("events")).toHaveLength(3);
  expect(await rows("contacts")).toMatchObject([{ contactSource: "LATE" }]);
});

test("taking only what changed ends where taking everything ends, whatever happened between", async () => {
  const kinds = [
    (n: number) =>
      people.upsert({
        externalCustomerId: `C-${n % 4}`,
        email: `p${n % 6}@shop.example`,
        visitorIds: [`visitor-${n % 5}`],
      }),
    (n: number) => people.upsert({ email: `p${n % 6}@shop.example`, phone: `+38044123456${n % 5}` }),
    (n: number) => people.hit(`visitor-${n % 5}`),
    (n: number) => people.device({ deviceId: `device-${n % 3}-abcdefgh` }),
    async (n: number) => {
      const all = await db.query<{ contactId: ContactId }>("SELECT contact_id FROM contact WHERE status = 'live'");
      const one = all[n % Math.max(all.length, 1)];
      const two = all[(n * 7) % Math.max(all.length, 1)];
      if (one === undefined || two === undefined) return;
      if (n % 3 === 0) await people.delete(one.contactId);
      else if (n % 3 === 1 && one !== two)
        await mergeContacts(people.deps, { contactIds: [one.contactId, two.contactId], at: people.tick(), cause });
      else await erasePerson(people.deps)({ contactId: one.contactId, at: people.tick(), cause });
    },
  ];
  let seed = 20_261_125;
  const next = (below: number) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((seed / 2_147_483_648) * below);
  };
  for (let step = 0; step < 40; step += 1) {
    await kinds[next(kinds.length)]?.(next(1_000));
    if (step % 10 === 9) {
      await run();
      expect(await contents("public")).toEqual(await everythingNow());
    }
  }
});

test("events that nobody may tie to a person do not leave", async () => {
  await people.hit("visitor-1", { attachable: false });
  await people.hit("visitor-1");
  await run();
  expect(await rows("events")).toHaveLength(1);
});

test("a database restored from an older backup is noticed, and everything is compared", async () => {
  await someHistory();
  await run();
  await world.warehouse.pool.query(`UPDATE backstory_export SET snapshot = '4000000000:4000000001:'`);
  const { tables } = await run();
  expect(tables.every(({ whole }) => whole)).toBe(true);
  await world.warehouse.pool.query(`UPDATE backstory_export SET cluster = '1'`);
  expect((await run()).tables.every(({ whole }) => whole)).toBe(true);
  expect((await run()).tables.filter(({ whole }) => whole).map(({ name }) => name)).toEqual(["segments_members"]);
});

test("rows changed by hand at the destination are put right within a week, and by a back-fill at once", async () => {
  const ann = await someHistory();
  await run();
  await world.warehouse.pool.query("UPDATE contacts SET email = 'forged@shop.example'; DELETE FROM bindings");
  await run();
  expect((await rows("contacts"))[0]).toMatchObject({ contactId: ann, email: "forged@shop.example" });
  await world.exports.ask(exportId, true);
  await run();
  expect(await contents("public")).toEqual(await everythingNow());
  await world.warehouse.pool.query("UPDATE contacts SET email = 'forged@shop.example'");
  world.wait(8 * 24 * 60 * 60_000);
  await run();
  expect(await contents("public")).toEqual(await everythingNow());
});

test("of two processes one runs an export, the other finds it busy", async () => {
  await someHistory();
  await run();
  await people.upsert({ email: "ben@shop.example" });
  const first = await holding("contacts", async () => {
    const running = world.exports.run(exportId);
    await waitsForLock();
    expect(await world.exports.run(exportId)).toEqual({ kind: "busy" });
    return { running };
  });
  expect(await first.running).toMatchObject({ kind: "finished" });
});

/** Nobody writes into a table of the warehouse before the work is done. */
async function holding<T>(table: string, work: () => Promise<T>): Promise<T> {
  const holder = new pg.Client(world.warehouse.connection);
  await holder.connect();
  try {
    await holder.query(`BEGIN; LOCK TABLE ${table} IN SHARE MODE`);
    return await work();
  } finally {
    await holder.end();
  }
}

async function waitsForLock(): Promise<void> {
  await eventually(async () => {
    const waiting = await db.query(
      "SELECT FROM pg_stat_activity WHERE application_name = 'backstory export' AND wait_event_type = 'Lock'",
    );
    expect(waiting).toHaveLength(1);
  }, 60_000);
}

test("a process killed in the middle of a run leaves the last state, and the next run ends as if nothing had been", async () => {
  await someHistory();
  await run();
  const before = await contents("public");
  await people.hits(5, "visitor-1");
  await people.upsert({ externalCustomerId: "C-1", fields: { town: "Lviv" } });
  // It stops half-way: contacts are written, events are not.
  await holding("events", async () => {
    const child = exportingProcess(db, exportId);
    try {
      await waitsForLock();
    } finally {
      child.kill("SIGKILL");
      await once(child, "exit");
    }
  });
  expect(await contents("public")).toEqual(before);

  await eventually(async () => {
    const due = await world.exports.due();
    expect(due.map((one) => one.exportId)).toEqual([exportId]);
  });
  expect((await world.exports.find(exportId))?.runs[0]?.state).toBe("interrupted");
  await run();
  expect(await contents("public")).toEqual(await everythingNow());
});

test("the secret lies sealed: in no table, no log and no answer is it to be read", async () => {
  const secret = "hunter2-very-secret-password";
  await world.exports.remove(exportId);
  const order = world.order({ secret });
  exportId = await world.exports.create({ ...order, place: { ...order.place, port: 1 } as never });
  const outcome = await world.exports.run(exportId);
  expect(outcome).toMatchObject({ kind: "failed", fault: { code: "ENOENT" } });
  const stored = await db.query("SELECT encode(secret, 'escape') AS secret, export::text AS row FROM export");
  const runs = await db.query("SELECT export_run::text AS row FROM export_run");
  const told = [stored, runs, outcome, await world.exports.find(exportId), await world.exports.list()];
  expect(JSON.stringify(told)).not.toContain(secret);
  expect(JSON.stringify(told)).not.toContain(Buffer.from(secret).toString("hex"));
});

test("a secret that was sealed with another key says so", async () => {
  await db.query("UPDATE export SET secret = '\\x01' || repeat('00', 40)::bytea");
  expect(await world.exports.run(exportId)).toMatchObject({ kind: "failed", fault: { code: "secret.unreadable" } });
});

test("a trial shows the first five rows and leaves nothing behind", async () => {
  for (let index = 0; index < 7; index += 1) await people.upsert({ externalCustomerId: `007${index}` });
  const { place, secret } = world.order();
  const trial = await world.exports.tryOut({ place, secret });
  expect(trial.fault).toBeNull();
  expect(trial.server).toMatch(/^PostgreSQL \d+/);
  const at = trial.columns.indexOf("externalCustomerId");
  expect(trial.rows.map((row) => row[at])).toEqual(["0070", "0071", "0072", "0073", "0074"]);
  const { rows: left } = await world.warehouse.pool.query("SELECT FROM pg_class WHERE relname LIKE 'backstory%'");
  expect(left).toEqual([]);
});

import { expect, test } from "vitest";
import { mergeContacts, sweepErasedReplays, undoMerge } from "../../src/server/identity/index.ts";
import { erasePerson } from "../../src/server/privacy/index.ts";
import { exportSetting } from "../support/export-setting.ts";

// What the rows at a second, real PostgreSQL database say, and what becomes of them.

const at = exportSetting();

test("a new export has the column with the site's own id, and empty is NULL (123)", async () => {
  const known = await at.people.upsert({ externalCustomerId: "C-1", email: "Ann@Shop.example" });
  const unknown = await at.people.upsert({ email: "ben@shop.example" });
  // Nobody can say an empty one; a row that somebody changed by hand may have it.
  const empty = await at.people.upsert({ externalCustomerId: "C-2" });
  await at.db.query("UPDATE contact SET external_customer_id = '' WHERE contact_id = $1", [empty.contactId]);
  await at.run();
  expect(await at.rows("contacts")).toMatchObject([
    { contactId: known.contactId, externalCustomerId: "C-1", email: "Ann@Shop.example", emailDomain: "shop.example" },
    { contactId: unknown.contactId, externalCustomerId: null, status: "live", mergedInto: null },
    { contactId: empty.contactId, externalCustomerId: null },
  ]);
});

test("an export from before the column works on without it, and switching it on fills the old rows (124)", async () => {
  const ann = await at.someHistory();
  await at.db.query("UPDATE export SET external_id = false");
  await at.run();
  expect((await at.rows("contacts"))[0]).not.toHaveProperty("externalCustomerId");
  await at.people.upsert({ externalCustomerId: "C-1", fields: { town: "Lviv" } });
  await at.run();
  expect((await at.rows("contacts"))[0]).toMatchObject({ contactId: ann, town: "Lviv" });

  await at.world.exports.change(at.exportId, { externalId: true });
  await at.run();
  expect((await at.rows("contacts"))[0]).toMatchObject({ contactId: ann, externalCustomerId: "C-1" });
  const found = await at.world.exports.find(at.exportId);
  expect(found?.runs[0]?.notes).toEqual([
    { code: "column.added", table: "contacts", column: "externalCustomerId" },
    { code: "column.added", table: "devices", column: "externalCustomerId" },
  ]);
  expect(await at.contents()).toEqual(await at.everythingNow());
});

test("a merge between runs leaves the loser's row as a redirect, and one row among the changes of identity (126)", async () => {
  const winner = await at.people.upsert({ externalCustomerId: "C-1" });
  const loser = await at.people.upsert({ email: "ann@shop.example" });
  await at.run();
  expect(await at.rows("identity_changes")).toEqual([]);
  const merged = await mergeContacts(at.people.deps, {
    contactIds: [winner.contactId, loser.contactId],
    at: at.people.tick(),
    cause: at.cause,
  });
  expect(await at.effects()).toMatchObject({ contacts: [2, 2, 0], identity_changes: [1, 1, 0] });
  expect(await at.rows("contacts")).toMatchObject([
    { contactId: winner.contactId, status: "live", email: "ann@shop.example" },
    { contactId: loser.contactId, status: "merged", mergedInto: winner.contactId, email: null },
  ]);
  expect(await at.rows("identity_changes")).toMatchObject([
    { change: "merge", contactId: winner.contactId, otherContactId: loser.contactId },
  ]);

  expect(merged.kind).toBe("merged");
  const [log] = await at.db.query<{ mergeId: number }>("SELECT merge_id FROM merge_log");
  await undoMerge(at.people.deps, { mergeId: log?.mergeId ?? 0, at: at.people.tick(), cause: at.cause });
  await at.run();
  expect(await at.rows("contacts")).toMatchObject([
    { contactId: winner.contactId, status: "live", email: null },
    { contactId: loser.contactId, status: "live", mergedInto: null, email: "ann@shop.example" },
  ]);
});

test("deleted is told, restored is live again, erased is gone with everything that was theirs (127)", async () => {
  const ann = await at.someHistory();
  const ben = await at.people.upsert({ email: "ben@shop.example", visitorIds: ["visitor-2"] });
  await at.people.hits(2, "visitor-2");
  await at.run();
  await at.people.delete(ann);
  await at.run();
  expect(await at.rows("contacts")).toMatchObject([
    { contactId: ann, status: "deleted" },
    {},
    { contactId: ben.contactId },
  ]);
  expect(await at.rows("segments_members")).toEqual([]);
  await at.people.upsert({ externalCustomerId: "C-1" });
  await at.run();
  expect(await at.rows("contacts")).toMatchObject([
    { contactId: ann, status: "live" },
    {},
    { contactId: ben.contactId },
  ]);

  await erasePerson(at.people.deps)({ contactId: ann, at: at.people.tick(), cause: at.cause });
  const { tables } = await at.run();
  expect(tables.find(({ name }) => name === "events")?.removed).toBe(4);
  expect(await at.contents()).toEqual(await at.everythingNow());
  expect(await at.rows("contacts")).toMatchObject([{ contactSource: "MOBILE" }, { contactId: ben.contactId }]);
  expect(JSON.stringify(await at.contents())).not.toMatch(/visitor-1|ann@|C-1/);
  expect(await at.db.query("SELECT FROM export_erasure")).toEqual([]);
});

test("history that was exported before it was anybody's is gone after its owner was erased", async () => {
  await at.people.hits(3, "visitor-1");
  await at.run();
  // Known, merged away and erased, all between two runs.
  const ann = await at.people.upsert({ email: "ann@shop.example", visitorIds: ["visitor-1"] });
  const other = await at.people.upsert({ externalCustomerId: "C-9" });
  await mergeContacts(at.people.deps, {
    contactIds: [other.contactId, ann.contactId],
    at: at.people.tick(),
    cause: at.cause,
  });
  await erasePerson(at.people.deps)({ contactId: ann.contactId, at: at.people.tick(), cause: at.cause });
  await at.run();
  expect(await at.contents()).toMatchObject({ contacts: [], bindings: [], events: [], devices: [] });
});

test("what a late batch brought back of an erased person leaves the destination, too", async () => {
  const ann = await at.people.upsert({ email: "ann@shop.example", visitorIds: ["visitor-1"] });
  await erasePerson(at.people.deps)({ contactId: ann.contactId, at: at.people.tick(), cause: at.cause });
  await at.people.hit("visitor-1");
  await at.run();
  expect(await at.rows("events")).toHaveLength(1);
  await sweepErasedReplays(at.people.deps, (stretch) => at.world.exports.eraseAgain(stretch));
  await at.run();
  expect(await at.rows("events")).toEqual([]);
});

test("attaching between runs rewrites no event: the bindings tell whose they are (129)", async () => {
  await at.people.hits(3, "visitor-1");
  await at.run();
  const before = await at.world.warehouse.pool.query(`SELECT ctid, xmin, * FROM events ORDER BY "eventUuid"`);
  expect(before.rows).toHaveLength(3);
  const ann = await at.people.upsert({ email: "ann@shop.example", visitorIds: ["visitor-1"] });
  expect(await at.effects()).toMatchObject({ events: [0, 0, 0], bindings: [1, 1, 0] });
  const after = await at.world.warehouse.pool.query(`SELECT ctid, xmin, * FROM events ORDER BY "eventUuid"`);
  expect(after.rows).toEqual(before.rows);
  expect(await at.rows("bindings")).toMatchObject([
    { sourceKind: "visitor", sourceId: "visitor-1", contactId: ann.contactId, validFrom: null, validTo: null },
  ]);
  const { rows: story } = await at.world.warehouse.pool.query(
    `SELECT e."eventUuid" FROM bindings b JOIN events e USING ("sourceKind", "sourceId")
     WHERE b."contactId" = $1 AND e.occurred >= coalesce(b."validFrom", '-infinity')
       AND e.occurred < coalesce(b."validTo", 'infinity')`,
    [ann.contactId],
  );
  expect(story).toHaveLength(3);
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
  for (const id of AWKWARD) await at.people.upsert({ externalCustomerId: id });
  await at.run();
  const { rows: found } = await at.world.warehouse.pool.query<{ bytes: Buffer }>(
    `SELECT convert_to("externalCustomerId", 'UTF8') AS bytes FROM contacts ORDER BY "contactId"`,
  );
  expect(found.map(({ bytes }) => bytes.toString("hex"))).toEqual(AWKWARD.map((id) => Buffer.from(id).toString("hex")));
});

test("events that nobody may tie to a person do not leave", async () => {
  await at.people.hit("visitor-1", { attachable: false });
  await at.people.hit("visitor-1");
  await at.run();
  expect(await at.rows("events")).toHaveLength(1);
});

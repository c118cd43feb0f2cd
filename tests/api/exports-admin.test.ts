import { beforeAll, expect, inject, test } from "vitest";
import type { Export, ExportDetail, NewExport, TrialOutcome } from "../../src/contract/exports.ts";
import { createField } from "../../src/server/fields/index.ts";
import { People } from "../identity/people.ts";
import { adminWorld, type AdminBrowser, type AdminWorld } from "../support/admin-world.ts";
import { emptyDatabase } from "../support/postgres.ts";

// Exports and downloads by the admin's API.

let world: AdminWorld;
let owner: AdminBrowser;
let people: People;
let order: NewExport;
beforeAll(async () => {
  world = await adminWorld();
  owner = await world.as("owner");
  people = await People.in(world.db);
  const warehouse = await emptyDatabase();
  const { host, port } = inject("postgres");
  order = {
    name: "Warehouse",
    tables: ["contacts", "events"],
    intervalMinutes: 60,
    secret: "the password of the warehouse",
    place: {
      kind: "postgresql",
      host,
      port,
      database: String(warehouse.connection.database),
      user: "postgres",
      schema: "backstory",
      tls: "off",
      authority: null,
    },
  };
});

test("an export is tried, made, asked to run, changed, and removed; its secret never comes out", async () => {
  await people.upsert({ externalCustomerId: "007" });
  const { place, secret } = order;
  const trial = await owner.call("POST", "/exports/trial", { body: { place, secret } });
  const tried = trial.json() as TrialOutcome;
  expect(tried.fault).toBeNull();
  expect(tried.rows[0]?.[tried.columns.indexOf("externalCustomerId")]).toBe("007");

  const made = (await owner.call("POST", "/exports", { body: order })).json() as Export;
  expect(made).toMatchObject({ name: "Warehouse", externalId: true, paused: false, lastRun: null });
  expect((await owner.call("POST", `/exports/${made.id}/run`, { body: { allAgain: false } })).status).toBe(204);
  const asked = (await owner.call("GET", `/exports/${made.id}`)).json() as ExportDetail;
  expect(asked.export.nextRunAt).not.toBeNull();

  const paused = await owner.call("PATCH", `/exports/${made.id}`, { body: { paused: true, intervalMinutes: 15 } });
  expect(paused.json()).toMatchObject({ paused: true, intervalMinutes: 15 });
  expect((await owner.call("POST", `/exports/${made.id}/trial`)).json()).toMatchObject({ fault: null });
  const list = await owner.call("GET", "/exports");
  for (const answer of [trial, paused, list]) expect(answer.text).not.toContain(secret);
  expect((await owner.call("DELETE", `/exports/${made.id}`)).status).toBe(204);
  expect((await owner.call("GET", `/exports/${made.id}`)).status).toBe(404);
});

test.each([
  ["a port that is none", { port: 70_000 }],
  ["a host with a space", { host: "my host" }],
  ["a schema with a line break", { schema: "a\nb" }],
  ["no table", {}],
])("%s is refused with a sentence", async (_, wrong) => {
  const body = {
    ...order,
    place: { ...order.place, ...wrong },
    ...(Object.keys(wrong).length === 0 && { tables: [] }),
  };
  const answer = await owner.call("POST", "/exports", { body });
  expect(answer.status).toBe(400);
  expect(answer.json()).toMatchObject({ code: "invalid" });
});

test.each([
  ["nothing listens", { port: 1 }, /no socket of PostgreSQL/],
  ["there is no such database", { database: "nowhere" }, /no database of this name/],
  ["there is no such host", { host: "nowhere.invalid" }, /no host nowhere\.invalid/],
  ["the address belongs to a cloud's metadata", { host: "169.254.169.254" }, /no address that a database can have/],
])("a trial says in words that %s", async (_, wrong, sentence) => {
  const body = { place: { ...order.place, ...wrong }, secret: "" };
  const trial = (await owner.call("POST", "/exports/trial", { body })).json() as TrialOutcome;
  expect(trial.fault?.detail).toMatch(sentence);
});

test("a download is the list as it is searched, safe to open in a spreadsheet", async () => {
  await world.db.query(
    "UPDATE contact SET first_name = '=HYPERLINK(\"http://evil.example\")', last_name = 'A, \"B\"' WHERE external_customer_id = '007'",
  );
  const ann = await people.upsert({ externalCustomerId: "C-77", email: "ann@shop.example" });
  const everybody = await owner.call("GET", "/contacts/download?format=csv");
  expect(everybody.headers["content-type"]).toContain("text/csv");
  expect(everybody.headers["content-disposition"]).toContain("attachment");
  const [head = "", ...lines] = everybody.text
    .replace(/^\ufeff/, "")
    .trimEnd()
    .split("\r\n");
  expect(head.split(",").slice(0, 3)).toEqual(["contactId", "externalCustomerId", "email"]);
  expect(lines).toHaveLength(2);
  expect(everybody.text).toContain(`"'=HYPERLINK(""http://evil.example"")","A, ""B"""`);
  expect(everybody.text).toContain("007");

  const searched = await owner.call("GET", "/contacts/download?format=ndjson&q=ann%40shop.example");
  expect(JSON.parse(searched.text)).toMatchObject({ contactId: ann.contactId, externalCustomerId: "C-77" });
});

test("a segment can be downloaded, merged members as who they are now", async () => {
  const ben = await people.upsert({ externalCustomerId: "C-78" });
  await world.db.query("INSERT INTO segment (name, created_at) VALUES ('Readers', now())");
  await world.db.query("INSERT INTO segment_member SELECT segment_id, $1, now() FROM segment", [ben.contactId]);
  const [row] = await world.db.query<{ id: number }>("SELECT segment_id AS id FROM segment");
  const answer = await owner.call("GET", `/contacts/download?format=ndjson&segment=${row?.id}`);
  expect(
    answer.text
      .trimEnd()
      .split("\n")
      .map((line) => (JSON.parse(line) as { contactId: number }).contactId),
  ).toEqual([ben.contactId]);
  const none = await owner.call("GET", `/contacts/download?format=csv&segment=${row?.id}&q=nobody%40shop.example`);
  expect(none.text.trimEnd().split("\r\n")).toHaveLength(1);
});

test("a dynamic segment is downloaded with whoever meets its conditions now, and with their additional fields", async () => {
  const field = { key: "shoe-size", name: "Shoe size", type: "number", now: Date.now() } as const;
  const size = await createField(world.db, field);
  if (size.kind !== "stored") throw new Error("The field was not made.");
  const { id } = size.field;
  const olha = await people.upsert({
    externalCustomerId: "C-80",
    fields: { town: "Kyiv", additional: { [id]: 38.5 } },
  });
  const ivan = await people.upsert({ externalCustomerId: "C-81", fields: { town: "Kyiv" } });
  const condition = { kind: "all", of: [{ kind: "field", field: "town", operator: "is", values: ["Kyiv"] }] };
  const made = (await owner.call("POST", "/segments", { body: { name: "Kyivans", condition } })).json() as {
    id: number;
  };
  const lines = async (more = "") => {
    const { text } = await owner.call("GET", `/contacts/download?format=ndjson&segment=${made.id}${more}`);
    return text
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  };
  const column = `field_shoe_size_${id}`;
  expect(await lines()).toMatchObject([
    { contactId: ivan.contactId, [column]: null },
    { contactId: olha.contactId, [column]: 38.5 },
  ]);
  expect(await lines("&q=C-80")).toMatchObject([{ contactId: olha.contactId }]);
  const csv = await owner.call("GET", `/contacts/download?format=csv&segment=${made.id}&q=C-80`);
  const [head = "", line = ""] = csv.text.split("\r\n");
  expect(line.split(",")[head.split(",").indexOf(column)]).toBe("38.5");
});

test("a segment that there is none of is no empty file", async () => {
  const answer = await owner.call("GET", "/contacts/download?format=csv&segment=999999");
  expect(answer.status).toBe(404);
  expect(answer.text).toContain("There is no such segment.");
});

test("whoever may only look cannot take everybody away at once", async () => {
  const viewer = await world.as("viewer");
  expect((await viewer.call("GET", "/contacts/download?format=csv")).status).toBe(403);
});

import { beforeAll, describe, expect, test } from "vitest";
import type { Field, NewField } from "../../src/contract/fields.ts";
import { countContactsWith, deleteField, removeValuesOfDeletedFields } from "../../src/server/fields/index.ts";
import { contactApi, type ContactApi } from "../support/contact-api.ts";
import { adminWorld } from "../support/admin-world.ts";
import { eventually } from "../support/eventually.ts";

let api: ContactApi;
let points: Field;
let birthday: Field;
let tier: Field;
let news: Field;
beforeAll(async () => {
  api = await contactApi();
  points = await made({ key: "points", name: "Loyalty points", type: "number" });
  birthday = await made({ key: "birthday", name: "Birthday", type: "date" });
  tier = await made({ key: "tier", name: "Tier", type: "choice", allowedValues: ["Gold", " Silver ", "Gold"] });
  news = await made({ key: "news", name: "Wants news", type: "boolean" });
});

async function made(body: NewField): Promise<Field> {
  const answer = await api.call("POST", "/api/v1/fields", { body });
  expect(answer.status).toBe(200);
  return answer.json() as Field;
}
const add = async (body: unknown) => (await api.call("POST", "/api/v1/contact", { body })).json() as { id: number };
async function fieldsOf(id: number): Promise<unknown> {
  return ((await api.call("GET", `/api/v1/contact/${id}`)).json() as { fields?: unknown }).fields;
}
async function finished(answer: { json(): unknown }): Promise<Status> {
  const { asyncSessionId } = answer.json() as { asyncSessionId: string };
  return eventually(async () => {
    const status = (await api.call("GET", `/api/v1/importstatus/${asyncSessionId}`)).json() as Status;
    expect(status.status).toBe("FINISHED");
    return status;
  }, 120_000);
}
interface Status {
  readonly status: string;
  readonly contacts: readonly { readonly index: number; readonly id: number; readonly result: string }[];
  readonly failedContacts: readonly { readonly index: number; readonly errorMessage: string }[];
}
const upload = async (body: unknown) => finished(await api.call("POST", "/api/v1/contacts", { body }));

describe("a definition", () => {
  test("has a number of its own; values of a choice are tidied", async () => {
    expect(tier).toEqual({
      id: expect.any(Number),
      key: "tier",
      name: "Tier",
      type: "choice",
      allowedValues: ["Gold", "Silver"],
    });
    expect((await api.call("GET", "/api/v1/fields")).json()).toEqual([points, birthday, tier, news]);
    expect((await api.call("GET", `/api/v1/fields/${tier.id}`)).json()).toEqual(tier);
  });

  test("can be renamed, and a choice can take other values; key and type stay", async () => {
    const field = await made({ key: "renamed", name: "Old", type: "choice", allowedValues: ["a"] });
    const body = { name: "New", allowedValues: ["a", "b"], key: "other", type: "text" };
    const answer = await api.call("PUT", `/api/v1/fields/${field.id}`, { body });
    expect(answer.json()).toEqual({ ...field, name: "New", allowedValues: ["a", "b"] });
    await api.call("DELETE", `/api/v1/fields/${field.id}`);
  });

  test.each<[string, unknown, string]>([
    ["without a key", { name: "x", type: "text" }, "key"],
    ["of an unknown type", { key: "x", name: "x", type: "colour" }, "type is not valid."],
    ["with a key that another has, in whatever letter case", { key: "POINTS", name: "x", type: "text" }, "is taken"],
    ["with a key that means something else", { key: "firstName", name: "x", type: "text" }, "something else"],
    ["that is a choice of nothing", { key: "x", name: "x", type: "choice" }, "allowedValues"],
    ["that is no object", [], "JSON object"],
  ])("%s is refused", async (_, body, sentence) => {
    const answer = await api.call("POST", "/api/v1/fields", { body });
    expect([answer.status, answer.text]).toEqual([400, expect.stringContaining(sentence)]);
  });

  test("that nobody knows is not found", async () => {
    for (const id of ["999999", "x", "0"])
      expect((await api.call("GET", `/api/v1/fields/${id}`)).text).toBe(`Field with id='${id}' not found`);
    expect((await api.call("DELETE", "/api/v1/fields/999999")).status).toBe(404);
  });
});

describe("a contact", () => {
  test("is given values by number and shows them as texts, in the order of the fields", async () => {
    const { id } = await add({
      externalCustomerId: "valued",
      fields: [
        { id: news.id, value: "yes" },
        { id: String(points.id), value: 12.5 },
        { id: birthday.id, value: "2001-02-28" },
        { id: tier.id, value: " Gold " },
      ],
    });
    expect(await fieldsOf(id)).toEqual([
      { id: points.id, value: "12.5" },
      { id: birthday.id, value: "2001-02-28" },
      { id: tier.id, value: "Gold" },
      { id: news.id, value: "true" },
    ]);
    const [found] = (await api.call("GET", "/api/v1/contacts?externalCustomerId=valued")).json() as {
      fields: unknown;
    }[];
    expect(found?.fields).toHaveLength(4);
  });

  test("keeps what a later call does not name or leaves blank", async () => {
    const { id } = await add({ externalCustomerId: "kept", fields: [{ id: points.id, value: "1" }] });
    await add({
      externalCustomerId: "kept",
      fields: [
        { id: points.id, value: " " },
        { id: tier.id, value: null },
      ],
    });
    await api.call("PUT", `/api/v1/contact/${id}`, { body: { fields: [{ id: tier.id, value: "Silver" }] } });
    expect(await fieldsOf(id)).toEqual([
      { id: points.id, value: "1" },
      { id: tier.id, value: "Silver" },
    ]);
    const again = await add({ externalCustomerId: "kept", fields: [{ id: points.id, value: "1.0" }] });
    expect(again).toMatchObject({ changed: false });
  });

  test("is refused as a whole for a field that does not exist or a value that does not fit", async () => {
    for (const [field, sentence] of [
      [{ id: 999_999, value: "x" }, "The additional field with id='999999' does not exist. (unknown_field)"],
      [
        { id: birthday.id, value: "tomorrow" },
        "The additional field 'birthday' takes a day like 2001-02-28. (invalid_field)",
      ],
    ] as const) {
      const answer = await api.call("POST", "/api/v1/contact", { body: { externalCustomerId: "no", fields: [field] } });
      expect([answer.status, answer.text]).toEqual([400, sentence]);
    }
    expect((await api.call("GET", "/api/v1/contacts?externalCustomerId=no")).json()).toEqual([]);
  });

  test("merged from two has the later value, whichever of them is asked", async () => {
    const { id: first } = await add({
      channels: { type: "sms", value: "380501110001" },
      fields: [
        { id: points.id, value: 1 },
        { id: tier.id, value: "Gold" },
      ],
    });
    await add({ channels: { type: "email", value: "merged@shop.example" }, fields: [{ id: points.id, value: 2 }] });
    const both = {
      channels: [
        { type: "email", value: "merged@shop.example" },
        { type: "sms", value: "380501110001" },
      ],
    };
    const { id } = await add({ externalCustomerId: "merged", ...both });
    expect(await fieldsOf(first)).toEqual([
      { id: points.id, value: "2" },
      { id: tier.id, value: "Gold" },
    ]);
    expect(await fieldsOf(id)).toEqual(await fieldsOf(first));
  });
});

describe("an app", () => {
  test("names fields by key; what does not fit is kept apart, the rest is stored", async () => {
    const fields = [
      { key: "points", value: "77" },
      { key: "birthday", value: "soon" },
      { key: "undefinedHere", value: "free" },
    ];
    const body = { deviceId: "app-1", externalUserId: "app-user", userAttributes: { firstName: "Ann", fields } };
    expect((await api.call("POST", "/api/v1/user", { body })).status).toBe(200);
    const [contact] = (await api.call("GET", "/api/v1/contacts?externalCustomerId=app-user")).json() as object[];
    expect(contact).toMatchObject({ firstName: "Ann", fields: [{ id: points.id, value: "77" }] });
    const [kept] = await api.db.query("SELECT attributes FROM contact WHERE external_customer_id = 'app-user'");
    expect(kept).toEqual({ attributes: { undefinedHere: "free" } });
    const rejected = await api.db.query("SELECT code, reason, message FROM rejected WHERE code = 'invalid_field'");
    expect(rejected).toEqual([
      {
        code: "invalid_field",
        reason: expect.stringContaining("takes a day"),
        message: { key: "birthday", value: "soon" },
      },
    ]);
  });
});

describe("an upload", () => {
  test("writes the fields that customFieldsIDs lists and no others", async () => {
    const contact = (value: number) => ({
      externalCustomerId: "listed",
      fields: [
        { id: points.id, value },
        { id: tier.id, value: "Gold" },
      ],
    });
    const status = await upload({ contacts: [contact(5)], customFieldsIDs: [String(points.id)] });
    const id = status.contacts[0]?.id ?? 0;
    expect(await fieldsOf(id)).toEqual([{ id: points.id, value: "5" }]);
    await upload({ contacts: [contact(6)] });
    await upload({ contacts: [{ externalCustomerId: "listed" }], customFieldsIDs: [points.id] });
    expect(await fieldsOf(id)).toEqual([{ id: points.id, value: "5" }]);
  });

  test("can tell contacts apart by a field, and gives the one found its external id", async () => {
    const { id } = await add({
      channels: { type: "email", value: "card@shop.example" },
      fields: [{ id: points.id, value: 4711 }],
    });
    const row = (externalCustomerId: string, value: number) => ({
      externalCustomerId,
      firstName: externalCustomerId,
      fields: [{ id: points.id, value }],
    });
    const contacts = [row("by-field", 4711), row("by-field-new", 4712), row("by-field-new-again", 4712)];
    const status = await upload({ dedupeOn: "fieldId", fieldId: points.id, contacts });
    expect(status.contacts.map(({ result }) => result)).toEqual(["updated", "created", "created"]);
    expect(status.contacts[0]?.id).toBe(id);
    expect(status.contacts[2]?.id).not.toBe(status.contacts[1]?.id);
  });

  test("82. leaves alone two contacts that share the value, and says so", async () => {
    const shared = (name: string) =>
      add({
        externalCustomerId: undefined,
        channels: { type: "email", value: `${name}@shop.example` },
        fields: [{ id: points.id, value: 99 }],
      });
    const ids = [(await shared("shared-a")).id, (await shared("shared-b")).id];
    const contact = { firstName: "Both?", channels: [], fields: [{ id: points.id, value: "99" }] };
    const status = await upload({ dedupeOn: "fieldId", fieldId: points.id, contacts: [contact] });
    expect(status.failedContacts).toEqual([{ index: 0, errorMessage: expect.stringContaining("(ambiguous)") }]);
    for (const id of ids) expect((await api.call("GET", `/api/v1/contact/${id}`)).text).not.toContain("Both?");
  });

  test.each<[string, object, string]>([
    ["lists a field that does not exist", { customFieldsIDs: [999_999] }, "id='999999' does not exist"],
    [
      "tells contacts apart by a field that does not exist",
      { dedupeOn: "fieldId", fieldId: 999_999 },
      "does not exist",
    ],
    ["tells contacts apart by a field and names none", { dedupeOn: "fieldId" }, "a fieldId is needed"],
  ])("that %s is refused", async (_, more, sentence) => {
    const body = { contacts: [{ externalCustomerId: "never" }], ...more };
    const answer = await api.call("POST", "/api/v1/contacts", { body });
    expect([answer.status, answer.text]).toEqual([400, expect.stringContaining(sentence)]);
  });

  test("refuses a row whose telling value is longer than 50 characters or whose value does not fit, and takes the others", async () => {
    const code = await made({ key: "code", name: "Code", type: "text" });
    const row = (value: string, more: object[] = []) => ({
      channels: { type: "email", value: `${value.slice(0, 9)}@shop.example` },
      fields: [{ id: code.id, value }, ...more],
    });
    const contacts = [row("short"), row("long".repeat(13)), row("bad-day", [{ id: birthday.id, value: "never" }])];
    const status = await upload({ dedupeOn: "fieldId", fieldId: code.id, contacts });
    expect(status.contacts).toMatchObject([{ index: 0, result: "created" }]);
    expect(status.failedContacts.map(({ index }) => index)).toEqual([1, 2]);
  });
});

test("a deleted field is gone from contacts at once, its values soon, and its key is free for another", async () => {
  const field = await made({ key: "passing", name: "Passing", type: "text" });
  const { id } = await add({ externalCustomerId: "passing", fields: [{ id: field.id, value: "secret" }] });
  expect(await countContactsWith(api.db, field.id)).toBe(1);
  const answer = await api.call("DELETE", `/api/v1/fields/${field.id}`);
  expect([answer.status, answer.text]).toEqual([200, `Field with id='${field.id}' has been deleted`]);
  expect(await fieldsOf(id)).toBeUndefined();
  await removeValuesOfDeletedFields({ db: api.db, clock: Date.now });
  const [row] = await api.db.query("SELECT fields, provenance::text AS said FROM contact WHERE contact_id = $1", [id]);
  expect(row).toEqual({ fields: {}, said: expect.not.stringContaining("fields.") });
  const next = await made({ key: "passing", name: "Passing", type: "number" });
  expect(next.id).not.toBe(field.id);
});

test("a field that something needs is not deleted, and the refusal names what needs it", async () => {
  const users = [() => Promise.resolve([{ kind: "segment", name: "Gold members", hinders: true } as const])];
  expect(await deleteField(api.db, { fieldId: tier.id, now: Date.now(), users })).toEqual({
    kind: "inUse",
    uses: [{ kind: "segment", name: "Gold members", hinders: true }],
  });
  expect((await api.call("GET", `/api/v1/fields/${tier.id}`)).status).toBe(200);
});

describe("in the admin", () => {
  test("a marketer adds, renames and deletes fields and sees who uses them; a viewer only looks", async () => {
    const world = await adminWorld();
    const marketer = await world.as("marketer");
    const body = { key: "points", name: "Points", type: "number" };
    const field = (await marketer.call("POST", "/fields", { body })).json() as Field;
    expect(field).toEqual({ ...body, id: field.id, contacts: 0, usedBy: [] });
    await world.db.query(
      `INSERT INTO contact (fields, contact_source, created_at, updated_at)
       VALUES (jsonb_build_object($1::text, 5), 'IMPORT', now(), now())`,
      [field.id],
    );
    const renamed = await marketer.call("PATCH", `/fields/${field.id}`, { body: { name: "Score" } });
    expect(renamed.json()).toMatchObject({ name: "Score", contacts: 1 });
    const viewer = await world.as("viewer");
    expect((await viewer.call("GET", "/fields")).json()).toMatchObject({ fields: [{ key: "points", contacts: 1 }] });
    expect((await viewer.call("DELETE", `/fields/${field.id}`)).status).toBe(403);
    expect((await marketer.call("GET", "/contacts/1")).json()).toMatchObject({
      fields: [{ name: "Score", value: "5" }],
    });
    expect((await marketer.call("POST", "/fields", { body })).json()).toMatchObject({ status: 400, code: "invalid" });
    expect((await marketer.call("DELETE", `/fields/${field.id}`)).status).toBe(204);
    expect((await marketer.call("GET", "/fields")).json()).toEqual({ fields: [] });
  });
});

import { beforeAll, describe, expect, test } from "vitest";
import type { Condition, ConditionGroup, Segment } from "../../src/contract/segments.ts";
import { adminWorld, type AdminBrowser, type AdminWorld } from "../support/admin-world.ts";
import { appendEvents, bareContact, bind } from "../support/history.ts";

let world: AdminWorld;
let admin: AdminBrowser;
beforeAll(async () => {
  world = await adminWorld();
  admin = await world.as("marketer");
});

const all = (...of: Condition[]): ConditionGroup => ({ kind: "all", of });
const noExternalId = all({ kind: "field", field: "externalCustomerId", operator: "empty" });

async function ask<T>(method: string, path: string, body?: unknown): Promise<T> {
  const answer = await admin.call(method, path, body === undefined ? {} : { body });
  expect([answer.status, answer.status < 300 ? "" : answer.text]).toEqual([answer.status === 204 ? 204 : 200, ""]);
  return (answer.status === 204 ? undefined : answer.json()) as T;
}

async function refused(method: string, path: string, body?: unknown): Promise<unknown> {
  const answer = await admin.call(method, path, body === undefined ? {} : { body });
  expect(answer.status).toBeGreaterThanOrEqual(400);
  return answer.json();
}

const make = (body: unknown) => ask<Segment>("POST", "/segments", body);

describe("a dynamic segment", () => {
  test("is named after its sentence unless it is told, and each name exists once", async () => {
    const first = await make({ condition: noExternalId });
    expect(first).toMatchObject({
      name: "External ID is empty",
      kind: "dynamic",
      sentence: { en: "Contacts where External ID is empty", uk: "Контакти, де External ID не заповнено" },
      condition: noExternalId,
      usedBy: [],
    });
    expect((await make({ condition: noExternalId })).name).toBe("External ID is empty (2)");
    expect((await make({ condition: noExternalId, language: "uk" })).name).toBe("External ID не заповнено");
    expect(
      await refused("POST", "/segments", { name: " External ID is empty ", condition: noExternalId }),
    ).toMatchObject({
      status: 400,
      detail: "Another segment has this name. Choose another name.",
      errors: [{ path: "body/name" }],
    });
  });

  test("is tried out before it is made: counted, and the newest ten shown", async () => {
    const before = await ask<{ total: number }>("POST", "/segments/trial", { condition: noExternalId });
    const made: number[] = [];
    for (let index = 0; index < 12; index += 1) made.push(await bareContact(world.db));
    const trial = await ask<{ total: number; contacts: { id: number }[]; asOf: number }>("POST", "/segments/trial", {
      condition: noExternalId,
    });
    expect(trial.total).toBe(before.total + 12);
    expect(trial.contacts.map(({ id }) => id)).toEqual(made.reverse().slice(0, 10));
    expect(trial.asOf).toBeGreaterThan(0);
  });

  test("shows its members page by page, newest first, with their whole number", async () => {
    const { id } = await make({ name: "Paged", condition: noExternalId });
    for (let index = 0; index < 30; index += 1) await bareContact(world.db);
    type Page = { contacts: { id: number }[]; total: number; next: string | null };
    const first = await ask<Page>("GET", `/segments/${id}/members`);
    const second = await ask<Page>("GET", `/segments/${id}/members?after=${first.next ?? ""}`);
    const ids = [...first.contacts, ...second.contacts].map((contact) => contact.id);
    expect(ids).toEqual([...new Set(ids)].sort((a, b) => b - a));
    expect(first.contacts).toHaveLength(25);
    expect(second.total).toBe(first.total);
    expect(ids.length).toBe(Math.min(first.total, 50));
    expect(await ask("GET", `/segments/${id}/size`)).toMatchObject({ total: first.total });
    expect(await refused("GET", `/segments/${id}/members?after=x`)).toMatchObject({ code: "bad_cursor" });
  });

  test("can be renamed and asked something else; who is in it follows at once", async () => {
    const { id } = await make({ name: "To be changed", condition: noExternalId });
    const changed = await ask<Segment>("PATCH", `/segments/${id}`, {
      name: "Townspeople",
      condition: all({ kind: "field", field: "town", operator: "is", values: [" Nowhere "] }),
    });
    expect(changed).toMatchObject({
      name: "Townspeople",
      sentence: { en: "Contacts where town is “Nowhere”" },
      condition: { of: [{ values: ["Nowhere"] }] },
    });
    const contact = await bareContact(world.db);
    expect(await ask("GET", `/segments/${id}/size`)).toMatchObject({ total: 0 });
    await world.db.query("UPDATE contact SET town = 'NOWHERE' WHERE contact_id = $1", [contact]);
    expect(await ask("GET", `/segments/${id}/size`)).toMatchObject({ total: 1 });
    await ask("DELETE", `/segments/${id}`);
    expect(await refused("GET", `/segments/${id}`)).toMatchObject({ code: "unknown_segment" });
  });

  test("says of a contact which of its conditions hold, and which do not", async () => {
    const { id } = await make({
      name: "Explained",
      condition: all(
        { kind: "field", field: "externalCustomerId", operator: "empty" },
        {
          kind: "none",
          of: [
            { kind: "field", field: "email", operator: "notEmpty" },
            { kind: "event", event: "Added to cart", operator: "atLeast", times: 2, days: 30 },
          ],
        },
      ),
    });
    const contactId = await bareContact(world.db);
    expect(await ask("GET", `/segments/${id}/members/${contactId}`)).toMatchObject({ isMember: true });
    await bind(world.db, { sourceId: "cart-visitor-0001", contactId, boundAt: Date.now() });
    await appendEvents(
      world.db,
      [1, 2].map((n) => ({ sourceId: "cart-visitor-0001", at: Date.now() - n, name: "Added to cart" })),
    );
    expect(await ask("GET", `/segments/${id}/members/${contactId}`)).toEqual({
      contactId,
      isMember: false,
      isLive: true,
      lines: [
        { depth: 0, group: "all", words: { en: "all of these", uk: "усе з цього" }, holds: false },
        { depth: 1, group: null, words: { en: "External ID is empty", uk: "External ID не заповнено" }, holds: true },
        { depth: 1, group: "none", words: { en: "none of these", uk: "нічого з цього" }, holds: false },
        { depth: 2, group: null, words: { en: "email is not empty", uk: "email заповнено" }, holds: false },
        {
          depth: 2,
          group: null,
          words: {
            en: "“Added to cart” happened at least 2 times in the last 30 days",
            uk: "подія «Added to cart» сталася щонайменше 2 рази за останні 30 днів",
          },
          holds: true,
        },
      ],
    });
    expect(await refused("GET", `/segments/${id}/members/999999`)).toMatchObject({ status: 404 });
  });
});

describe("a list", () => {
  test("takes and loses contacts, once each; those merged into another count for it", async () => {
    const { id } = await make({ name: "Testers" });
    const [one, other] = [await bareContact(world.db), await bareContact(world.db)];
    const gone = await bareContact(world.db, { status: "deleted" });
    const loser = await bareContact(world.db, { status: "merged", mergedInto: other });
    expect(await ask("POST", `/segments/${id}/members`, { contactIds: [one, one, gone, loser] })).toEqual({ added: 2 });
    expect(await ask("POST", `/segments/${id}/members`, { contactIds: [one] })).toEqual({ added: 0 });
    expect(await ask("GET", `/segments/${id}/members`)).toMatchObject({
      contacts: [{ id: other }, { id: one }],
      total: 2,
    });
    expect(await ask("GET", `/contacts/${loser}/segments`)).toMatchObject({
      segments: expect.arrayContaining([expect.objectContaining({ id, name: "Testers", kind: "list" })]) as unknown,
    });
    await ask("DELETE", `/segments/${id}/members/${one}`);
    expect(await ask("GET", `/segments/${id}/size`)).toMatchObject({ total: 1 });
    expect(await ask("GET", `/segments/${id}/members/${one}`)).toEqual({
      contactId: one,
      isMember: false,
      isLive: true,
      lines: [],
    });
  });

  test("that conditions ask for is not deleted: it says whose, and can be deleted after them", async () => {
    const list = await make({ name: "Asked for" });
    const user = await make({ condition: all({ kind: "field", field: "list", operator: "isNot", values: [list.id] }) });
    expect(user.name).toBe("Lists do not include “Asked for”");
    expect(await ask("GET", `/segments/${list.id}`)).toMatchObject({ usedBy: [{ id: user.id, name: user.name }] });
    expect(await refused("DELETE", `/segments/${list.id}`)).toMatchObject({
      code: "in_use",
      detail: "This list is used by the conditions of “Lists do not include “Asked for””. Change those first.",
    });
    await ask("DELETE", `/segments/${user.id}`);
    await ask("DELETE", `/segments/${list.id}`);
  });

  test("needs a name, has no conditions, and a dynamic segment takes nobody by hand", async () => {
    expect(await refused("POST", "/segments", { name: "  " })).toMatchObject({ detail: "A segment needs a name." });
    const { id } = await make({ name: "Just a list" });
    expect(await refused("PATCH", `/segments/${id}`, { condition: noExternalId })).toMatchObject({
      detail: "A list has no conditions.",
    });
    const dynamic = await make({ name: "Nobody by hand", condition: noExternalId });
    const body = { contactIds: [await bareContact(world.db)] };
    expect(await refused("POST", `/segments/${dynamic.id}/members`, body)).toMatchObject({ code: "dynamic_segment" });
    expect(await refused("POST", "/segments/999999/members", body)).toMatchObject({ code: "unknown_segment" });
    expect(await refused("DELETE", `/segments/${dynamic.id}/members/1`)).toMatchObject({ status: 409 });
  });
});

test("the catalogue offers “is empty” and “is not empty” for every field, in words of both languages", async () => {
  const catalogue = await ask<{
    fields: { name: string; kind: string; operators: string[]; label: object }[];
    operators: Record<string, Record<string, { en: string; uk: string }>>;
    events: string[];
  }>("GET", "/segments/catalogue");
  expect(catalogue.fields.length).toBeGreaterThan(15);
  for (const { operators, kind } of catalogue.fields) {
    expect(operators).toEqual(expect.arrayContaining(["empty", "notEmpty"]));
    for (const operator of operators)
      for (const word of Object.values(catalogue.operators[kind]?.[operator] ?? { en: "", uk: "" }))
        expect(word).not.toBe("");
  }
  expect(catalogue.events).toContain("Added to cart");
  expect(await ask("GET", "/segments/suggestions?field=town")).toEqual({ values: ["NOWHERE"] });
  // Addresses and ids of people are nothing to suggest.
  expect(await ask("GET", "/segments/suggestions?field=email")).toEqual({ values: [] });
});

const broken: readonly (readonly [string, unknown, string, string])[] = [
  ["no tree", null, "", "The conditions have to be a group: all, any or none of a list."],
  ["an empty group", { kind: "all", of: [] }, "", "A group needs at least one condition."],
  ["a group of an unknown kind", all({ kind: "xor", of: [] } as never), ".of.0", "A condition has to be of the kind"],
  ["an unknown field", all(field("password", "empty")), ".of.0.field", "There is no field “password”."],
  ["code as a field", all(field("1=1; DROP TABLE contact", "empty")), ".of.0.field", "There is no field"],
  ["an operator of another kind", all(field("town", "inLast", 7)), ".of.0.operator", "“inLast” does not go with town"],
  ["a missing value", all(field("town", "is", "  ")), ".of.0.values", "town: a value is missing."],
  ["a value too many", all(field("town", "empty", "x")), ".of.0.values", "town: this takes no value."],
  ["a number for a text", all(field("town", "is", 5)), ".of.0.values", "town: this takes text."],
  ["days that are none", all(field("createdAt", "inLast", 0.5)), ".of.0.values", "a whole number of days"],
  ["a day of no calendar", all(field("createdAt", "on", "2026-02-30")), ".of.0.values", "one day, like 2026-11-25"],
  ["a status there is not", all(field("emailStatus", "is", "dead")), ".of.0.values", "“dead” is none of its values."],
  ["a list there is not", all(field("list", "is", 424_242)), ".of.0.values", "“424242” is none of its values."],
  ["a phone without digits", all(field("phone", "is", "home")), ".of.0.values", "a phone has digits."],
  [
    "no times",
    all({ kind: "event", event: "page", operator: "atLeast", times: 0 }),
    ".of.0",
    "The condition is not whole: times",
  ],
  [
    "an event without a name",
    all({ kind: "event", event: " ", operator: "atLeast", times: 1 }),
    ".of.0.event",
    "name is missing",
  ],
  [
    "a group too deep",
    all(all(all(all(all(field("town", "empty")))))),
    ".of.0.of.0.of.0.of.0",
    "Groups can be 4 deep at most.",
  ],
  [
    "too many conditions",
    all(...Array.from({ length: 51 }, () => field("town", "empty"))),
    "",
    "at most 50 conditions",
  ],
];

function field(name: string, operator: string, ...values: (string | number)[]): Condition {
  return { kind: "field", field: name, operator, ...(values.length > 0 && { values }) } as Condition;
}

test.each(broken)("%s is refused with a sentence and its place", async (_what, condition, place, words) => {
  for (const path of ["/segments", "/segments/trial"]) {
    const answer = (await refused("POST", path, { condition })) as {
      status: number;
      errors: { path: string; message: string }[];
    };
    expect(answer.status).toBe(400);
    expect(answer.errors.map(({ path }) => path)).toContain(`body/condition${place}`);
    expect(answer.errors.map(({ message }) => message).join(" ")).toContain(words);
  }
});

test("half a character is refused with a sentence, wherever it stands", async () => {
  for (const path of ["/segments", "/segments/trial"]) {
    const answer = await refused("POST", path, { condition: all(field("town", "is", "\ud800")) });
    expect(answer).toMatchObject({ status: 400, detail: expect.stringContaining("half of a pair") as unknown });
  }
});

test("what is typed is always a value, never part of the statement", async () => {
  const hostile = [
    "'; DROP TABLE contact; --",
    "$1",
    "\\",
    "%",
    "_",
    '"',
    "{clause}",
    "{v}",
    "</script><script>alert(1)</script>",
  ];
  for (const operator of ["is", "contains", "startsWith", "endsWith"] as const) {
    const trial = await ask<{ total: number }>("POST", "/segments/trial", {
      condition: all({ kind: "field", field: "firstName", operator, values: hostile }),
    });
    expect(trial.total).toBe(0);
  }
  const trial = await ask<{ sentence: { en: string } }>("POST", "/segments/trial", {
    condition: all(field("firstName", "is", "{clause} {f} {v}")),
  });
  expect(trial.sentence.en).toBe("Contacts where first name is “{clause} {f} {v}”");
});

import { beforeAll, describe, expect, test } from "vitest";
import type { ContactId } from "../../src/contract/identifiers.ts";
import { readContact, readTimeline } from "../../src/server/contacts/index.ts";
import { contactApi, type ContactApi } from "../support/contact-api.ts";
import { appendEvents } from "../support/history.ts";
import type { Received } from "../support/http.ts";

let api: ContactApi;
beforeAll(async () => {
  api = await contactApi();
});

const add = (body: unknown): Promise<Received> => api.call("POST", "/api/v1/contact", { body });
const email = (value: string) => ({ type: "email", value });
const sms = (value: string) => ({ type: "sms", value });

async function idOf(body: unknown): Promise<ContactId> {
  const answer = await add(body);
  expect([answer.status, answer.text]).toEqual([200, expect.stringMatching(/^\{"id":\d+/)]);
  return (answer.json() as { id: ContactId }).id;
}

async function cardOf(id: ContactId) {
  const lookup = await readContact(api.db, id);
  if (lookup.kind !== "found") throw new Error(`Contact ${id} is ${lookup.kind}.`);
  return lookup.card;
}

describe("a contact that is added", () => {
  test("answers its id and nothing else, and has what was said, confirmed", async () => {
    const answer = await add({
      externalCustomerId: "new-1",
      firstName: "Олена",
      lastName: "Петренко",
      channels: [email("New-1@Shop.example"), sms("380942583691")],
      address: { region: "Київ", town: "Київ", address: "Хрещатик 1", postcode: "01001", countryCode: "ua" },
      languageCode: "uk",
      timeZone: "Europe/Kyiv",
    });

    expect(answer.status).toBe(200);
    expect(answer.text).toMatch(/^\{"id":\d+\}$/);
    expect(answer.headers["content-type"]).toBe("application/json;charset=UTF-8");
    const card = await cardOf((answer.json() as { id: ContactId }).id);
    expect(card).toMatchObject({
      externalCustomerId: "new-1",
      firstName: "Олена",
      lastName: "Петренко",
      region: "Київ",
      countryCode: "UA",
      languageCode: "uk",
      timeZone: "Europe/Kyiv",
      contactSource: "Add contact API method",
    });
    expect(card.channels.map(({ type, value, status }) => [type, value, status])).toEqual([
      ["email", "New-1@Shop.example", "confirmed"],
      ["sms", "380942583691", "confirmed"],
    ]);
    expect(card.identifiers.map(({ kind, value, proof }) => [kind, value, proof])).toEqual([
      ["external", "new-1", "server"],
      ["email", "new-1@shop.example", "server"],
      ["phone", "+380942583691", "server"],
    ]);
  });

  test("a second time is updated: same id, how it was found, and that nothing changed", async () => {
    const person = { externalCustomerId: "twice", firstName: "Ada", channels: [email("twice@shop.example")] };
    const id = await idOf(person);

    expect((await add(person)).json()).toEqual({ id, matchedBy: "externalCustomerId", changed: false });
    expect((await add({ ...person, firstName: "Grace" })).json()).toEqual({ id, matchedBy: "externalCustomerId" });
    expect((await cardOf(id)).firstName).toBe("Grace");
  });

  test("is found by external id, then email, then phone", async () => {
    const id = await idOf({ channels: [email("order@shop.example"), sms("+380441112233")] });

    expect((await add({ channels: [sms("38 (044) 111-22-33")] })).json()).toMatchObject({ id, matchedBy: "phone" });
    expect((await add({ channels: email("ORDER@shop.example") })).json()).toMatchObject({ id, matchedBy: "email" });
    // Newsletter first, registration later.
    expect((await add({ externalCustomerId: "order-1", channels: [email("order@shop.example")] })).json()).toEqual({
      id,
      matchedBy: "email",
    });
    expect((await add({ externalCustomerId: "order-1" })).json()).toMatchObject({
      id,
      matchedBy: "externalCustomerId",
    });
  });

  test("keeps an address that another person holds as a channel, and says whose it is", async () => {
    const holder = await idOf({ externalCustomerId: "holder", channels: [email("shared@shop.example")] });

    const answer = (await add({ externalCustomerId: "other", channels: [email("shared@shop.example")] })).json();

    expect(answer).toEqual({
      id: expect.any(Number) as number,
      warnings: [{ code: "email_in_use", field: "email", heldBy: holder }],
    });
    expect((await cardOf((answer as { id: ContactId }).id)).channels.map(({ value }) => value)).toEqual([
      "shared@shop.example",
    ]);
  });

  test("comes back when it was deleted, with its id", async () => {
    const id = await idOf({ externalCustomerId: "back", firstName: "Ada" });
    await api.call("DELETE", `/api/v1/contact/${id}`);

    expect((await add({ externalCustomerId: "back" })).json()).toMatchObject({ id, restored: true });
    expect((await cardOf(id)).firstName).toBe("Ada");
  });

  test("merges who turns out to be the same person, and says so", async () => {
    const loser = await idOf({ channels: [email("merge@shop.example")] });
    const winner = await idOf({ externalCustomerId: "merge" });

    const answer = await add({ externalCustomerId: "merge", channels: [email("merge@shop.example")] });

    expect(answer.json()).toMatchObject({ id: winner, merged: [loser] });
  });
});

describe("registering with the cookie", () => {
  test("brings everything that browser did before into the timeline, in order", async () => {
    const visitorId = "V1StGXR8_Z5jdHi6B-myT";
    const start = Date.now() - 600_000;
    const pages = ["home", "category", "product", "product-2", "cart", "checkout"];
    await appendEvents(
      api.db,
      pages.map((name, index) => ({ sourceId: visitorId, at: start + index * 1_000, name })),
    );

    const id = await idOf({
      externalCustomerId: "registered",
      channels: [email("registered@shop.example")],
      visitorId,
    });
    await appendEvents(api.db, [{ sourceId: visitorId, at: Date.now() + 1_000, name: "after" }]);

    const { entries, landmarks } = await readTimeline(api.db, { contactId: id, limit: 50 });
    expect(entries.map((entry) => [entry.name, entry.beforeIdentification])).toEqual([
      ["after", false],
      ...[...pages].reverse().map((name) => [name, true]),
    ]);
    expect(landmarks.map(({ earlierEvents, source }) => [source.id, earlierEvents])).toEqual([[visitorId, 6]]);
  });

  test.each([
    ["a list", { visitorId: ["list-browser-1", "list-browser-2"] }, ["list-browser-1", "list-browser-2"]],
    ["the name webId", { webId: "B1D5E1A0-0000-4000-8000-00000000BEEF" }, ["B1D5E1A0-0000-4000-8000-00000000BEEF"]],
    ["an empty one", { visitorId: " " }, []],
    ["null", { visitorId: null }, []],
  ])("takes the cookie as %s", async (_what, cookie, bound) => {
    const id = await idOf({ externalCustomerId: `cookie-${bound.join()}-${String(Math.random())}`, ...cookie });

    expect((await cardOf(id)).bindings.map(({ source }) => source.id).sort()).toEqual(bound);
  });

  test("refuses what no cookie can be, and writes nothing", async () => {
    const answer = await add({ externalCustomerId: "forged", visitorId: "no;cookie" });

    expect([answer.status, answer.text]).toEqual([400, expect.stringContaining("invalid_visitor_id")]);
    expect((await api.call("GET", "/api/v1/contacts?externalCustomerId=forged")).json()).toEqual([]);
  });
});

describe("tolerance", () => {
  test("one channel may stand without a list", async () => {
    const id = await idOf({ channels: email("object@shop.example") });
    expect((await cardOf(id)).channels).toHaveLength(1);
  });

  test("null and blank members are absent and overwrite nothing", async () => {
    const id = await idOf({
      externalCustomerId: "blank",
      firstName: "Ada",
      address: { town: "London" },
      channels: [email("blank@shop.example")],
    });

    const answer = await add({
      externalCustomerId: "blank",
      firstName: "",
      lastName: " ",
      address: { town: "", region: null },
      channels: [sms(" "), { type: "email", value: null }, null],
      fields: null,
      groups: null,
      addressBookId: "8585",
      languageCode: null,
    });

    expect(answer.json()).toEqual({ id, matchedBy: "externalCustomerId", changed: false });
    expect(await cardOf(id)).toMatchObject({ firstName: "Ada", town: "London", lastName: null });
  });

  test("a numeric external id is its decimal string", async () => {
    const id = await idOf({ externalCustomerId: 4242 });
    expect((await add({ externalCustomerId: "4242" })).json()).toMatchObject({ id });
  });

  test("a number too large to be exact is refused", async () => {
    const answer = await add('{"externalCustomerId":9007199254740993}');
    expect([answer.status, answer.text]).toEqual([400, expect.stringContaining("externalCustomerId")]);
  });

  test("an id as a string is the id", async () => {
    const id = await idOf({ externalCustomerId: "by-id" });
    expect((await add({ id: ` ${id} `, firstName: "Ada" })).json()).toMatchObject({ id });
    expect((await cardOf(id)).firstName).toBe("Ada");
  });

  test("unknown members are ignored", async () => {
    const id = await idOf({ externalCustomerId: "unknown-members", favouriteColour: "red", __proto__: { x: 1 } });
    expect((await cardOf(id)).attributes).toEqual({});
  });

  test("a placeholder is no identifier, and a warning says so", async () => {
    const answer = await add({ externalCustomerId: "null", channels: [email("placeholder@shop.example")] });
    expect(answer.json()).toEqual({
      id: expect.any(Number) as number,
      warnings: [{ code: "blocked_identifier", field: "externalCustomerId" }],
    });
  });

  test.each(["/api/v1/contact/", "/api/v1/contact"])("the address %s is the same", async (path) => {
    expect((await api.call("POST", path, { body: { externalCustomerId: "slash" } })).status).toBe(200);
  });

  test("a missing type is taken as JSON, and so is one with a charset", async () => {
    for (const type of ["", "application/json; charset=utf-8", "application/json;charset=UTF-8"]) {
      const answer = await api.call("POST", "/api/v1/contact", {
        body: { externalCustomerId: "typed" },
        headers: { "content-type": type },
      });
      expect(answer.status).toBe(200);
    }
  });

  test("push tokens and Viber are kept and are no keys", async () => {
    const device = { appId: "3fa85f64-5717-4562-b3fc-2c963f66afa6", os: "Android", active: true };
    const id = await idOf({
      externalCustomerId: "push",
      channels: [
        { type: "mobilepush", value: "token-1", device },
        { type: "viber", value: "380942583699" },
      ],
    });
    const card = await cardOf(id);
    expect(card.channels.map(({ type, value }) => [type, value])).toEqual([
      ["viber", "380942583699"],
      ["mobilepush", "token-1"],
    ]);
    expect(card.identifiers.map(({ kind }) => kind)).toEqual(["external"]);
  });
});

describe("nonsense gets a sentence", () => {
  test.each<[string, unknown, number, string]>([
    ["not JSON", "{", 400, "The body is not valid JSON."],
    ["a member named twice", '{"firstName":"a","firstName":"b"}', 400, '"firstName" twice'],
    [
      "a member named twice further in",
      '{"channels":[{"type":"email","value":"a@b.example","va\\u006cue":"c@d.example"}]}',
      400,
      '"value" twice',
    ],
    ["a list", [], 400, "has to be a JSON object"],
    ["nobody", { firstName: "Ada" }, 400, "(no_identifier)"],
    ["only placeholders", { externalCustomerId: "0" }, 400, "(no_identifier)"],
    ["an email without @", { channels: [email("nonsense")] }, 400, "(invalid_email)"],
    ["an impossible phone", { channels: [sms("+380 94 258 36 91 11 11")] }, 400, "(invalid_phone)"],
    ["two emails", { channels: [email("a@shop.example"), email("b@shop.example")] }, 400, "two emails"],
    ["an unknown channel", { channels: [{ type: "telegram", value: "x" }] }, 400, "channels"],
    ["a name of 101 characters", { externalCustomerId: "x", firstName: "a".repeat(101) }, 400, "firstName"],
    ["a control character in a name", { externalCustomerId: "x", lastName: "a\u0007b" }, 400, "lastName"],
    ["the character zero", { externalCustomerId: "x", lastName: "a\u0000b" }, 400, "U+0000"],
    ["half a pair", '{"externalCustomerId":"x\\ud83d"}', 400, "half of a pair"],
    ["a country of three letters", { externalCustomerId: "x", address: { countryCode: "UKR" } }, 400, "countryCode"],
    ["an unknown time zone", { externalCustomerId: "x", timeZone: "Kyiv/Europe" }, 400, "timeZone"],
    [
      "an additional field that does not exist",
      { externalCustomerId: "x", fields: [{ id: "7", value: "y" }] },
      400,
      "id='7'",
    ],
    ["an id that nobody has", { id: 999_999, firstName: "Ada" }, 404, "Contact with id='999999' not found"],
  ])("%s", async (_what, body, status, sentence) => {
    const answer = await add(body);

    expect([answer.status, answer.text]).toEqual([status, expect.stringContaining(sentence)]);
    expect(answer.headers["content-type"]).toMatch(/^text\/plain/);
    expect(answer.headers["x-content-type-options"]).toBe("nosniff");
  });

  test("the external id of a contact cannot be changed", async () => {
    const id = await idOf({ externalCustomerId: "immutable" });
    await idOf({ externalCustomerId: "taken" });

    const changed = await add({ id, externalCustomerId: "another" });
    expect([changed.status, changed.text]).toEqual([
      409,
      "externalCustomerId can't be changed (external_id_immutable)",
    ]);
    const taken = await add({ id, externalCustomerId: "taken" });
    expect([taken.status, taken.text]).toEqual([
      409,
      "externalCustomerId is already used by another contact (identifier_mismatch)",
    ]);
  });

  test("another media type is a 415, more than 256 KB a 413, another method a 405", async () => {
    const form = await api.call("POST", "/api/v1/contact", {
      body: "a=b",
      headers: { "content-type": "application/x-www-form-urlencoded" },
    });
    expect(form.status).toBe(415);
    expect((await add({ externalCustomerId: "x", junk: "x".repeat(256 * 1024) })).status).toBe(413);
    const patched = await api.call("PATCH", "/api/v1/contact", { body: {} });
    expect([patched.status, patched.headers.allow]).toEqual([405, "POST, DELETE"]);
  });

  test("an address of the API that does not exist is a 404 in one sentence", async () => {
    const answer = await api.call("GET", "/api/v1/balance");
    expect([answer.status, answer.text]).toEqual([404, expect.stringContaining("not found")]);
    expect(answer.headers["content-type"]).toMatch(/^text\/plain/);
  });
});

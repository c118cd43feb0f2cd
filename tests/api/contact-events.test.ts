import { beforeAll, describe, expect, test } from "vitest";
import type { ContactId } from "../../src/contract/identifiers.ts";
import { readTimeline } from "../../src/server/contacts/index.ts";
import { contactApi, type ContactApi } from "../support/contact-api.ts";

let api: ContactApi;
let id: ContactId;
beforeAll(async () => {
  api = await contactApi();
  const channels = [
    { type: "email", value: "events@shop.example" },
    { type: "sms", value: "380942583670" },
    { type: "mobilepush", value: "push-token" },
  ];
  const answer = await api.call("POST", "/api/v1/contact", { body: { externalCustomerId: "events", channels } });
  id = (answer.json() as { id: ContactId }).id;
});

const post = (body: unknown, path = "/api/v1/event") => api.call("POST", path, { body });
const param = (name: string, value: unknown) => ({ name, value });
async function eventsNamed(name: string) {
  const { entries } = await readTimeline(api.db, { contactId: id, limit: 200 });
  return entries.filter((entry) => entry.name === name);
}

describe("an event of a back end", () => {
  test.each<[string, object]>([
    ["contactId", { params: [{ name: "contactId", value: "%id" }] }],
    ["externalCustomerId", { params: [param("externalCustomerId", "events")] }],
    ["email", { params: [param("email", "EVENTS@shop.example")] }],
    ["phone", { params: [param("phone", "+380942583670")] }],
    ["pushToken", { params: [param("pushToken", "push-token")] }],
    ["a key that is an email", { keyValue: "events@shop.example" }],
    ["a key that is a phone", { keyValue: "380942583670" }],
    [
      "the next one when the external id is blank",
      { params: [param("externalCustomerId", "null"), param("email", "events@shop.example")] },
    ],
  ])("finds its contact by %s and answers nothing but 200", async (how, body) => {
    const text = JSON.stringify({ eventTypeKey: `by ${how}`, ...body }).replace("%id", String(id));
    const answer = await post(text);
    expect([answer.status, answer.text]).toEqual([200, ""]);
    expect(await eventsNamed(`by ${how}`)).toHaveLength(1);
  });

  test("keeps its params, its time and its key, and not where the person was", async () => {
    await post({
      eventTypeKey: "order",
      keyValue: "A-17",
      occurred: "2026-06-16T11:40:31.5+02:00",
      params: [
        param("externalCustomerId", "events"),
        param("total", "153 USD"),
        param("ip", "203.0.113.7"),
        param("note", ""),
      ],
    });
    expect(await eventsNamed("order")).toMatchObject([
      {
        occurredAt: Date.UTC(2026, 5, 16, 9, 40, 31, 500),
        properties: { externalCustomerId: "events", total: "153 USD", note: "" },
        source: { kind: "contact", id: String(id) },
        trust: "server",
      },
    ]);
    expect((await eventsNamed("order"))[0]?.properties).not.toHaveProperty("ip");
  });

  test("of version 2 may hold structures; of version 1 not", async () => {
    const body = { eventTypeKey: "cart", params: [param("email", "events@shop.example"), param("items", [{ id: 1 }])] };
    expect((await post(body)).status).toBe(400);
    expect((await post(body, "/api/v2/event/")).status).toBe(200);
    expect((await eventsNamed("cart"))[0]?.properties).toMatchObject({ items: [{ id: 1 }] });
  });

  test("that is equal to another is another, unless both have one eventId", async () => {
    const body = { eventTypeKey: "twice", params: [param("externalCustomerId", "events")] };
    await post(body);
    await post(body);
    expect(await eventsNamed("twice")).toHaveLength(2);
    await post({ ...body, eventTypeKey: "once", eventId: "e-1", occurred: "2026-06-16" });
    await post({ ...body, eventTypeKey: "once", eventId: "e-1", occurred: "2026-06-16" });
    expect(await eventsNamed("once")).toHaveLength(1);
  });

  test("that names nobody is a 400, makes nobody, and is kept apart with the reason", async () => {
    const answer = await post({ eventTypeKey: "lost", params: [param("externalCustomerId", "stranger")] });
    expect([answer.status, answer.text]).toEqual([400, "Contact not found"]);
    expect((await api.call("GET", "/api/v1/contacts?externalCustomerId=stranger")).json()).toEqual([]);
    expect(await api.db.query("SELECT code, message->>'name' AS name FROM rejected")).toEqual([
      { code: "unknown_contact", name: "lost" },
    ]);
  });

  test("of a deleted contact does not restore it, and shows after a restore", async () => {
    const body = { externalCustomerId: "restored" };
    const { id: deleted } = (await api.call("POST", "/api/v1/contact", { body })).json() as { id: ContactId };
    await api.call("DELETE", `/api/v1/contact/${deleted}`);
    expect((await post({ eventTypeKey: "meanwhile", params: [param("externalCustomerId", "restored")] })).status).toBe(
      200,
    );
    expect((await api.call("GET", `/api/v1/contact/${deleted}`)).status).toBe(410);

    await api.call("POST", "/api/v1/contact", { body });
    const { entries } = await readTimeline(api.db, { contactId: deleted, limit: 10 });
    expect(entries.map(({ name }) => name)).toEqual(["meanwhile"]);
  });

  test.each<[string, unknown, string]>([
    ["without a type", { keyValue: "events@shop.example" }, "eventTypeKey"],
    ["with a blank type", { eventTypeKey: " ", keyValue: "events@shop.example" }, "eventTypeKey"],
    ["with a type of 101 characters", { eventTypeKey: "a".repeat(101), keyValue: "x" }, "eventTypeKey"],
    ["with a forbidden sign in its type", { eventTypeKey: "a|b", keyValue: "events@shop.example" }, "eventTypeKey"],
    ["with a forbidden sign in its key", { eventTypeKey: "a", keyValue: "x?y" }, "keyValue"],
    ["that names nobody at all", { eventTypeKey: "a", keyValue: "A-17" }, "params has to name a contact"],
    [
      "with a parameter twice",
      { eventTypeKey: "a", params: [param("email", "a@b.example"), param("email", "x")] },
      "twice",
    ],
    [
      "with a day that no calendar has",
      { eventTypeKey: "a", keyValue: "events@shop.example", occurred: "2026-02-30" },
      "occurred",
    ],
  ])("%s gets a sentence", async (_what, body, words) => {
    const answer = await post(body);
    expect([answer.status, answer.text]).toEqual([400, expect.stringContaining(words)]);
  });

  test("larger than 20 KB is a 413", async () => {
    expect((await post({ eventTypeKey: "big", params: [param("x", "y".repeat(20 * 1024))] })).status).toBe(413);
  });
});

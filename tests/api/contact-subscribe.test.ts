import { beforeAll, describe, expect, test } from "vitest";
import type { ContactId } from "../../src/contract/identifiers.ts";
import { readContact, readTimeline } from "../../src/server/contacts/index.ts";
import { contactApi, type ContactApi } from "../support/contact-api.ts";
import { appendEvents } from "../support/history.ts";

let api: ContactApi;
beforeAll(async () => {
  api = await contactApi();
  await api.db.query("INSERT INTO site (site_key, name) VALUES ('shop-key', 'Shop')");
});

const subscribe = (body: unknown) => api.call("POST", "/api/v1/contact/subscribe", { body });
const email = (value: string) => ({ type: "email", value });

async function idOf(body: unknown): Promise<ContactId> {
  const answer = await subscribe(body);
  expect([answer.status, answer.text]).toEqual([200, expect.stringMatching(/^\{"id":\d+/)]);
  return (answer.json() as { id: ContactId }).id;
}
async function cardOf(id: ContactId) {
  const lookup = await readContact(api.db, id);
  if (lookup.kind !== "found") throw new Error(`Contact ${id} is ${lookup.kind}.`);
  return lookup.card;
}
async function eventsOf(contactId: ContactId) {
  const { entries } = await readTimeline(api.db, { contactId, limit: 50 });
  return entries.filter(({ source }) => source.kind === "contact").map(({ name, properties }) => [name, properties]);
}
async function lettersTo(address: string): Promise<number> {
  const rows = await api.db.query<{ letters: number }>(
    `SELECT (SELECT count(*) FROM mail_outbox WHERE recipient = $1) + (SELECT count(*) FROM captured_mail WHERE recipient = $1)
       AS letters`,
    [address],
  );
  return rows[0]?.letters ?? 0;
}
async function groupsOf(id: ContactId): Promise<unknown> {
  return ((await api.call("GET", `/api/v1/contact/${id}`)).json() as { groups?: unknown }).groups;
}

describe("a back end's sign-up", () => {
  test("makes an unconfirmed contact, notes the event and sends one question by mail", async () => {
    const answer = await subscribe({
      contact: { firstName: "Ada", channels: [email("Ada@news.example")] },
      groups: ["News", "VIP"],
      subscriptions: ["weekly"],
      formType: "footer",
    });

    expect(answer.text).toMatch(/^\{"id":\d+\}$/);
    const { id } = answer.json() as { id: ContactId };
    const card = await cardOf(id);
    expect(card).toMatchObject({ firstName: "Ada", contactSource: "SUBSCRIPTION" });
    expect(card.channels.map(({ value, status }) => [value, status])).toEqual([["Ada@news.example", "unconfirmed"]]);
    expect(await eventsOf(id)).toEqual([
      ["subscribeFromApi-footer", { ContactId: id, EmailAddress: "Ada@news.example" }],
    ]);
    expect(await groupsOf(id)).toMatchObject([
      { name: "News", type: "Static" },
      { name: "VIP", type: "Static" },
    ]);
    expect((await api.call("GET", `/api/v1/contact/${id}/subscriptions`)).json()).toEqual(["weekly"]);
    expect(await lettersTo("ada@news.example")).toBe(1);
  });

  test("of somebody known updates the fields, replaces no address, and notes the other event", async () => {
    const body = { externalCustomerId: "known", channels: [email("known@news.example")] };
    const { id } = (await api.call("POST", "/api/v1/contact", { body })).json() as { id: ContactId };

    const answer = await subscribe({
      contact: {
        externalCustomerId: "known",
        firstName: "Ada",
        channels: [email("second@news.example"), { type: "sms", value: "380942583680" }],
      },
    });

    expect(answer.json()).toMatchObject({ id, matchedBy: "externalCustomerId" });
    const { firstName, channels } = await cardOf(id);
    expect(firstName).toBe("Ada");
    expect(channels.filter(({ proof }) => proof !== null).map(({ value, status }) => [value, status])).toEqual([
      ["known@news.example", "confirmed"],
      ["380942583680", "unconfirmed"],
    ]);
    expect((await eventsOf(id)).map(([name]) => name)).toEqual(["subscribeUpdateFromApi"]);
  });

  test("that is repeated within a minute makes no second event and no second mail", async () => {
    const body = { contact: { channels: email("repeat@news.example") }, groups: null, formType: null };
    const id = await idOf(body);
    const again = await subscribe(body);

    expect(again.json()).toMatchObject({ id });
    expect((await eventsOf(id)).map(([name]) => name)).toEqual(["subscribeFromApi"]);
    expect(await lettersTo("repeat@news.example")).toBe(1);
  });

  test("of a confirmed address asks nothing", async () => {
    const contact = { externalCustomerId: "confirmed", channels: [email("confirmed@news.example")] };
    await api.call("POST", "/api/v1/contact", { body: contact });
    await idOf({ contact });
    expect(await lettersTo("confirmed@news.example")).toBe(0);
  });

  test("with the cookie brings the history, because the back end vouches", async () => {
    await appendEvents(api.db, [{ sourceId: "sign-up-browser-1", at: Date.now() - 60_000, name: "page" }]);
    const id = await idOf({ contact: { channels: email("cookie@news.example"), visitorId: "sign-up-browser-1" } });
    const { entries } = await readTimeline(api.db, { contactId: id, limit: 10 });
    expect(entries.map(({ name, beforeIdentification }) => [name, beforeIdentification])).toEqual([
      ["subscribeFromApi", false],
      ["page", true],
    ]);
  });

  test("with a phone only has no address in its event", async () => {
    const id = await idOf({ contact: { channels: [{ type: "sms", value: "+380942583681" }] } });
    expect(await eventsOf(id)).toEqual([["subscribeFromApi", { ContactId: id }]]);
  });

  test.each<[string, unknown, number, string]>([
    ["no contact", {}, 400, "contact"],
    ["a contact that is no object", { contact: "Ada" }, 400, "contact"],
    ["nobody", { contact: { firstName: "Ada" } }, 400, "(no_identifier)"],
    ["an address without @", { contact: { channels: email("ada") } }, 400, "(invalid_email)"],
    ["a form with a forbidden sign", { contact: { channels: email("a@b.example") }, formType: "a/b" }, 400, "formType"],
    ["groups that are no list", { contact: { channels: email("a@b.example") }, groups: "News" }, 400, "groups"],
  ])("with %s gets a sentence", async (_what, body, status, words) => {
    const answer = await subscribe(body);
    expect([answer.status, answer.text]).toEqual([status, expect.stringContaining(words)]);
  });
});

import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import type { ContactId } from "../../src/contract/identifiers.ts";
import { readContact, readTimeline } from "../../src/server/contacts/index.ts";
import { insertSession } from "../../src/server/contacts/bulk/store.ts";
import { applyBatch } from "../../src/server/contacts/bulk/worker.ts";
import { addressHash } from "../../src/server/identity/index.ts";
import { createLog } from "../../src/server/lib/log.ts";
import { contactApi, type ContactApi } from "../support/contact-api.ts";
import { eventually } from "../support/eventually.ts";
import { TEST_SECRET_KEY } from "../support/services.ts";

let api: ContactApi;
beforeAll(async () => {
  api = await contactApi();
});

interface Status {
  readonly status: string;
  readonly total: number;
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly restored: number;
  readonly skipped: number;
  readonly failed: number;
  readonly contacts: readonly {
    readonly index: number;
    readonly id?: ContactId;
    readonly result: string;
    readonly reason?: string;
  }[];
  readonly failedContacts: readonly { readonly index: number; readonly errorMessage: string }[];
}

/** Uploads are applied in the background, on machines that may be busy with other things. */
const PATIENCE = 120_000;
const email = (value: string) => ({ type: "email", value });
const sms = (value: string) => ({ type: "sms", value });
const upload = (body: unknown) => api.call("POST", "/api/v1/contacts", { body });

const newPeople = (howMany: number) =>
  Array.from({ length: howMany }, (_, n) => ({
    externalCustomerId: `many-${n}`,
    firstName: `Name ${n}`,
    channels: [email(`many-${n}@shop.example`)],
  }));

async function finished(sessionId: string): Promise<Status> {
  return eventually(async () => {
    const status = (await api.call("GET", `/api/v1/importstatus/${sessionId}`)).json() as Status;
    expect(status.status).toBe("FINISHED");
    return status;
  }, PATIENCE);
}
async function uploaded(body: unknown): Promise<Status> {
  const answer = await upload(body);
  expect(answer.status).toBe(200);
  return finished((answer.json() as { asyncSessionId: string }).asyncSessionId);
}
async function add(body: unknown): Promise<ContactId> {
  return ((await api.call("POST", "/api/v1/contact", { body })).json() as { id: ContactId }).id;
}
async function cardOf(id: ContactId | undefined) {
  const lookup = await readContact(api.db, id ?? (0 as ContactId));
  if (lookup.kind !== "found") throw new Error(`Contact ${id ?? "?"} is ${lookup.kind}.`);
  return lookup.card;
}
function suppress(address: string): Promise<unknown> {
  const hash = addressHash(TEST_SECRET_KEY, address);
  return api.db.query("INSERT INTO suppression VALUES ('email', $1, 'unsubscribed', '2026-01-01')", [hash]);
}
async function count(): Promise<number> {
  return Number((await api.call("GET", "/api/v1/contacts?maxrows=1")).headers["totalcount"]);
}

describe("an upload of many contacts", () => {
  test("is answered at once with a session, and the session says what became of each", async () => {
    const answer = await upload({
      dedupeOn: "externalCustomerId",
      contacts: [
        { externalCustomerId: 42, firstName: "Ada" },
        { externalCustomerId: "43", channels: email("b-43@shop.example") },
      ],
      groupNames: ["Uploaded"],
      fieldId: null,
    });
    expect(answer.json()).toEqual({
      asyncSessionId: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
      id: 0,
      failedContacts: [],
    });

    const status = await finished((answer.json() as { asyncSessionId: string }).asyncSessionId);
    expect(status).toMatchObject({ total: 2, created: 2, updated: 0, failed: 0, description: "", failedContacts: [] });
    expect(status.contacts).toMatchObject([
      { index: 0, externalCustomerId: "42", result: "created" },
      { index: 1, externalCustomerId: "43", result: "created" },
    ]);
    const card = await cardOf(status.contacts[1]?.id);
    expect(card.contactSource).toBe("IMPORT");
    expect(card.channels.map(({ value, status: state }) => [value, state])).toEqual([
      ["b-43@shop.example", "confirmed"],
    ]);
    expect((await api.call("GET", "/api/v1/groups?name=Uploaded")).json()).toMatchObject([{ name: "Uploaded" }]);
    expect(await api.db.query("SELECT FROM bulk_row WHERE contact IS NOT NULL")).toEqual([]);
  });

  test("77, 86. makes all new contacts, without device or push token, and none the second time", async () => {
    const before = await count();
    const contacts = newPeople(3_000);
    const first = await uploaded({ dedupeOn: "externalCustomerId", contacts });
    expect(first).toMatchObject({ created: 3_000, failed: 0 });
    expect(await count()).toBe(before + 3_000);
    const ids = first.contacts.map(({ id }) => id);
    expect(new Set(ids).size).toBe(3_000);
    expect(
      await api.db.query("SELECT DISTINCT kind FROM identifier WHERE contact_id = ANY($1) ORDER BY kind", [ids]),
    ).toEqual([{ kind: "external" }, { kind: "email" }]);
    expect(await api.db.query("SELECT DISTINCT type FROM channel WHERE contact_id = ANY($1)", [ids])).toEqual([
      { type: "email" },
    ]);
    const again = { created: 0, updated: 0, unchanged: 3_000 };
    expect(await uploaded({ dedupeOn: "email", contacts })).toMatchObject(again);
  });

  test("takes 3,000 contacts at once and answers before they are applied", async () => {
    const another = await contactApi();
    const answer = await another.call("POST", "/api/v1/contacts", { body: { contacts: newPeople(3_000) } });
    const { asyncSessionId } = answer.json() as { asyncSessionId: string };
    const status = (await another.call("GET", `/api/v1/importstatus/${asyncSessionId}`)).json() as Status;
    expect([status.total, status.failed]).toEqual([3_000, 0]);
    expect(["STARTED", "IMPORTING"]).toContain(status.status);
  });

  test("84. applies its rows in order: the later of two about one person wins, both are reported", async () => {
    const status = await uploaded({
      contacts: [
        { externalCustomerId: "same", firstName: "First" },
        { externalCustomerId: "same", firstName: "Second" },
      ],
    });
    expect(status.contacts.map(({ result }) => result)).toEqual(["created", "updated"]);
    expect((await cardOf(status.contacts[0]?.id)).firstName).toBe("Second");
  });

  test("87. goes on without the rows that are refused at the door, and names them", async () => {
    const answer = await upload({
      dedupeOn: "email",
      contacts: [
        { channels: email("good@shop.example") },
        { externalCustomerId: "bad", channels: email("nonsense") },
        { firstName: "Nobody" },
        null,
        { channels: [{ type: "telegram", value: "x" }] },
      ],
    });
    const { asyncSessionId, failedContacts } = answer.json() as { asyncSessionId: string; failedContacts: unknown };
    expect(failedContacts).toMatchObject([
      {
        index: 1,
        errorMessage: expect.stringContaining("invalid_email") as string,
        externalCustomerId: "bad",
        email: "nonsense",
      },
      { index: 2, errorMessage: expect.stringContaining("no_identifier") as string },
      { index: 3 },
      { index: 4, errorMessage: expect.stringContaining("channels") as string },
    ]);
    expect(await finished(asyncSessionId)).toMatchObject({ total: 5, created: 1, failed: 4 });
  });

  test("89. goes on where a process that stopped left it, and counts nothing twice", async () => {
    const before = await count();
    const sessionId = randomUUID();
    const good = Array.from({ length: 150 }, (_, index) => ({
      index,
      contact: {
        externalCustomerId: `resumed-${index}`,
        channels: [],
        clearedChannels: [],
        fields: {},
        visitorIds: [],
        groups: [],
      },
    }));
    const options = {
      dedupeOn: "externalCustomerId",
      customFields: [],
      groupNames: [],
      groupNamesExclude: [],
      restoreDeleted: false,
    } as const;
    await insertSession(api.db, { sessionId, keyId: "k", siteId: null, options, now: Date.now(), good, failed: [] });
    const deps = { db: api.db, secretKey: "x".repeat(32), clock: Date.now, log: createLog("silent") };
    await applyBatch(deps);
    expect(await count()).toBe(before + 100);

    // The next upload wakes the worker up.
    await uploaded({ contacts: [{ externalCustomerId: "another" }] });
    expect(await finished(sessionId)).toMatchObject({ total: 150, created: 150 });
    expect(await count()).toBe(before + 151);
  });
});

describe("who is meant by a row", () => {
  test("79. a known email gives the contact its external id (W1)", async () => {
    const id = await add({ channels: email("w1@shop.example") });
    const status = await uploaded({
      dedupeOn: "email",
      contacts: [{ externalCustomerId: "w1", channels: email("w1@shop.example") }],
    });
    expect(status.contacts).toMatchObject([{ id, result: "updated" }]);
    expect((await cardOf(id)).externalCustomerId).toBe("w1");
  });

  test("145. of two that share the email the one updated last (W2), and the other is left alone", async () => {
    const holder = await add({ channels: email("w2@shop.example") });
    const sharer = await add({ channels: sms("380942583601") });
    await api.db.query(
      `INSERT INTO channel (contact_id, type, value, spelling, status, source, created_at, updated_at)
       VALUES ($1, 'email', 'w2@shop.example', 'w2@shop.example', 'confirmed', 'TEST', now(), now())`,
      [sharer],
    );
    await add({ id: sharer, firstName: "Newest" });

    const status = await uploaded({
      dedupeOn: "email",
      contacts: [{ externalCustomerId: "w2", channels: email("w2@shop.example") }],
    });

    expect(status.contacts).toMatchObject([{ id: sharer }]);
    expect((await cardOf(sharer)).externalCustomerId).toBe("w2");
    expect(await cardOf(holder)).toMatchObject({ id: holder, externalCustomerId: null });
  });

  test("146. of two that share the email the one without another external id (W3), though it is older", async () => {
    await add({ externalCustomerId: "w3-holder", channels: email("w3@shop.example") });
    const sharer = await add({ channels: sms("380942583602") });
    await api.db.query(
      `INSERT INTO channel (contact_id, type, value, spelling, status, source, created_at, updated_at)
       VALUES ($1, 'email', 'w3@shop.example', 'w3@shop.example', 'confirmed', 'TEST', now(), now())`,
      [sharer],
    );
    await add({ externalCustomerId: "w3-holder", firstName: "Newest" });

    const status = await uploaded({
      dedupeOn: "email",
      contacts: [{ externalCustomerId: "w3", channels: email("w3@shop.example") }],
    });
    expect(status.contacts).toMatchObject([{ id: sharer }]);
  });

  test("80, 147. when all that share it have other external ids a new contact, which has the address as a channel (W4)", async () => {
    const holder = await add({ externalCustomerId: "w4-holder", channels: email("w4@shop.example") });
    const status = await uploaded({
      dedupeOn: "email",
      contacts: [{ externalCustomerId: "w4", channels: email("w4@shop.example") }],
    });

    expect(status).toMatchObject({ created: 1 });
    const card = await cardOf(status.contacts[0]?.id);
    expect(card.channels.map(({ value, proof }) => [value, proof])).toEqual([["w4@shop.example", null]]);
    expect((await cardOf(holder)).identifiers).toContainEqual(expect.objectContaining({ value: "w4@shop.example" }));
  });

  test("an address that must not be written to is kept so, also where it is only shared (W4)", async () => {
    const address = "w4-unsubscribed@shop.example";
    await add({ externalCustomerId: "w4-left", channels: email(address) });
    await suppress(address);

    const status = await uploaded({
      dedupeOn: "email",
      contacts: [{ externalCustomerId: "w4-new", channels: email(address) }],
    });

    const card = await cardOf(status.contacts[0]?.id);
    expect(card.channels.map(({ value, status }) => [value, status])).toEqual([[address, "unsubscribed"]]);
  });

  test("60, 83. a deleted one is skipped, unless it shall be restored (W5); an erased one always", async () => {
    const id = await add({ externalCustomerId: "w5" });
    await api.call("DELETE", `/api/v1/contact/${id}`);
    const rows = { dedupeOn: "externalCustomerId", contacts: [{ externalCustomerId: "w5", firstName: "Back" }] };
    expect(await uploaded(rows)).toMatchObject({ skipped: 1, restored: 0, contacts: [{ result: "skipped" }] });
    expect(await uploaded({ ...rows, restoreDeleted: true })).toMatchObject({ restored: 1, contacts: [{ id }] });

    await api.call("DELETE", "/api/v1/contact?externalCustomerId=w5&erase=true");
    expect(await uploaded({ ...rows, restoreDeleted: true })).toMatchObject({
      skipped: 1,
      contacts: [{ result: "skipped", reason: "erased" }],
    });
  });

  test("the phone first, then the email, with email_or_sms; the id with id", async () => {
    const byPhone = await add({ channels: sms("380942583603") });
    const byEmail = await add({ channels: email("either@shop.example") });
    const both = [{ channels: [email("either@shop.example"), sms("380942583603")], firstName: "P" }];
    expect((await uploaded({ dedupeOn: "email_or_sms", contacts: both })).contacts).toMatchObject([{ id: byPhone }]);
    expect(
      (await uploaded({ dedupeOn: "id", contacts: [{ id: String(byEmail), lastName: "I" }] })).contacts,
    ).toMatchObject([{ id: byEmail, result: "updated" }]);
  });
});

describe("what a row writes", () => {
  test("only the listed fields, and a listed field without data is emptied", async () => {
    const id = await add({
      externalCustomerId: "fields",
      firstName: "Ada",
      lastName: "Lovelace",
      channels: [email("fields@shop.example"), sms("380942583604")],
    });
    await uploaded({
      dedupeOn: "email",
      contactFields: ["sms", "lastName"],
      contacts: [{ firstName: "Ignored", channels: email("fields@shop.example") }],
    });

    expect(await cardOf(id)).toMatchObject({ firstName: "Ada", lastName: null });
    const { channels, identifiers } = await cardOf(id);
    expect(channels.filter(({ current }) => current).map(({ value }) => value)).toEqual(["fields@shop.example"]);
    expect(identifiers.map(({ kind }) => kind)).toEqual(["external", "email"]);
  });

  test("85. nothing where it is blank or absent; what shall be cleared is cleared", async () => {
    const id = await add({ externalCustomerId: "blank", firstName: "Ada", lastName: "L", address: { town: "Kyiv" } });
    const blanks = { firstName: " ", lastName: "", address: { town: null }, channels: [email(" ")] };
    const kept = await uploaded({ contacts: [{ externalCustomerId: "blank", ...blanks }] });
    expect(kept.contacts).toMatchObject([{ id, result: "unchanged" }]);
    expect(await cardOf(id)).toMatchObject({ firstName: "Ada", lastName: "L", town: "Kyiv" });
    await uploaded({ contacts: [{ externalCustomerId: "blank", clear: ["lastName"] }] });
    expect(await cardOf(id)).toMatchObject({ firstName: "Ada", lastName: null });
  });

  test("one event for each new contact, none for known ones; groups to join and to leave", async () => {
    const known = await add({ externalCustomerId: "known" });
    await uploaded({ contacts: [{ externalCustomerId: "known" }], groupNames: ["Old"] });
    const status = await uploaded({
      contacts: [
        { externalCustomerId: "known" },
        { externalCustomerId: "fresh", channels: email("Fresh@shop.example") },
      ],
      eventKeyForNewContacts: "welcome",
      groupNames: ["New"],
      groupNamesExclude: ["Old"],
    });

    const eventsOf = async (contactId: ContactId) =>
      (await readTimeline(api.db, { contactId, limit: 10 })).entries.map(({ name, properties }) => [name, properties]);
    const fresh = status.contacts[1]?.id ?? (0 as ContactId);
    expect(await eventsOf(fresh)).toEqual([
      ["welcome", { contactId: fresh, EmailAddress: "Fresh@shop.example", SMS: "" }],
    ]);
    expect(await eventsOf(known)).toEqual([]);
    expect((await api.call("GET", `/api/v1/contact/${known}`)).json()).toMatchObject({ groups: [{ name: "New" }] });
  });
});

describe("a whole upload is refused, before any row,", () => {
  const one = [{ externalCustomerId: "1" }];
  test.each<[string, unknown, string]>([
    ["without contacts", {}, "contacts"],
    ["with no contact", { contacts: [] }, "contacts"],
    ["with 3,001 contacts", { contacts: Array.from({ length: 3_001 }, () => ({})) }, "contacts"],
    ["without what tells them apart", { contacts: [{ channels: email("a@b.example") }] }, "dedupeOn"],
    ["with an unknown uniqueness", { contacts: one, dedupeOn: "name" }, "dedupeOn"],
    ["with an additional field that does not exist", { contacts: one, dedupeOn: "fieldId", fieldId: 7 }, "id='7'"],
    ["with a forbidden sign in the event", { contacts: one, eventKeyForNewContacts: "a|b" }, "eventKeyForNewContacts"],
    ["when no contact can be read", { contacts: [{ channels: email("x") }], dedupeOn: "email" }, "invalid_email"],
  ])("%s", async (_what, body, words) => {
    const sessions = () => api.db.query("SELECT session_id FROM bulk_session ORDER BY session_id");
    const before = await sessions();
    const answer = await upload(body);
    expect([answer.status, answer.text]).toEqual([400, expect.stringContaining(words)]);
    expect(await sessions()).toEqual(before);
  });

  test("78. with a second uniqueness beside the external id, and nothing is written", async () => {
    const before = [await count(), await api.db.query("SELECT count(*) FROM bulk_session")];
    const answer = await upload({ contacts: one, dedupeOn: "externalCustomerId", fieldId: 7 });
    expect([answer.status, answer.text]).toEqual([400, expect.stringContaining("(bad_uniqueness)")]);
    expect([await count(), await api.db.query("SELECT count(*) FROM bulk_session")]).toEqual(before);
  });

  test("an unknown session is not found", async () => {
    for (const id of [randomUUID(), "x"]) {
      const answer = await api.call("GET", `/api/v1/importstatus/${id}`);
      expect([answer.status, answer.text]).toEqual([404, "Import session not found"]);
    }
  });
});

import { beforeAll, expect, test } from "vitest";
import { AdminRole } from "../../src/contract/admin/session.ts";
import type { ContactId } from "../../src/contract/identifiers.ts";
import { exportPerson } from "../../src/server/privacy/index.ts";
import { privacyWorld, type PrivacyWorld } from "../support/privacy-world.ts";
import { adminWorld } from "../support/admin-world.ts";

// "What do you have about me?": one JSON file with everything, and with nothing about anybody else.

let world: PrivacyWorld;
let anna: ContactId;
beforeAll(async () => {
  world = await privacyWorld();
  await world.say(
    "visitor-of-anna-0001",
    { type: "page", url: "https://shop.example/first", title: "First visit" },
    {
      type: "subscribe",
      email: "anna@example.com",
      firstName: "Anna",
      form: { id: "footer", text: "Send me letters" },
    },
  );
  anna = await world.upsert({
    externalCustomerId: "c-1",
    firstName: "Anna",
    channels: [{ type: "email", value: "anna@example.com" }],
  });
  await world.say("visitor-of-anna-0001", { type: "track", name: "Bought", properties: { total: 12.5 } });
  const boris = await world.upsert({
    externalCustomerId: "c-2",
    firstName: "Boris",
    channels: [{ type: "email", value: "boris@example.com" }],
  });
  // A mailbox that both have: who said what from it is not told apart.
  await world.db.query(
    `INSERT INTO channel (contact_id, type, value, spelling, status, source, created_at, updated_at)
     SELECT id, 'email', 'shared@example.com', 'shared@example.com', 'confirmed', 'IMPORT', now(), now()
     FROM unnest($1::bigint[]) id`,
    [[anna, boris]],
  );
  await world.db.query(
    `INSERT INTO consent_log (act, at, method, channel_type, address, text_copy)
     VALUES ('subscribed', now(), 'mail-link', 'email', 'shared@example.com', 'Boris agreed to this')`,
  );
  await world.say("visitor-of-boris-001", {
    type: "page",
    url: "https://shop.example/of-boris",
    title: "Boris was here",
  });
});

async function read(contactId: ContactId): Promise<string> {
  let text = "";
  for await (const part of await exportPerson(world.services, contactId)) text += String(part);
  return text;
}

interface Exported {
  readonly [part: string]: unknown;
  readonly contact: Record<string, unknown>;
  readonly events: readonly Record<string, unknown>[];
  readonly channels: readonly Record<string, unknown>[];
}
const parsed = async (contactId: ContactId) => JSON.parse(await read(contactId)) as Exported;

test("the file has every part, and what each says", async () => {
  const file = await parsed(anna);
  expect(Object.keys(file)).toEqual([
    "exportedAt",
    "contact",
    "fields",
    "mergedContacts",
    "identifiers",
    "channels",
    "consents",
    "confirmationsAskedFor",
    "categories",
    "letters",
    "browsers",
    "devices",
    "claims",
    "lists",
    "uploads",
    "imports",
    "bulkActs",
    "rejectedMessages",
    "waitingMessages",
    "events",
    "merges",
    "audit",
    "segments",
  ]);
  expect(file.contact).toMatchObject({ contact_id: anna, first_name: "Anna", external_customer_id: "c-1" });
  expect(file.contact["provenance"]).not.toEqual({});
  expect(file["identifiers"]).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ kind: "external", value: "c-1", proof: "server" }),
      expect.objectContaining({ kind: "email", value: "anna@example.com" }),
    ]),
  );
  expect(file["browsers"]).toMatchObject([{ source_id: "visitor-of-anna-0001" }]);
  expect(file["confirmationsAskedFor"]).toMatchObject([{ email: "anna@example.com", form_text: "Send me letters" }]);
  expect(file["letters"]).toMatchObject([{ to: "anna@example.com", state: "kept here" }]);
  expect((file["audit"] as unknown[]).length).toBeGreaterThan(1);
});

test("what happened before anybody knew who it was is in it, oldest first and marked as such", async () => {
  const { events } = await parsed(anna);
  expect(events.map(({ name, before_identification }) => [name, before_identification])).toEqual([
    ["page", true],
    ["Bought", false],
  ]);
  expect(events[1]).toMatchObject({ properties: { total: 12.5 }, site: "Bean & Leaf", source: { kind: "visitor" } });
});

test("nothing of anybody else is in it, nor a link that works", async () => {
  const text = await read(anna);
  expect(text).not.toContain("oris");
  expect(text).toContain("shared@example.com");
  for (const secret of ["token_hash", "identifier_hmac", "written_in", "address_hash"])
    expect(text).not.toContain(secret);
  const links = await world.db.query<{ textBody: string }>("SELECT text_body FROM captured_mail");
  const tokens = links.flatMap(({ textBody }) =>
    [...textBody.matchAll(/\/([\w-]{20,})/g)].map(([, token]) => token ?? ""),
  );
  expect(tokens.length).toBeGreaterThan(0);
  for (const token of tokens) expect(text).not.toContain(token);
});

test("a history of thousands of events is in it, each once, and is not held in memory for it", async () => {
  await world.db.query(
    `INSERT INTO event (event_id, site_id, source_kind, source_id, name, occurred_at, received_at, trust)
     SELECT gen_random_uuid(), 1, 'visitor', 'visitor-of-anna-0001', 'seen ' || n, now() - n * interval '1 minute', now(), 'browser'
     FROM generate_series(1, 20000) n`,
  );
  const { events } = await parsed(anna);
  expect(events).toHaveLength(20_002);
  expect(new Set(events.map(({ event_id: id }) => id)).size).toBe(20_002);
  const file = await exportPerson(world.services, anna);
  let parts = 0;
  for await (const _ of file) parts += 1;
  expect(parts).toBeGreaterThan(20_000);
});

test("whoever goes away in the middle leaves no connection behind", async () => {
  const open = () =>
    world.db.query(
      "SELECT 1 FROM pg_stat_activity WHERE application_name = 'backstory export of a person' AND datname = current_database()",
    );
  const file = await exportPerson(world.services, anna);
  for await (const _ of file) break;
  await expect.poll(async () => (await open()).length).toBe(0);
});

test("only roles that may take contacts away get the file; a merged contact's address leads to the one that survived", async () => {
  const admin = await adminWorld();
  const [one] = await admin.db.query<{ id: number }>(
    `INSERT INTO contact (external_customer_id, contact_source, created_at, updated_at)
     VALUES ('c-9', 'ADMIN', now(), now()) RETURNING contact_id AS id`,
  );
  const [merged] = await admin.db.query<{ id: number }>(
    `INSERT INTO contact (status, merged_into, contact_source, created_at, updated_at)
     VALUES ('merged', $1, 'ADMIN', now(), now()) RETURNING contact_id AS id`,
    [one?.id],
  );
  for (const role of AdminRole.enum) {
    const browser = await admin.as(role);
    const answer = await browser.call("GET", `/contacts/${merged?.id}/export`);
    expect([role, answer.status]).toEqual([role, role === "owner" || role === "marketer" ? 200 : 403]);
    if (answer.status !== 200) continue;
    expect(answer.headers["content-disposition"]).toBe(`attachment; filename="contact-${one?.id}.json"`);
    expect(answer.json()).toMatchObject({ contact: { contact_id: one?.id, external_customer_id: "c-9" } });
  }
  const owner = await admin.as("owner");
  expect((await owner.call("GET", "/contacts/999999/export")).status).toBe(404);
  await admin.db.query("UPDATE contact SET status = 'erased', external_customer_id = NULL WHERE contact_id = $1", [
    one?.id,
  ]);
  expect((await owner.call("GET", `/contacts/${one?.id}/export`)).status).toBe(410);
});

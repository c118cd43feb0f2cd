import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { LiveMessage, LivePage } from "../../src/contract/admin/live.ts";
import { openDatabase } from "../../src/server/db/database.ts";
import { uuidv7 } from "../../src/server/lib/uuid.ts";
import { watchMessages } from "../../src/server/visitors/index.ts";
import { adminSite, PASSWORD, type AdminSite, type Said } from "../support/admin-site.ts";

// Messages as they arrive, read from the database: nothing twice, nothing left out, whoever wrote it and however late.

let site: AdminSite;
let cookie = "";
let siteKey = "";
let siteId = 0;
beforeAll(async () => {
  site = await adminSite({ password: PASSWORD });
  const created = await site.services.sites.createSite({ name: "Shop", url: "https://shop.example" });
  if (created.kind !== "stored") throw new Error("The site was not made.");
  ({ siteKey, siteId } = created.site);
  const answer = await fetch(`${site.url}/admin/api/session`, {
    method: "POST",
    headers: { "content-type": "application/json", origin: site.url },
    body: JSON.stringify({ login: "admin", password: PASSWORD }),
  });
  cookie = answer.headers.getSetCookie()[0]?.split(";", 1)[0] ?? "";
});
afterAll(async () => {
  await site.close();
});

async function watch(after?: string): Promise<LivePage> {
  const suffix = after === undefined ? "" : `?after=${encodeURIComponent(after)}`;
  const answer = await fetch(`${site.url}/admin/api/live${suffix}`, { headers: { cookie } });
  expect(answer.status).toBe(200);
  return (await answer.json()) as LivePage;
}

/** Everything from a place on, page by page. */
async function watchAll(after: string): Promise<{ messages: LiveMessage[]; next: string }> {
  const messages: LiveMessage[] = [];
  let next = after;
  for (;;) {
    const page = await watch(next);
    messages.push(...page.messages);
    next = page.next;
    if (!page.more) return { messages, next };
  }
}

const view = (path: string, at = Date.now()): Said => ({ type: "page", at, url: `https://shop.example${path}` });
const told = ({ name, verdict }: LiveMessage) => `${name} ${verdict.kind}`;

test("each message is told with what became of it", async () => {
  const { next } = await watch();
  const now = Date.now();
  await site.say(siteKey, "visitor-of-anna-0001", [
    view("/", now - 3_000),
    { type: "identify", at: now - 2_000, externalCustomerId: "c-1", email: "anna@example.com", firstName: "Anna" },
    view("/account", now - 1_000),
  ]);
  await site.say(siteKey, "visitor-without-name", [view("/plants"), { ...view("/no"), attachable: false }]);
  await site.say(siteKey, "stranger-visitor-0001", [{ type: "identify", at: now, email: "anna@example.com" }]);
  const bad = { type: "page", id: randomUUID(), visitorId: "visitor-without-name", at: now, url: 7 };
  const answer = await fetch(`${site.url}/v1/messages`, {
    method: "POST",
    body: JSON.stringify({ site: siteKey, sentAt: now, messages: [bad] }),
  });
  expect(answer.status).toBe(200);

  const { messages } = await watchAll(next);
  expect(messages.map(told).sort()).toEqual([
    "identify claim",
    "identify contact",
    "page anonymous",
    "page contact",
    "page contact",
    "page rejected",
    "page unattachable",
  ]);
  const [contact] = await site.db.query<{ contactId: number }>("SELECT contact_id FROM contact");
  const attached = messages.filter(({ verdict }) => verdict.kind === "contact");
  for (const { verdict } of attached)
    expect(verdict).toEqual({ kind: "contact", id: contact?.contactId, firstName: "Anna", lastName: null });
  const rejected = messages.find(({ verdict }) => verdict.kind === "rejected");
  expect(rejected?.body).toContain('"url": 7');
  expect(rejected).toMatchObject({ siteId, siteName: "Shop", source: { kind: "visitor", id: "visitor-without-name" } });
});

test("a message about a person is told again when it is carried out, under the same key, and once when it is refused", async () => {
  const { next } = await watch();
  const insert = (messageId: string) =>
    site.db.query(
      `INSERT INTO identity_message (message_id, site_id, visitor_id, type, occurred_at, received_at, payload, due_at)
       VALUES ($1, $2, 'visitor-of-bob-00001', 'identify', now(), now(), $3, 'infinity')`,
      [
        messageId,
        siteId,
        { type: "identify", id: messageId, visitorId: "visitor-of-bob-00001", externalCustomerId: "" },
      ],
    );
  const id = uuidv7(Date.now());
  await insert(id);
  const waiting = await watchAll(next);
  expect(waiting.messages.map(told)).toEqual(["identify waiting"]);
  await site.db.query("UPDATE identity_message SET due_at = '-infinity' WHERE message_id = $1", [id]);
  site.services.inbox.kick();
  await expect.poll(async () => (await watchAll(waiting.next)).messages.map(told)).toEqual(["identify rejected"]);
  const [refused] = (await watchAll(waiting.next)).messages;
  expect(refused?.key).toBe(waiting.messages[0]?.key);
  expect(refused?.verdict).toMatchObject({ code: expect.any(String), reason: expect.any(String) });
});

test("what is paged through comes once each, in the order in which it was stored, however much came meanwhile", async () => {
  const { next } = await watch();
  const sent: string[] = [];
  for (let batch = 0; batch < 12; batch += 1) {
    const paths = Array.from({ length: 50 }, (_, index) => `/b${batch}-${index}`);
    sent.push(...paths);
    await site.say(
      siteKey,
      "visitor-who-is-busy-1",
      paths.map((path) => view(path)),
    );
  }
  const first = await watch(next);
  expect([first.messages.length, first.more]).toEqual([200, true]);
  // Comes in the middle of the paging, and waits for its turn.
  await site.say(siteKey, "visitor-who-is-busy-1", [view("/later")]);
  const rest = await watchAll(first.next);
  const pathsOf = (messages: readonly LiveMessage[]) => messages.map(({ url }) => new URL(url ?? "").pathname);
  const paths = pathsOf([...first.messages, ...rest.messages]);
  expect(paths).toHaveLength(600);
  expect(new Set(paths)).toEqual(new Set(sent));
  const after = await watchAll(rest.next);
  expect(pathsOf(after.messages)).toEqual(["/later"]);
  expect((await watchAll(after.next)).messages).toEqual([]);
});

test("a transaction that commits late is not passed over, and holds nothing else up", async () => {
  const another = openDatabase({ ...site.db.pool.options, max: 1 });
  const { next } = await watch();
  const insert = `INSERT INTO event (event_id, site_id, source_kind, source_id, name, occurred_at, received_at, trust)
    VALUES ($1, $2, 'visitor', 'visitor-of-late-0001', $3, now(), now(), 'browser')`;
  const early = await another.transaction(async (tx) => {
    await tx.query(insert, [uuidv7(Date.now()), siteId, "slow"]);
    await site.db.query(insert, [uuidv7(Date.now()), siteId, "quick"]);
    return watchAll(next);
  });
  expect(early.messages.map(({ name }) => name)).toEqual(["quick"]);
  const late = await watchAll(early.next);
  expect(late.messages.map(({ name }) => name)).toEqual(["slow"]);
  expect((await watchAll(late.next)).messages).toEqual([]);
  await another.close();
});

test("the first look shows the latest, and a clock that runs years ahead does not take their place", async () => {
  const ahead = Date.now() + 3 * 365 * 86_400_000;
  await site.db.query(
    `INSERT INTO event (event_id, site_id, source_kind, source_id, name, occurred_at, received_at, trust)
     SELECT overlay($1::text placing lpad(to_hex(n), 12, '0') from 25)::uuid, $2, 'visitor', 'visitor-of-the-future', 'ahead',
       now(), now() - interval '1 day', 'browser' FROM generate_series(1, 300) n`,
    [uuidv7(ahead), siteId],
  );
  await site.say(siteKey, "visitor-of-now-00001", [view("/now")]);
  const { messages, more } = await watch();
  expect(more).toBe(false);
  expect(messages).toHaveLength(200);
  expect(messages.at(-1)?.url).toBe("https://shop.example/now");
  expect(messages.filter(({ name }) => name === "ahead")).toEqual([]);
});

test("a place in another database's stream begins with the latest, and nonsense is refused with a sentence", async () => {
  const page = await watch("900000000000:900000000000:");
  expect(page.messages.length).toBeGreaterThan(0);
  for (const after of ["x", "5:7:9", "7:5:"]) {
    const answer = await fetch(`${site.url}/admin/api/live?after=${after}`, { headers: { cookie } });
    expect([answer.status, await answer.json()]).toMatchObject([400, { code: "bad_cursor" }]);
  }
});

test("an event of a back end belongs to the contact that it named, also when that was merged since", async () => {
  const { next } = await watch();
  const [anna] = await site.db.query<{ contactId: number }>("SELECT contact_id FROM contact WHERE first_name = 'Anna'");
  const [loser] = await site.db.query<{ contactId: number }>(
    `INSERT INTO contact (status, merged_into, contact_source, created_at, updated_at)
     VALUES ('merged', $1, 'ADMIN', now(), now()) RETURNING contact_id`,
    [anna?.contactId],
  );
  await site.db.query(
    `INSERT INTO event (event_id, site_id, source_kind, source_id, name, occurred_at, received_at, trust)
     VALUES ($1, $2, 'contact', $3, 'paid', now(), now(), 'server')`,
    [uuidv7(Date.now()), siteId, String(loser?.contactId)],
  );
  const { messages } = await watchMessages(site.db, { after: { seen: next }, limit: 10, now: Date.now() });
  expect(messages.map(({ name, verdict }) => [name, verdict.kind === "contact" ? verdict.id : verdict.kind])).toEqual([
    ["paid", anna?.contactId],
  ]);
});

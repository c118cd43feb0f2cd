import { afterEach, expect, test } from "vitest";
import type { FastifyInstance } from "fastify";
import type { ContactId } from "../../src/contract/identifiers.ts";
import { createApp } from "../../src/server/app.ts";
import type { Database } from "../../src/server/db/database.ts";
import { uuidv7 } from "../../src/server/lib/uuid.ts";
import { createLog } from "../../src/server/lib/log.ts";
import { createServices, type Services } from "../../src/server/services.ts";
import type { IdentifyMode, Site } from "../../src/server/sites/index.ts";
import { keyedHash } from "../../src/server/subscriptions/token.ts";
import { testDatabase, type TestDatabase } from "../support/postgres.ts";
import { batch, page, send } from "./messages-intake.ts";

interface World {
  readonly db: TestDatabase;
  readonly services: Services;
  readonly app: FastifyInstance;
  readonly site: Site;
  /** Sends messages and waits until the inbox has been carried out. */
  say(...messages: readonly object[]): Promise<Awaited<ReturnType<typeof send>>>;
}

const open: World[] = [];
afterEach(async () => {
  for (const { app, services } of open.splice(0)) {
    await app.close();
    await services.close();
  }
});

async function startProcess(db: TestDatabase, identify: IdentifyMode = "new-contacts"): Promise<World> {
  const services = createServices({
    db,
    log: createLog("silent"),
    secretKey: "a secret of at least thirty-two characters",
    publicUrl: "https://backstory.example",
  });
  const made = await services.sites.createSite({ name: "Shop", identify });
  if (made.kind !== "stored") throw new Error("The site was not made.");
  const { site } = made;
  const app = createApp(services);
  const world: World = {
    db,
    services,
    app,
    site,
    async say(...messages) {
      const answer = await send(app, batch(site, messages));
      await services.inbox.idle();
      return answer;
    },
  };
  open.push(world);
  return world;
}

const person = (type: "identify" | "subscribe" | "reset", fields: object = {}) => ({
  type,
  id: uuidv7(Date.now()),
  visitorId: "visitor-1",
  at: Date.now(),
  ...fields,
});

const timelines = (db: Database) =>
  db.query<{ email: string; visitorId: string; titles: string[] }>(
    `SELECT channel.value AS email, binding.source_id AS visitor_id, array(
       SELECT title FROM event WHERE event.source_id = binding.source_id AND occurred_at >= valid_from
         AND occurred_at < coalesce(valid_to, 'infinity') ORDER BY occurred_at, event_id) AS titles
     FROM binding JOIN channel USING (contact_id) ORDER BY email, valid_from`,
  );
const contacts = (db: Database) =>
  db.query("SELECT contact_id, status, external_customer_id, first_name, version FROM contact ORDER BY contact_id");
const unfinished = (db: Database) =>
  db.query("SELECT message_id FROM identity_message WHERE carried_out_at IS NULL OR payload IS NOT NULL");

test("page views make no contact; a sign-up makes one, with everything that came before", async () => {
  const { db, say } = await startProcess(await testDatabase());
  const start = Date.now() - 60_000;
  for (const n of [1, 2, 3]) await say(page({ title: `Page ${n}`, at: start + n }));
  expect(await contacts(db)).toEqual([]);
  const answer = await say(
    person("identify", { externalCustomerId: "E1", email: "Ann@Shop.example", firstName: "Ann" }),
    page({ title: "Thank you", at: Date.now() + 2 }),
  );
  expect(answer.body).toEqual({ accepted: 2, rejected: [] });
  expect(await contacts(db)).toMatchObject([{ status: "live", externalCustomerId: "E1", firstName: "Ann" }]);
  expect(await timelines(db)).toEqual([
    { email: "ann@shop.example", visitorId: "visitor-1", titles: ["Page 1", "Page 2", "Page 3", "Thank you"] },
  ]);
  expect(await unfinished(db)).toEqual([]);
});

test("the newsletter form makes an unconfirmed contact and one letter", async () => {
  const { db, say } = await startProcess(await testDatabase());
  await say(page({ title: "Home" }), person("subscribe", { email: "ann@shop.example", groups: ["News"] }));
  expect(await timelines(db)).toMatchObject([{ titles: ["Home"] }]);
  expect(await db.query("SELECT status FROM channel")).toEqual([{ status: "unconfirmed" }]);
  expect(await db.query("SELECT count(*) AS requests FROM optin_request")).toEqual([{ requests: 1 }]);
});

test("an identify sent three times has one effect", async () => {
  const { db, say } = await startProcess(await testDatabase());
  const identify = person("identify", { email: "ann@shop.example" });
  await say(identify);
  const before = await contacts(db);
  await say(identify, identify);
  expect(await contacts(db)).toEqual(before);
  expect(await db.query("SELECT count(*) AS rows FROM identity_message")).toEqual([{ rows: 1 }]);
});

test("logout ends a stretch: what follows belongs to whoever is named next", async () => {
  const { db, say } = await startProcess(await testDatabase());
  const start = Date.now() - 60_000;
  await say(
    page({ title: "Ann's", at: start }),
    person("identify", { email: "ann@shop.example", at: start + 1 }),
    page({ title: "Ann's too", at: start + 2 }),
    person("reset", { at: start + 3 }),
    page({ title: "Bob's", at: start + 4 }),
    person("identify", { email: "bob@shop.example", at: start + 5 }),
  );
  expect((await timelines(db)).map(({ email, titles }) => [email, titles])).toEqual([
    ["ann@shop.example", ["Ann's", "Ann's too"]],
    ["bob@shop.example", ["Bob's"]],
  ]);
});

test("a stranger's claim of somebody's address changes nothing of theirs and waits for proof", async () => {
  const { db, say } = await startProcess(await testDatabase());
  await say(page({ title: "Ann's" }), person("identify", { externalCustomerId: "E1", email: "ann@shop.example" }));
  const before = { contacts: await contacts(db), timelines: await timelines(db) };
  await say(
    page({ title: "Stranger's", visitorId: "stranger-1" }),
    person("identify", {
      visitorId: "stranger-1",
      externalCustomerId: "E1",
      email: "ann@shop.example",
      firstName: "Eve",
    }),
  );
  expect({ contacts: await contacts(db), timelines: await timelines(db) }).toEqual(before);
  expect(await db.query("SELECT count(*) AS claims FROM pending_claim")).toEqual([{ claims: 1 }]);
});

test("69. the answer has the same bytes for a new, an existing, a suppressed and an erased address", async () => {
  const { db, say, services } = await startProcess(await testDatabase());
  await say(person("subscribe", { email: "known@shop.example", visitorId: "visitor-0" }));
  await db.query(
    "INSERT INTO suppression (channel_type, address_hash, reason, since) VALUES ('email', $1, 'complained', now())",
    [keyedHash(services.secretKey)("address", "suppressed@shop.example")],
  );
  await say(person("identify", { email: "erased@shop.example", visitorId: "visitor-9" }));
  const [erased] = await db.query<{ contactId: ContactId }>(
    "SELECT contact_id FROM identifier WHERE value = 'erased@shop.example'",
  );
  const cause = { actor: "test", requestId: "erase" };
  await services.erasePerson(
    { contactId: erased?.contactId ?? (0 as ContactId), at: Date.now(), cause },
    async () => {},
  );
  const answers = [];
  for (const email of ["new@shop.example", "known@shop.example", "suppressed@shop.example", "erased@shop.example"])
    for (const type of ["identify", "subscribe"] as const) {
      const { status, body, headers } = await say(
        person(type, { email, visitorId: `visitor-${email.length}-${type}` }),
      );
      answers.push(JSON.stringify({ status, body, headers: { ...headers, date: "", "x-request-id": "" } }));
    }
  expect(new Set(answers).size).toBe(1);
});

test("in a site that takes signed identities only, a token that proves nothing ends in rejected", async () => {
  const { db, say } = await startProcess(await testDatabase(), "signed");
  await say(page(), person("identify", { email: "ann@shop.example", token: "for.ged.token" }));
  expect(await contacts(db)).toEqual([]);
  expect(await db.query("SELECT code FROM rejected")).toEqual([{ code: "invalid_token" }]);
  expect(await unfinished(db)).toEqual([]);
});

test("what was acknowledged before a crash is carried out by the next process", async () => {
  const db = await testDatabase();
  const { app, site, services } = await startProcess(db);
  // The process dies between the answer and the inbox.
  const dying = createApp({ ...services, inbox: { ...services.inbox, kick: () => undefined } });
  const answer = await send(
    dying,
    batch(site, [page({ title: "Home" }), person("identify", { email: "ann@shop.example" })]),
  );
  expect(answer.body).toEqual({ accepted: 2, rejected: [] });
  expect(await contacts(db)).toEqual([]);
  await dying.close();
  await app.close();
  await services.close();

  const next = await startProcess(db);
  next.services.inbox.start();
  await expect.poll(() => timelines(db)).toMatchObject([{ email: "ann@shop.example", titles: ["Home"] }]);
  expect(await unfinished(db)).toEqual([]);
});

test("fifty browsers that sign up at once for ten addresses end as ten contacts", async () => {
  const { db, app, site, services } = await startProcess(await testDatabase());
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, i) => {
      const visitorId = `visitor-${String(i).padStart(3, "0")}`;
      return send(
        app,
        batch(site, [page({ visitorId }), person("identify", { visitorId, email: `person-${i % 10}@shop.example` })]),
      );
    }),
  );
  expect(answers.map(({ body }) => body)).toEqual(answers.map(() => ({ accepted: 2, rejected: [] })));
  await expect.poll(async () => (services.inbox.kick(), unfinished(db)), { timeout: 30_000 }).toEqual([]);
  expect(await contacts(db)).toHaveLength(10);
  expect(await db.query("SELECT count(*) AS claims FROM pending_claim")).toEqual([{ claims: 40 }]);
  expect(await db.query("SELECT code FROM rejected")).toEqual([]);
});

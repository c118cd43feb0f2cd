import { beforeAll, describe, expect, test } from "vitest";
import type { ContactId } from "../../src/contract/identifiers.ts";
import { mergeContacts, undoMerge } from "../../src/server/identity/index.ts";
import { capturingMailer } from "../../src/server/mail/index.ts";
import { createJobs } from "../../src/server/jobs/index.ts";
import { uuidv7 } from "../../src/server/lib/uuid.ts";
import { issueUnsubscribeLink } from "../../src/server/subscriptions/index.ts";
import { findPlainText, tablesOf } from "../support/plain-text.ts";
import { privacyWorld, type PrivacyWorld } from "../support/privacy-world.ts";

const EMAIL = "ann.zwetschke@shop.example";
const OLD_EMAIL = "annabelinda@old.example";
const EXTERNAL_ID = "CUSTOMER-ANN-778";
const V1 = "visitor-of-ann-1";
const V2 = "visitor-of-ann-2";
const DEVICE = "device-of-ann-0001";
const WORDS = [
  EMAIL,
  OLD_EMAIL,
  "441239876",
  "44 123-98-76",
  EXTERNAL_ID,
  "Annabelinda",
  "Zwetschke",
  "plum-lover",
  V1,
  V2,
  DEVICE,
  "push-token-of-ann",
  "advertising-id-of-ann",
  encodeURIComponent(EMAIL),
];

const page = (url: string) => ({ type: "page", url, title: "Annabelinda's page" });
const email = (value: string) => ({ type: "email", value });
const cause = { actor: "test", requestId: "request-1" };

/** Everything that can happen to a person. Answers the contact and the batches of her browser. */
async function live(world: PrivacyWorld): Promise<{ id: ContactId; batches: (readonly object[])[] }> {
  const batches = [await world.say(V1, page("https://shop.example/a"), page("https://shop.example/b"))];
  batches.push(
    await world.say(V1, { type: "subscribe", email: "Ann.Zwetschke@Shop.example", firstName: "Annabelinda" }),
    await world.say(V1, { type: "purchase", email: EMAIL }, { type: "track", name: "seen", properties: { n: 1 } }),
  );
  await world.click(await world.link(EMAIL));
  await byBackEnd(world);
  await byApp(world);
  await byStrangers(world);
  await mergedAndUndone(world);
  batches.push(await world.say(V2, page("https://shop.example/c")));
  const id = await world.upsert({ externalCustomerId: EXTERNAL_ID, visitorId: V2 });
  await leftLying(world);
  return { id, batches };
}

async function byBackEnd(world: PrivacyWorld): Promise<void> {
  const phone = { type: "sms", value: "+380 44 123-98-76" };
  const contact = { firstName: "Annabelinda", lastName: "Zwetschke", channels: [email(EMAIL), phone], visitorId: V1 };
  const withGroup = { ...contact, externalCustomerId: EXTERNAL_ID, groups: [{ name: "Regulars" }] };
  await world.api("POST", "/contact", withGroup, { "idempotency-key": `register-${EMAIL}` });
  // Deleted and restored; the answer to the deletion is remembered, and names her.
  const path = `/contact?externalCustomerId=${EXTERNAL_ID}`;
  await world.api("DELETE", path, undefined, { "idempotency-key": "k-1" });
  await world.upsert({ ...withGroup, address: { town: "plum-lover" } });
  const signUp = { contact: { externalCustomerId: EXTERNAL_ID, channels: [email(EMAIL)] }, groups: ["News"] };
  await world.api("POST", "/contact/subscribe", { ...signUp, subscriptions: ["offers"], formType: "footer" });
}

async function byApp(world: PrivacyWorld): Promise<void> {
  await world.app("device", {
    deviceId: DEVICE,
    pushToken: "push-token-of-ann",
    advertisingId: "advertising-id-of-ann",
    osType: "ANDROID",
  });
  await world.app("device", { deviceId: DEVICE, externalUserId: EXTERNAL_ID });
}

/** Browsers that claim to be her: nobody proved it. */
async function byStrangers(world: PrivacyWorld): Promise<void> {
  world.pass(11 * 60_000);
  await world.say("stranger-6", { type: "identify", externalCustomerId: EXTERNAL_ID, firstName: "Annabelinda" });
  await world.say("stranger-7", { type: "subscribe", email: EMAIL, form: { id: "f", text: "Dear Annabelinda" } });
  await world.say("stranger-8", { type: "identify", phone: "44 123-98-76", visitorId: 7, attributes: { x: EMAIL } });
}

async function mergedAndUndone(world: PrivacyWorld): Promise<void> {
  const { db, services } = world;
  await world.upsert({ channels: [email(OLD_EMAIL)], firstName: "Annabelinda" });
  await world.upsert({ externalCustomerId: EXTERNAL_ID, channels: [email(OLD_EMAIL)] });
  await world.upsert({ externalCustomerId: EXTERNAL_ID, channels: [email(EMAIL)] });
  const other = await world.upsert({ channels: [email("somebody@else.example")] });
  const ann = await world.upsert({ externalCustomerId: EXTERNAL_ID });
  await mergeContacts(services, { contactIds: [ann, other], at: world.now(), cause });
  const [log] = await db.query<{ mergeId: number }>("SELECT max(merge_id) AS merge_id FROM merge_log");
  await undoMerge(services, { mergeId: log?.mergeId ?? 0, at: world.now(), cause });
}

/** What is on its way at the moment of the erasure. */
async function leftLying({ db, services, site, now }: PrivacyWorld): Promise<void> {
  const payload = { type: "identify", visitorId: "stranger-9", email: ` ${EMAIL.toUpperCase()} `, firstName: "Ann" };
  await db.query(
    `INSERT INTO identity_message (message_id, site_id, visitor_id, type, occurred_at, received_at, payload, due_at)
     VALUES ($1, $2, 'stranger-9', 'identify', now(), now(), $3, now() + interval '1 day')`,
    [uuidv7(now()), site.siteId, JSON.stringify(payload)],
  );
  await db.query(
    `INSERT INTO mail_outbox (mail_id, purpose, recipient, subject, text_body, html_body, language, queued_at, due_at)
     VALUES ($1, 'confirmation', $2, '', '', '', 'en', now(), now() + interval '1 day')`,
    [uuidv7(now()), EMAIL],
  );
  const { url } = await issueUnsubscribeLink(db, { ...services, email: EMAIL as never, at: now() });
  expect(url).toContain("/unsubscribe/");
}

/** What a person leaves behind, table by table; a table that is missing here would be searched in vain. */
const TABLES = [
  "public.binding",
  "public.captured_mail",
  "public.channel",
  "public.consent_log",
  "public.contact",
  "public.device",
  "public.event",
  "public.idempotency_key",
  "public.identifier",
  "public.identity_audit",
  "public.identity_message",
  "public.mail_outbox",
  "public.merge_log",
  "public.optin_request",
  "public.pending_claim",
  "public.rejected",
  "public.unsubscribe_token",
];

describe("a person who did everything and is erased", () => {
  let world: PrivacyWorld;
  let id: ContactId;
  let batches: (readonly object[])[];
  beforeAll(async () => {
    world = await privacyWorld();
    const jobs = createJobs({ db: world.db, log: world.services.log });
    jobs.every("nothing", "0 0 1 1 *", () => Promise.resolve());
    await jobs.start();
    ({ id, batches } = await live(world));
    await jobs.stop();
  });

  test("was in every table that holds personal data", async () => {
    expect(tablesOf(await findPlainText(world.db, WORDS))).toEqual(TABLES);
    expect((await world.timeline(id)).length).toBeGreaterThan(4);
  });

  test("is in no column of no table afterwards", async () => {
    const link = await issueUnsubscribeLink(world.db, { ...world.services, email: EMAIL as never, at: world.now() });
    await world.click(new URL(link.url).pathname);
    const path = `/contact?externalCustomerId=${EXTERNAL_ID}&erase=true`;
    const answer = await world.api("DELETE", path, undefined, { "idempotency-key": "k-2" });
    expect([answer.status, answer.text]).toEqual([
      200,
      `Contact with externalCustomerId='${EXTERNAL_ID}' has been erased`,
    ]);
    expect(await findPlainText(world.db, WORDS)).toEqual([]);
    const rows = await world.db.query("SELECT contact_id, finished_at IS NOT NULL AS finished FROM erasure");
    expect(rows).toEqual([{ contactId: id, finished: true }]);
  });

  test("stays away when her old batches come again, and leaves nothing after the sweep", async () => {
    const contacts = () => world.db.query("SELECT contact_id, status FROM contact ORDER BY contact_id");
    const before = await contacts();
    for (const messages of batches) await world.repeat(messages);
    expect(await contacts()).toEqual(before);
    expect(tablesOf(await findPlainText(world.db, WORDS))).toEqual(["public.event", "public.rejected"]);
    await world.chore("erasures");
    expect(await findPlainText(world.db, WORDS)).toEqual([]);
  });

  test("is not brought back by a call that is repeated", async () => {
    const path = `/contact?externalCustomerId=${EXTERNAL_ID}`;
    const repeated = await world.api("DELETE", path, undefined, { "idempotency-key": "k-1" });
    expect([repeated.status, repeated.text]).toEqual([410, "The contact was erased."]);
  });

  test("is somebody new when the back end names her again: nothing behind her, and still unsubscribed", async () => {
    for (const messages of batches) await world.repeat(messages);
    const next = await world.upsert({ externalCustomerId: EXTERNAL_ID, channels: [email(EMAIL)], visitorId: V1 });
    expect(next).not.toBe(id);
    expect(await world.timeline(next)).toEqual([]);
    expect(await world.emailStatus(EMAIL)).toEqual(["unsubscribed"]);
    await world.chore("erasures");
    expect(await world.db.query("SELECT 1 AS one FROM event WHERE source_id IN ($1, $2)", [V1, V2])).toEqual([]);
  });

  test("took nobody else along", async () => {
    const [other] = await world.db.query(
      "SELECT contact.status FROM channel JOIN contact USING (contact_id) WHERE value = $1",
      ["somebody@else.example"],
    );
    expect(other).toEqual({ status: "live" });
  });
});

test("107. whoever browses on while being erased leaves nothing after the sweep", async () => {
  const world = await privacyWorld();
  await world.say(V1, page("https://shop.example/a"));
  const id = await world.upsert({ externalCustomerId: EXTERNAL_ID, visitorId: V1 });
  const hits = Array.from({ length: 50 }, (_, n) => ({
    ...page(`https://shop.example/${n}`),
    id: uuidv7(world.now() + n),
    visitorId: V1,
    at: world.now(),
  }));
  const erase = world.services.erasePerson({ contactId: id, at: world.now(), cause });
  await Promise.all([erase, ...hits.map((hit) => world.repeat([hit]))]);
  await world.chore("erasures");
  expect(await findPlainText(world.db, WORDS)).toEqual([]);
});

test("a letter that was under way while its person was erased is not kept", async () => {
  const { db, services, now } = await privacyWorld();
  const mailer = capturingMailer({ db, clock: services.clock, from: { address: "shop@mail.example" } });
  const withdrawn = { purpose: "confirmation", recipient: EMAIL, subject: "", textBody: "", htmlBody: "" };
  await mailer.send({ ...withdrawn, mailId: uuidv7(now()), language: "en", attempts: 1 });
  expect(await db.query("SELECT recipient FROM captured_mail")).toEqual([]);
});

test("what somebody else has, too, stays with them: an address, a letter, a proof of consent", async () => {
  const world = await privacyWorld();
  await world.say("visitor-of-ben", { type: "subscribe", email: "shared@home.example" });
  await world.click(await world.link("shared@home.example"));
  const shared = { channels: [email("shared@home.example")] };
  await world.upsert({ externalCustomerId: "BEN", ...shared });
  await world.upsert({ externalCustomerId: EXTERNAL_ID, ...shared });
  await world.api("DELETE", `/contact?externalCustomerId=${EXTERNAL_ID}&erase=true`);
  expect(await world.emailStatus("shared@home.example")).toEqual(["confirmed"]);
  const left = await findPlainText(world.db, ["shared@home.example"]);
  expect(tablesOf(left)).toEqual(expect.arrayContaining(["public.channel", "public.consent_log", "public.identifier"]));
});

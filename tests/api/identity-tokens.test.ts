import { randomUUID } from "node:crypto";
import type { FastifyInstance } from "fastify";
import { SignJWT } from "jose";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import type { ContactId } from "../../src/contract/identifiers.ts";
import { createApp } from "../../src/server/app.ts";
import { readTimeline } from "../../src/server/contacts/index.ts";
import { createApiKey } from "../../src/server/db/api-keys.ts";
import { createIdentityKey } from "../../src/server/identity/index.ts";
import { uuidv7 } from "../../src/server/lib/uuid.ts";
import type { Services } from "../../src/server/services.ts";
import type { IdentifyMode, MobileIdentifyMode, Site } from "../../src/server/sites/index.ts";
import { EMPTY } from "../identity/installation.ts";
import { testDatabase, type TestDatabase } from "../support/postgres.ts";
import { testServices } from "../support/services.ts";
import { batch, page, send } from "./messages-intake.ts";

let db: TestDatabase;
let services: Services;
let app: FastifyInstance;
let site: Site;
let key: { keyId: string; secret?: string };
const closers: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const close of closers.splice(0)) await close();
});

async function start(mode: { identify?: IdentifyMode; mobileIdentify?: MobileIdentifyMode } = {}): Promise<void> {
  services = testServices({ db });
  const made = await services.sites.createSite({ name: "Shop", ...mode });
  if (made.kind !== "stored") throw new Error("The site was not made.");
  site = made.site;
  app = createApp(services);
  const process = { app, services };
  closers.push(async () => {
    await process.app.close();
    await process.services.close();
  });
  key = await createIdentityKey(services, { siteId: site.siteId, algorithm: "HS256", at: Date.now() });
}

beforeEach(async () => {
  db = db ?? (await testDatabase());
  await db.query("TRUNCATE rejected");
  await db.query(EMPTY);
});

interface Wish {
  readonly sub?: string;
  readonly vid?: string;
  readonly jti?: string;
  readonly email?: string;
  /** Seconds. */
  readonly age?: number;
  readonly life?: number;
}

function token({ sub = "E1", vid = "visitor-1", jti = randomUUID(), email, age = 0, life = 600 }: Wish = {}) {
  const issued = Math.floor(Date.now() / 1000) - age;
  return new SignJWT({ vid, ...(email !== undefined && { email }) })
    .setProtectedHeader({ alg: "HS256", kid: key.keyId })
    .setSubject(sub)
    .setAudience(site.siteKey)
    .setJti(jti)
    .setIssuedAt(issued)
    .setExpirationTime(issued + life)
    .sign(Buffer.from(key.secret ?? "", "base64url"));
}

/** `alg: none`, everything else in order. */
function unsigned(): string {
  const now = Math.floor(Date.now() / 1000);
  const payload = { sub: "E1", vid: "visitor-1", aud: site.siteKey, jti: randomUUID(), iat: now, exp: now + 600 };
  const parts = [{ alg: "none", kid: key.keyId }, payload].map((part) => Buffer.from(JSON.stringify(part)));
  return `${parts.map((part) => part.toString("base64url")).join(".")}.`;
}

const identify = (fields: object) => ({
  type: "identify",
  id: uuidv7(Date.now()),
  visitorId: "visitor-1",
  at: Date.now(),
  ...fields,
});

/** Sends messages and waits until they are carried out. */
async function say(...messages: readonly object[]) {
  const answer = await send(app, batch(site, messages));
  await services.inbox.idle();
  return answer.body;
}

async function upsert(body: object): Promise<ContactId> {
  const { secret } = await createApiKey(db, { name: "test", scopes: ["contacts:write"], now: Date.now() });
  const headers = { authorization: `Bearer ${secret}` };
  const answer = await app.inject({ method: "POST", url: "/api/v1/contact", headers, payload: body });
  expect(answer.statusCode, answer.body).toBe(200);
  return answer.json<{ id: ContactId }>().id;
}

const titles = async (contactId: ContactId) =>
  (await readTimeline(db, { contactId, limit: 50 })).entries.map(({ title }) => title).reverse();
const rejected = () =>
  db.query<{ code: string; reason: string }>("SELECT code, reason FROM rejected ORDER BY rejected_id");
const openBindings = () =>
  db.query("SELECT source_id, contact_id FROM binding WHERE valid_to IS NULL ORDER BY binding_id");
const contactsNow = () => db.query("SELECT t::text AS row FROM contact t ORDER BY contact_id");
const email = (value: string) => [{ type: "email", value }];

test("65. a page that sends a token along ties its browser, with all of its past, to the contact that was there", async () => {
  await start();
  const ann = await upsert({ externalCustomerId: "E1", channels: email("ann@shop.example") });
  await say(page({ title: "One", at: Date.now() - 3_000 }), page({ title: "Two", at: Date.now() - 2_000 }));
  const answer = await say(identify({ externalCustomerId: "E1", email: "ann@shop.example", token: await token() }));
  expect(answer).toEqual({ accepted: 1, rejected: [] });
  expect(await titles(ann)).toEqual(["One", "Two"]);
  expect(await openBindings()).toEqual([{ sourceId: "visitor-1", contactId: ann }]);
  expect(await rejected()).toEqual([]);
});

test("64. in mode signed a token that proves nothing is told about and changes nothing; the hits beside it are stored", async () => {
  await start({ identify: "signed" });
  const ann = await upsert({ externalCustomerId: "E1" });
  const before = await contactsNow();
  const none = await say(page({ title: "One" }), identify({ externalCustomerId: "E1" }));
  expect(none).toMatchObject({ accepted: 1, rejected: [{ index: 1, code: "token_required" }] });
  const tokens = [
    await token({ vid: "visitor-2" }),
    await token({ age: 700 }),
    await token({ life: 3_600 }),
    unsigned(),
    "nonsense",
    `${await token()}x`,
    await token({ sub: "E2" }),
  ];
  for (const bad of tokens) await say(identify({ externalCustomerId: "E1", token: bad }));
  expect((await rejected()).map(({ code, reason }) => `${code} ${reason}`)).toEqual([
    expect.stringContaining("token_required"),
    "invalid_token The identity token's vid is not the visitor or device that sent it.",
    "invalid_token The identity token has expired.",
    "invalid_token The identity token lives longer than 15 minutes.",
    "invalid_token The identity token's signature is not that of its key and algorithm.",
    "invalid_token The identity token is not a JWT that can be read.",
    "invalid_token The identity token's signature is not that of its key and algorithm.",
    "invalid_token The identity token is about another person than the externalCustomerId beside it.",
  ]);
  expect(await contactsNow()).toEqual(before);
  expect(await openBindings()).toEqual([]);
  await say(identify({ externalCustomerId: "E1", token: await token() }));
  expect(await titles(ann)).toEqual(["One"]);
});

test("a rejected message is kept without its token", async () => {
  await start({ identify: "signed" });
  await say(identify({ externalCustomerId: "E1", token: "not a token" }));
  expect(await db.query("SELECT message FROM rejected WHERE message ? 'token'")).toEqual([]);
});

test("64. the same token a second time does nothing", async () => {
  await start({ identify: "signed" });
  const ann = await upsert({ externalCustomerId: "E1" });
  const sent = await token();
  await say(identify({ token: sent }));
  await say({ type: "reset", id: uuidv7(Date.now()), visitorId: "visitor-1", at: Date.now() });
  await say(page({ title: "Somebody else's" }), identify({ token: sent, at: Date.now() + 1 }));
  expect(await openBindings()).toEqual([]);
  expect(await titles(ann)).toEqual([]);
});

test("a page that sends the same token again, while its browser is that person's, loses nothing that comes with it", async () => {
  await start();
  const ann = await upsert({ externalCustomerId: "E1" });
  const sent = await token();
  await say(identify({ token: sent }), identify({ token: sent, firstName: "Ann", at: Date.now() + 1 }));
  expect(await db.query("SELECT first_name FROM contact WHERE contact_id = $1", [ann])).toEqual([{ firstName: "Ann" }]);
});

test("in mode new-contacts a bad token leaves an unsigned claim, and the site's owner is told why", async () => {
  await start();
  const ann = await upsert({ externalCustomerId: "E1" });
  const before = await contactsNow();
  await say(page({ title: "One" }), identify({ externalCustomerId: "E1", token: await token({ age: 700 }) }));
  expect(await contactsNow()).toEqual(before);
  expect(await titles(ann)).toEqual([]);
  expect(await db.query("SELECT external_customer_id FROM pending_claim")).toEqual([{ externalCustomerId: "E1" }]);
  expect(await rejected()).toEqual([
    {
      code: "invalid_token",
      reason: "The identity token has expired. What the message says was taken as unsigned.",
    },
  ]);
});

test("an email beside a token that does not name it takes no contact over: it is only claimed", async () => {
  await start();
  const newsletter = await upsert({ channels: email("bob@shop.example") });
  const ann = await upsert({ externalCustomerId: "E1" });
  await say(identify({ externalCustomerId: "E1", email: "bob@shop.example", token: await token() }));
  expect(await db.query("SELECT contact_id, status FROM contact ORDER BY 1")).toEqual([
    { contactId: newsletter, status: "live" },
    { contactId: ann, status: "live" },
  ]);
  await say(identify({ externalCustomerId: "E1", email: "ann@shop.example", token: await token() }));
  expect(await db.query("SELECT value, contact_id, proof FROM identifier WHERE kind = 'email' ORDER BY 1")).toEqual([
    { value: "ann@shop.example", contactId: ann, proof: "claimed" },
    { value: "bob@shop.example", contactId: newsletter, proof: "server" },
  ]);
  expect(await db.query("SELECT status FROM channel WHERE contact_id = $1", [ann])).toEqual([
    { status: "unconfirmed" },
    { status: "unconfirmed" },
  ]);
});

test("an email that the token names counts as the back end's word", async () => {
  await start();
  const newsletter = await upsert({ channels: email("ann@shop.example") });
  await say(identify({ token: await token({ email: "ann@shop.example" }) }));
  expect(await db.query("SELECT value, contact_id FROM identifier WHERE kind = 'external'")).toEqual([
    { value: "E1", contactId: newsletter },
  ]);
});

test("a back end whose clock is a few seconds ahead may still use the full fifteen minutes", async () => {
  await start({ identify: "signed" });
  await say(identify({ token: await token({ age: -20, life: 900 }) }));
  expect(await rejected()).toEqual([]);
});

describe("an app of a site that wants identity tokens", () => {
  async function device(body: object, identity?: string) {
    const { secret } = await createApiKey(db, { name: "app", scopes: ["mobile"], now: Date.now() });
    const answer = await app.inject({
      method: "POST",
      url: "/api/v1/device",
      headers: {
        "x-backstory-access-key": secret,
        ...(identity !== undefined && { "x-backstory-identity": identity }),
      },
      payload: { deviceId: "device-1", ...body },
    });
    const { code } = answer.json<{ code?: string }>();
    return { status: answer.statusCode, code };
  }

  test("may open without one, but names nobody", async () => {
    await start({ mobileIdentify: "signed" });
    await upsert({ externalCustomerId: "E1", channels: email("ann@shop.example") });
    expect(await device({})).toMatchObject({ status: 200 });
    const before = await contactsNow();
    for (const named of [{ externalUserId: "E1" }, { email: "ann@shop.example" }, { phone: "+380441234567" }])
      expect(await device(named)).toEqual({ status: 403, code: "token_required" });
    const otherDevice = await token({ vid: "device-2" });
    expect(await device({ externalUserId: "E1" }, otherDevice)).toEqual({ status: 403, code: "invalid_token" });
    const vid = "device-1";
    expect(await device({ externalUserId: "E1" }, await token({ vid, sub: "E2" }))).toMatchObject({ status: 403 });
    expect(await contactsNow()).toEqual(before);
  });

  test("logs in with one: the device joins the contact that was there", async () => {
    await start({ mobileIdentify: "signed" });
    const ann = await upsert({ externalCustomerId: "E1" });
    await device({});
    const signed = await token({ vid: "device-1" });
    expect(await device({ externalUserId: "E1", languageCode: "uk" }, signed)).toMatchObject({ status: 200 });
    expect(await device({ externalUserId: "E1", phone: "+380441234567" }, signed)).toMatchObject({ status: 200 });
    expect(await openBindings()).toEqual([{ sourceId: "device-1", contactId: ann }]);
    expect(await db.query("SELECT proof FROM identifier WHERE kind = 'phone'")).toEqual([{ proof: "claimed" }]);
    // Somebody else logs in; what the first person's app still had queued does not take the device back.
    await device({ externalUserId: "E2" }, await token({ vid: "device-1", sub: "E2" }));
    expect(await device({ externalUserId: "E1" }, signed)).toEqual({ status: 403, code: "token_used" });
    expect(await openBindings()).not.toContainEqual({ sourceId: "device-1", contactId: ann });
  });

  test("brings a deleted contact back by a signed login", async () => {
    await start({ mobileIdentify: "signed" });
    const ann = await upsert({ externalCustomerId: "E1" });
    await db.query("UPDATE contact SET status = 'deleted', deleted_at = now() WHERE contact_id = $1", [ann]);
    await device({ externalUserId: "E1" }, await token({ vid: "device-1" }));
    expect(await db.query("SELECT status FROM contact WHERE contact_id = $1", [ann])).toEqual([{ status: "live" }]);
  });
});

import { randomUUID } from "node:crypto";
import type { FastifyInstance } from "fastify";
import { SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createApp } from "../../src/server/app.ts";
import { createApiKey, SCOPES } from "../../src/server/db/api-keys.ts";
import { createIdentityKey } from "../../src/server/identity/index.ts";
import { uuidv7 } from "../../src/server/lib/uuid.ts";
import type { Services } from "../../src/server/services.ts";
import type { Site } from "../../src/server/sites/index.ts";
import { listening, type Call, type Received } from "../support/http.ts";
import { testDatabase, type TestDatabase } from "../support/postgres.ts";
import { testServices } from "../support/services.ts";

// An attacker has the public key of the site, a browser, and the victim's address and customer id.

let db: TestDatabase;
let services: Services;
let app: FastifyInstance;
let call: Call;
let site: Site;
let backEnd: Readonly<Record<string, string>>;

beforeAll(async () => {
  db = await testDatabase();
  services = testServices({ db });
  const made = await services.sites.createSite({ name: "Shop" });
  if (made.kind !== "stored") throw new Error("The site was not made.");
  ({ site } = made);
  app = createApp(services);
  call = await listening(app, { "content-type": "application/json" });
  const { secret } = await createApiKey(db, { name: "shop", scopes: SCOPES, now: Date.now() });
  backEnd = { authorization: `Bearer ${secret}` };
});
afterAll(async () => {
  await app.close();
  await services.close();
});

async function say(visitorId: string, ...messages: readonly object[]): Promise<Received> {
  const now = Date.now();
  const all = messages.map((message) => ({ id: uuidv7(now), visitorId, at: now, ...message }));
  const answer = await call("POST", "/v1/messages", {
    body: { site: site.siteKey, sentAt: now, messages: all },
  });
  await services.inbox.idle();
  return answer;
}

interface Victim {
  readonly id: number;
  readonly externalCustomerId: string;
  readonly email: string;
  readonly phone: string;
}
let victims = 0;
async function victim(): Promise<Victim> {
  victims += 1;
  const externalCustomerId = `V-${victims}`;
  const email = `victim${victims}@shop.example`;
  const phone = `+38050222000${victims}`;
  const visitorId = `visitor-of-victim-${victims}`;
  await say(visitorId, { type: "page", url: "https://shop.example/private" });
  const channels = [
    { type: "email", value: email },
    { type: "sms", value: phone },
  ];
  const body = { externalCustomerId, firstName: "Ann", channels, visitorId };
  const answer = await call("POST", "/api/v1/contact", { headers: backEnd, body });
  return { id: (answer.json() as { id: number }).id, externalCustomerId, email, phone };
}

/** Every row that is the victim's. */
async function rowsOf({ id }: Victim): Promise<unknown> {
  const of = (text: string) => db.query(text, [id]);
  return {
    contact: await of("SELECT * FROM contact WHERE contact_id = $1"),
    identifier: await of("SELECT * FROM identifier WHERE contact_id = $1 ORDER BY kind, value"),
    channel: await of("SELECT * FROM channel WHERE contact_id = $1 ORDER BY type, value"),
    binding: await of("SELECT * FROM binding WHERE contact_id = $1 ORDER BY binding_id"),
    merges: await of("SELECT * FROM merge_log WHERE $1 IN (winner_id, loser_id)"),
    timeline: await of(
      `SELECT event.* FROM binding b JOIN event USING (source_kind, source_id)
       WHERE b.contact_id = $1 AND occurred_at >= b.valid_from AND (b.valid_to IS NULL OR occurred_at < b.valid_to)`,
    ),
  };
}

const CLAIMS: readonly (readonly [what: string, of: (victim: Victim) => object])[] = [
  ["email", ({ email }) => ({ email })],
  ["email in other letters", ({ email }) => ({ email: ` ${email.toUpperCase()} ` })],
  ["external id", ({ externalCustomerId }) => ({ externalCustomerId })],
  ["phone", ({ phone }) => ({ phone })],
  ["everything", ({ id: _id, ...all }) => ({ ...all })],
  ["email with another name and attributes", ({ email }) => ({ email, firstName: "Eve", attributes: { vip: true } })],
  [
    "external id with the attacker's own email",
    ({ externalCustomerId }) => ({
      externalCustomerId,
      email: "eve@evil.example",
    }),
  ],
  ["email with the attacker's own id", ({ email }) => ({ email, externalCustomerId: "E-666" })],
];

describe.each(["identify", "subscribe"])("T1: %s of somebody who is known", (type) => {
  test.each(CLAIMS)("T1: by %s changes no row of the victim's and tells the attacker nothing", async (_, claim) => {
    const target = await victim();
    const before = await rowsOf(target);
    const attacker = `attacker-${uuidv7(Date.now())}`;
    await say(attacker, { type: "page", url: "https://shop.example/planted" });
    const said = { ...claim(target) };
    const person = type === "subscribe" && !("email" in said) ? { ...said, email: "eve@evil.example" } : said;
    const answer = await say(attacker, { type, ...person });
    await say(attacker, { type: "page", url: "https://shop.example/planted-later" });
    expect(await rowsOf(target)).toEqual(before);
    expect([answer.status, answer.text]).toEqual([200, '{"accepted":1,"rejected":[]}']);
  });
});

test("T1: who claims an address before its owner does is given nothing of the owner's, and does not keep it", async () => {
  const email = "early@shop.example";
  const attacker = "attacker-came-first";
  await say(attacker, { type: "page", url: "https://shop.example/planted" }, { type: "identify", email });
  const [squatter] = await db.query<{ contactId: number }>("SELECT contact_id FROM identifier WHERE value = $1", [
    email,
  ]);
  await say("owner-of-early", { type: "page", url: "https://shop.example/mine" });
  const body = { externalCustomerId: "E-1", channels: [{ type: "email", value: email }], visitorId: "owner-of-early" };
  await call("POST", "/api/v1/contact", { headers: backEnd, body });
  const [key] = await db.query("SELECT proof FROM identifier WHERE kind = 'email' AND value = $1", [email]);
  expect(key).toEqual({ proof: "server" });
  // What the attacker says from here on is a claim like any other.
  await say(attacker, { type: "identify", externalCustomerId: "E-1", email, firstName: "Eve" });
  const [owner] = await db.query("SELECT first_name FROM contact WHERE external_customer_id = 'E-1'");
  expect(owner).toEqual({ firstName: null });
  expect(squatter).toBeDefined();
});

test("T1: a token that was made for one browser proves nothing in another, nor a second time, nor for another site", async () => {
  const target = await victim();
  const before = await rowsOf(target);
  const key = await createIdentityKey(services, { siteId: site.siteId, algorithm: "HS256", at: Date.now() });
  const sign = (audience: string, vid: string) =>
    new SignJWT({ vid })
      .setProtectedHeader({ alg: "HS256", kid: key.keyId })
      .setSubject(target.externalCustomerId)
      .setAudience(audience)
      .setJti(randomUUID())
      .setIssuedAt()
      .setExpirationTime("10m")
      .sign(Buffer.from(key.secret ?? "", "base64url"));
  const { externalCustomerId } = target;
  await say("attacker-with-token", { type: "page", url: "https://shop.example/planted" });
  for (const token of [
    await sign(site.siteKey, "visitor-it-was-made-for"),
    await sign("another-site", "attacker-with-token"),
    `${await sign(site.siteKey, "attacker-with-token")}x`,
  ])
    await say("attacker-with-token", { type: "identify", externalCustomerId, token });
  expect(await rowsOf(target)).toEqual(before);
  // The control: for its own browser it does.
  await say("attacker-with-token", {
    type: "identify",
    externalCustomerId,
    token: await sign(site.siteKey, "attacker-with-token"),
  });
  expect(await rowsOf(target)).not.toEqual(before);
});

test("T1: an app's key changes no address of somebody it names, and reads nothing", async () => {
  const target = await victim();
  const { secret } = await createApiKey(db, { name: "app", scopes: ["mobile"], now: Date.now() });
  const headers = { authorization: `Bearer ${secret}` };
  const device = {
    deviceId: "device-of-eve-0001",
    externalUserId: target.externalCustomerId,
    email: "eve@evil.example",
  };
  expect((await call("POST", "/api/v1/device", { headers, body: device })).text).toBe("{}");
  const [email] = await db.query("SELECT value FROM identifier WHERE kind = 'email' AND contact_id = $1", [target.id]);
  expect(email).toEqual({ value: target.email });
  for (const [method, path] of [
    ["GET", `/api/v1/contact/${target.id}`],
    ["DELETE", `/api/v1/contact/${target.id}`],
    ["PUT", `/api/v1/contact/${target.id}`],
    ["POST", "/api/v1/emails/unsubscribed/add"],
  ] as const)
    expect([method, (await call(method, path, { headers, body: method === "GET" ? undefined : {} })).status]).toEqual([
      method,
      403,
    ]);
});

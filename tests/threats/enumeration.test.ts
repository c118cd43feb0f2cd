import { afterAll, beforeAll, expect, test } from "vitest";
import type { FastifyInstance } from "fastify";
import type { ContactId } from "../../src/contract/identifiers.ts";
import { createApp } from "../../src/server/app.ts";
import { createServer } from "../../src/server/http/server.ts";
import { visitorRoutes } from "../../src/server/visitors/index.ts";
import { createApiKey } from "../../src/server/db/api-keys.ts";
import type { Database, Queryable } from "../../src/server/db/database.ts";
import { keyedHash } from "../../src/server/subscriptions/token.ts";
import { uuidv7 } from "../../src/server/lib/uuid.ts";
import type { Services } from "../../src/server/services.ts";
import type { Site } from "../../src/server/sites/index.ts";
import { listening, type Call, type Received } from "../support/http.ts";
import { testDatabase, type TestDatabase } from "../support/postgres.ts";
import { testServices } from "../support/services.ts";

// Whoever has only what a page or an app carries must not learn whether somebody is a customer.

const KINDS = ["nobody", "known", "unconfirmed", "deleted", "erased", "unsubscribed", "suppressed"] as const;
type Kind = (typeof KINDS)[number];

interface Named {
  readonly externalCustomerId: string;
  readonly email: string;
  readonly phone: string;
}
// Equally long, so that not even a length differs.
const personOf = (kind: Kind): Named => {
  const index = KINDS.indexOf(kind) + 1;
  return { externalCustomerId: `C-000${index}`, email: `p${index}@shop.example`, phone: `+38050111000${index}` };
};

let db: TestDatabase;
let services: Services;
let app: FastifyInstance;
let call: Call;
let site: Site;
let mobileKey: string;

beforeAll(async () => {
  db = await testDatabase();
  services = testServices({ db });
  const made = await services.sites.createSite({ name: "Shop" });
  if (made.kind !== "stored") throw new Error("The site was not made.");
  ({ site } = made);
  app = createApp(services);
  call = await listening(app);
  ({ secret: mobileKey } = await createApiKey(db, { name: "app", scopes: ["mobile"], now: Date.now() }));
  await fill();
});
afterAll(async () => {
  await app.close();
  await services.close();
});

/** The same database, which notes every statement that goes through it. */
function recorded(real: Database, note: (text: string) => void): Database {
  const noting = <Q extends Queryable>(queryable: Q): Q => ({
    ...queryable,
    query: (text: string, values?: readonly unknown[]) => {
      note(text);
      return queryable.query(text, values);
    },
    queryNamed: (name: string, text: string, values?: readonly unknown[]) => {
      note(text);
      return queryable.queryNamed(name, text, values);
    },
  });
  return { ...noting(real), transaction: (work) => real.transaction((tx) => work(noting(tx))) };
}

async function fill(): Promise<void> {
  const { secret } = await createApiKey(db, {
    name: "shop",
    scopes: ["contacts:write", "contacts:delete"],
    now: Date.now(),
  });
  const headers = { authorization: `Bearer ${secret}`, "content-type": "application/json" };
  for (const kind of ["known", "deleted", "erased", "unsubscribed", "suppressed"] as const) {
    const { externalCustomerId, email, phone } = personOf(kind);
    const channels = [
      { type: "email", value: email },
      { type: "sms", value: phone },
    ];
    const answer = await call("POST", "/api/v1/contact", { headers, body: { externalCustomerId, channels } });
    const { id } = answer.json() as { id: ContactId };
    if (kind === "deleted") await call("DELETE", `/api/v1/contact/${id}`, { headers });
    if (kind === "erased") {
      const cause = { actor: "test", requestId: "erase" };
      await services.erasePerson({ contactId: id, at: Date.now(), cause }, async () => {});
    }
    if (kind === "unsubscribed" || kind === "suppressed")
      await db.query(
        "INSERT INTO suppression (channel_type, address_hash, reason, since) VALUES ('email', $1, $2, now())",
        [keyedHash(services.secretKey)("address", email), kind === "suppressed" ? "complained" : "unsubscribed"],
      );
  }
  await say("subscribe", { email: personOf("unconfirmed").email }, "filling-visitor-00001");
  await services.inbox.idle();
}

function say(type: "identify" | "subscribe", person: object, visitorId: string): Promise<Received> {
  const now = Date.now();
  const message = { type, id: uuidv7(now), visitorId, at: now, ...person };
  const body = JSON.stringify({ site: site.siteKey, sentAt: now, messages: [message] });
  return call("POST", "/v1/messages", { body, headers: { "content-type": "text/plain;charset=UTF-8" } });
}

const asApp = (path: string, body: object): Promise<Received> =>
  call("POST", path, {
    body,
    headers: { "x-backstory-access-key": mobileKey, "content-type": "application/json" },
  });

const tracked = (body: object): Promise<Received> =>
  call("POST", "/api/v2", { body, headers: { "content-type": "text/plain" } });

type Ask = (person: Named, nonce: string) => Promise<Received>;

const PUBLIC_CALLS: Readonly<Record<string, Ask>> = {
  "identify by email": ({ email }, nonce) => say("identify", { email }, nonce),
  "identify by external id": ({ externalCustomerId }, nonce) => say("identify", { externalCustomerId }, nonce),
  "identify by phone": ({ phone }, nonce) => say("identify", { phone }, nonce),
  "identify by everything": (person, nonce) => say("identify", person, nonce),
  "identify with a token that proves nothing": (person, nonce) => say("identify", { ...person, token: "a.b.c" }, nonce),
  subscribe: ({ email }, nonce) => say("subscribe", { email }, nonce),
  "another system's contact data": ({ externalCustomerId, email }, nonce) =>
    tracked({
      GeneralInfo: { eventName: "CustomerData", siteId: site.siteKey, datetime: Date.now(), cookies: { sc: nonce } },
      CustomerData: { externalCustomerId, user_email: email },
    }),
  "another system's link of a cookie": ({ externalCustomerId }, nonce) =>
    tracked({ externalCustomerId, webId: nonce, orgId: 1 }),
  "an app's device by external id": ({ externalCustomerId }, nonce) =>
    asApp("/api/v1/device", { deviceId: nonce, externalUserId: externalCustomerId }),
  "an app's device by email": ({ email }, nonce) => asApp("/api/v1/device", { deviceId: nonce, email }),
  "an app's user": ({ externalCustomerId, email, phone }, nonce) =>
    asApp("/api/v1/user", {
      deviceId: nonce,
      externalUserId: externalCustomerId,
      userAttributes: { email, phone },
    }),
};
const named = Object.entries(PUBLIC_CALLS);

function told({ status, headers, text }: Received): string {
  const { date: _date, "x-request-id": _id, ...rest } = headers;
  return JSON.stringify({ status, headers: rest, text });
}

test.each(named)("T3: %s is answered with the same bytes and headers whoever is known", async (_, ask) => {
  const answers = new Map<string, Kind[]>();
  // Twice, for the second time somebody may be known because of the first.
  for (const round of [1, 2])
    for (const kind of KINDS) {
      const answer = told(await ask(personOf(kind), `nonce-${round}-${uuidv7(Date.now())}`));
      await services.inbox.idle();
      answers.set(answer, [...(answers.get(answer) ?? []), kind]);
    }
  expect([...answers.keys()]).toHaveLength(1);
});

test("T3: what a page says is answered after the same statements, whoever is known", async () => {
  const statements: string[] = [];
  // The intake alone: letters, uploads and other words about people go on beside it.
  const held = createServer({ log: services.log, trustProxy: [], isHttps: false });
  visitorRoutes(held, {
    ...services,
    db: recorded(db, (text) => void statements.push(text)),
    inbox: { kick: () => undefined },
    // Looked up once for a while, whoever is spoken of.
    sites: { ...services.sites, findSiteByKey: () => Promise.resolve(site) },
    trustProxy: [],
    isHttps: false,
  });
  const send = await listening(held);
  const before = async (email: string, type: string): Promise<string> => {
    const now = Date.now();
    const message = { type, id: uuidv7(now), visitorId: "visitor-1", at: now, email };
    const body = JSON.stringify({ site: site.siteKey, sentAt: now, messages: [message] });
    statements.length = 0;
    const answer = await send("POST", "/v1/messages", { body, headers: { "content-type": "text/plain" } });
    expect(answer.status).toBe(200);
    return statements.join("\n");
  };
  const done: string[] = [];
  for (const kind of KINDS)
    for (const type of ["identify", "subscribe"]) done.push(await before(personOf(kind).email, type));
  await held.close();
  expect([...new Set(done)]).toEqual([expect.stringMatching(/^[^;]*INSERT INTO identity_message[^;]*$/)]);
});

test("T3: links that were forged, expired or refused are told in the same bytes", async () => {
  const forged = await Promise.all(
    ["/confirm/x", `/confirm/${"A".repeat(43)}`, "/confirm/"].map((path) => call("GET", path)),
  );
  expect(new Set(forged.map(told)).size).toBe(1);
  const unsubscribe = await Promise.all(
    ["/unsubscribe/x", `/unsubscribe/${"A".repeat(43)}`].map((path) => call("GET", path)),
  );
  expect(new Set(unsubscribe.map(told)).size).toBe(1);
});

test("T3: the public key reads nothing: no address answers it with a contact", async () => {
  for (const path of [
    "/api/v1/contact/1",
    "/api/v1/contacts?email=p2%40shop.example",
    "/api/v1/contact?externalCustomerId=C-0002",
  ])
    for (const authorization of [`Bearer ${site.siteKey}`, `Bearer ${mobileKey}`, ""]) {
      const answer = await call("GET", path, { headers: { authorization } });
      expect([path, answer.status >= 400]).toEqual([path, true]);
      expect(answer.text).not.toMatch(/shop\.example|C-000/);
    }
});

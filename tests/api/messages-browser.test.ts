import { expect, test } from "vitest";
import { uuidv7 } from "../../src/server/lib/uuid.ts";
import { batch, countOf, intake, page, send } from "./messages-intake.ts";

const SAME_ORIGIN = {
  "content-type": "text/plain",
  host: "localhost",
  origin: "http://localhost",
  "sec-fetch-site": "same-origin",
};
const ID = "V1StGXR8_Z5jdHi6B-myT";

test("any page may send, without credentials, and read when to come back", async () => {
  const { app, site } = await intake();
  const answer = await send(app, batch(site, [page()]), { "content-type": "text/plain", origin: "null" });
  expect(answer.status).toBe(200);
  expect(answer.headers).toMatchObject({
    "access-control-allow-origin": "*",
    "access-control-expose-headers": "Retry-After",
    "cache-control": "no-store",
  });
  expect(answer.headers).not.toHaveProperty("access-control-allow-credentials");
  const preflight = await app.inject({
    method: "OPTIONS",
    url: "/v1/messages",
    headers: {
      origin: "https://shop.example",
      "access-control-request-method": "POST",
      "access-control-request-headers": "content-type",
    },
  });
  expect(preflight.statusCode).toBe(204);
  expect(preflight.headers).toMatchObject({
    "access-control-allow-origin": "*",
    "access-control-allow-methods": "POST",
    "access-control-allow-headers": expect.stringContaining("content-type"),
  });
});

test("a site with allowed origins takes no page of another one", async () => {
  const { app, db, site } = await intake({ allowedOrigins: ["https://shop.example"] });
  const from = (origin: string) => send(app, batch(site, [page()]), { "content-type": "text/plain", origin });
  expect((await from("https://shop.example")).status).toBe(200);
  for (const origin of ["https://shop.example.evil", "http://shop.example", "null", "https://evil.example"])
    expect(await from(origin)).toMatchObject({ status: 403, body: { code: "origin_not_allowed" } });
  expect(await countOf(db, "event")).toBe(1);
});

test("the visitor cookie of a page of our own origin is renewed by HTTP", async () => {
  const { app, site } = await intake();
  const answer = await send(app, batch(site, [page({ visitorId: ID }), page({ visitorId: ID })]), {
    ...SAME_ORIGIN,
    cookie: `other=1; backstory_id=${ID}`,
  });
  expect(answer.headers["set-cookie"]).toBe(`backstory_id=${ID}; Max-Age=34128000; Path=/; SameSite=Lax`);
});

test("a renewed cookie has the domain of the tracker's own, if it is one of the host's", async () => {
  const { app, site } = await intake();
  const at = (host: string, cookieDomain?: string) =>
    send(app, batch(site, [page({ visitorId: ID })], { cookieDomain }), {
      ...SAME_ORIGIN,
      host,
      cookie: `backstory_id=${ID}`,
    });
  expect((await at("www.shop.example", "shop.example")).headers["set-cookie"]).toContain("; Domain=shop.example;");
  expect((await at("www.shop.example", "")).headers["set-cookie"]).not.toContain("Domain");
  expect((await at("www.shop.example", "evil.example")).headers).not.toHaveProperty("set-cookie");
  expect((await at("www.shop.example", "op.example")).headers).not.toHaveProperty("set-cookie");
  expect((await at("www.shop.example")).headers).not.toHaveProperty("set-cookie");
});

test("a cookie is renewed only for the browser that holds it", async () => {
  const { app, site } = await intake();
  const cookie = `backstory_id=${ID}`;
  const message = page({ visitorId: ID });
  const answers = await Promise.all([
    send(app, batch(site, [message]), SAME_ORIGIN),
    send(app, batch(site, [message]), { ...SAME_ORIGIN, cookie: "backstory_id=somebody-else" }),
    send(app, batch(site, [message]), { ...SAME_ORIGIN, cookie, "sec-fetch-site": "cross-site" }),
    send(app, batch(site, [message]), { ...SAME_ORIGIN, cookie, "sec-fetch-site": "same-site" }),
    send(app, batch(site, [message, page({ visitorId: "another-one" })]), { ...SAME_ORIGIN, cookie }),
    send(app, batch(site, [{ type: "reset", id: uuidv7(1), visitorId: ID, at: 1 }]), { ...SAME_ORIGIN, cookie }),
  ]);
  for (const { status, headers } of answers) {
    expect(status).toBe(200);
    expect(headers).not.toHaveProperty("set-cookie");
  }
});

test("events of a browser that opts out, or without consent, are never attachable", async () => {
  const { app, db, site } = await intake();
  const consent = (state: string) => ({
    type: "consent",
    id: uuidv7(Date.now()),
    visitorId: "visitor-1",
    at: Date.now(),
    state,
  });
  await send(app, batch(site, [page({ title: "opted out" })]), { "content-type": "text/plain", "sec-gpc": "1" });
  await send(
    app,
    batch(site, [
      page({ title: "plain" }),
      page({ title: "marked", attachable: false }),
      consent("denied"),
      page({ title: "denied" }),
      page({ title: "another visitor", visitorId: "visitor-2" }),
      consent("granted"),
      page({ title: "granted" }),
    ]),
  );
  const rows = await db.query<{ title: string | null; name: string; state: string | null; attachable: boolean }>(
    "SELECT title, name, properties->>'state' AS state, attachable FROM event",
  );
  expect(Object.fromEntries(rows.map(({ title, state, attachable }) => [title ?? state, attachable]))).toEqual({
    "opted out": false,
    plain: true,
    marked: false,
    denied: false,
    "another visitor": true,
    granted: true,
  });
  expect(rows.find(({ state }) => state === "denied")).toMatchObject({ name: "consent", attachable: false });
});

test("of address and browser only what is shared by many is kept", async () => {
  const { app, db, site } = await intake();
  await app.inject({
    method: "POST",
    url: "/v1/messages",
    remoteAddress: "203.0.113.77",
    headers: {
      "user-agent":
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.7339.80 Safari/537.36",
    },
    payload: batch(site, [page(), { type: "reset", id: uuidv7(Date.now()), visitorId: "visitor-1", at: Date.now() }], {
      context: { language: "uk-UA", timeZone: "Europe/Kyiv" },
    }),
  });
  expect(await db.query("SELECT context FROM event")).toEqual([
    {
      context: {
        address: "203.0.113.0/24",
        userAgent: "Chrome 140, Linux",
        language: "uk-UA",
        timeZone: "Europe/Kyiv",
      },
    },
  ]);
  expect(await db.query("SELECT origin FROM identity_message")).toEqual([
    { origin: { ip: "203.0.113.0", userAgent: "Chrome 140, Linux", language: "uk-UA" } },
  ]);
});

test("an address over its quota is told when to come back, and others are served", async () => {
  const { app, db, site } = await intake({ batchesPerAddress: { perSecond: 0.1, burst: 2 } });
  const from = (remoteAddress: string) =>
    app.inject({ method: "POST", url: "/v1/messages", remoteAddress, payload: batch(site, [page()]) });
  expect([(await from("198.51.100.1")).statusCode, (await from("198.51.100.1")).statusCode]).toEqual([200, 200]);
  const refused = await from("198.51.100.1");
  expect(refused.statusCode).toBe(429);
  expect(Number(refused.headers["retry-after"])).toBeGreaterThan(0);
  expect(refused.headers["access-control-allow-origin"]).toBe("*");
  expect((await from("198.51.100.2")).statusCode).toBe(200);
  expect(await countOf(db, "event")).toBe(3);
});

test("a site over its quota is told when to come back, from whatever address, and other sites are served", async () => {
  const { app, db, site, otherSite } = await intake({ batchesPerSite: { perSecond: 0.1, burst: 2 } });
  const from = (remoteAddress: string, target = site) =>
    app.inject({ method: "POST", url: "/v1/messages", remoteAddress, payload: batch(target, [page()]) });
  expect([(await from("198.51.100.1")).statusCode, (await from("198.51.100.2")).statusCode]).toEqual([200, 200]);
  const refused = await from("198.51.100.3");
  expect([refused.statusCode, refused.json<{ code: string }>().code]).toEqual([429, "site_over_quota"]);
  expect(Number(refused.headers["retry-after"])).toBeGreaterThan(0);
  expect(refused.headers).toMatchObject({
    "access-control-allow-origin": "*",
    "access-control-expose-headers": "Retry-After",
  });
  const { siteKey } = site;
  const compatible = { GeneralInfo: { eventName: "MainPage", siteId: siteKey, cookies: { sc: "visitor-1" } } };
  expect((await app.inject({ method: "POST", url: "/api/v2", payload: compatible })).statusCode).toBe(429);
  expect((await from("198.51.100.3", otherSite)).statusCode).toBe(200);
  expect(await countOf(db, "event")).toBe(3);
});

test("the first event of a site is noted, once", async () => {
  const { app, db, site } = await intake({ clock: () => 1_800_000_000_000 });
  const first = () => db.query("SELECT first_event_at FROM site WHERE site_id = $1", [site.siteId]);
  expect(await first()).toEqual([{ firstEventAt: null }]);
  await send(app, batch(site, [{ type: "nonsense" }]));
  expect(await first()).toEqual([{ firstEventAt: null }]);
  await send(app, batch(site, [page()]));
  await expect.poll(first).toEqual([{ firstEventAt: 1_800_000_000_000 }]);
});

test("144. in a site that takes signed identities only, an unsigned one is rejected and its batch stored", async () => {
  const { app, db, site } = await intake({ mode: "signed" });
  const identify = { type: "identify", visitorId: "visitor-1", at: Date.now(), email: "ann@shop.example" };
  const answer = await send(
    app,
    batch(site, [
      page(),
      { ...identify, id: uuidv7(Date.now()) },
      { ...identify, id: uuidv7(Date.now()), token: "" },
      { ...identify, id: uuidv7(Date.now()), token: "a.b.c" },
      page(),
    ]),
  );
  expect(answer.body).toMatchObject({
    accepted: 3,
    rejected: [
      { index: 1, code: "token_required" },
      { index: 2, code: "token_required" },
    ],
  });
  expect(await countOf(db, "event")).toBe(2);
});

test("addresses of pages are kept without what identifies or opens doors", async () => {
  const { app, db, site } = await intake();
  const addresses: readonly (readonly [sent: string, kept: string])[] = [
    [
      "https://shop.example/a?utm_source=letter&q=green+tea#top",
      "https://shop.example/a?utm_source=letter&q=green+tea#top",
    ],
    ["https://shop.example/a?email=ann%40shop.example&page=2", "https://shop.example/a?page=2"],
    ["https://shop.example/a?reset_token=abc", "https://shop.example/a"],
    ["https://shop.example/a?to=ann@shop.example&x=1#access_token=abc&x=2", "https://shop.example/a?x=1#x=2"],
    ["https://shop.example/#/reset?token=abc", "https://shop.example/"],
    [`https://shop.example/a?k=${"ab".repeat(20)}&id=17`, "https://shop.example/a?id=17"],
    ["https://ann:secret@shop.example/@ann?x=1", "https://shop.example/@ann?x=1"],
    ["not an address", "not an address"],
  ];
  await send(
    app,
    batch(
      site,
      addresses.map(([url], i) => page({ url, referrer: url, title: String(i) })),
    ),
  );
  const rows = await db.query("SELECT url, referrer FROM event ORDER BY title::int");
  expect(rows).toEqual(addresses.map(([, kept]) => ({ url: kept, referrer: kept })));
});

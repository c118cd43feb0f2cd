import { beforeAll, describe, expect, test } from "vitest";
import { verifyIdentityToken } from "../../src/server/identity/identity-token.ts";
import type { SiteId } from "../../src/contract/identifiers.ts";
import { basic, contactApi, type ContactApi } from "../support/contact-api.ts";
import { TEST_SECRET_KEY } from "../support/services.ts";

let api: ContactApi;
beforeAll(async () => {
  api = await contactApi();
});
const post = (path: string, body: unknown, headers = {}) => api.call("POST", `/api/v1${path}`, { body, headers });

describe("a plug-in that sets a shop up", () => {
  test("registers the domain, gets the site's key, and the tag by it, by the domain or as the newest", async () => {
    const answer = await post("/site/domains", { domain: " https://Shop.Example/path " });
    const { siteId } = answer.json() as { siteId: string };
    expect([answer.status, answer.json()]).toEqual([200, { result: expect.any(String), siteId: expect.any(String) }]);
    await post("/site/domains/", { domain: "other.example" });
    const headers = { accept: "text/plain" };
    const tag = await api.call("GET", `/api/v1/site/script?siteId=${siteId}`, { headers });
    expect(tag.text).toMatch(
      new RegExp(`^<script defer src="http[^"]+/backstory.js" data-site="${siteId}"></script>$`),
    );
    expect(tag.headers["content-type"]).toBe("text/plain;charset=UTF-8");
    expect((await api.call("GET", "/api/v1/site/script?domain=shop.example", { headers })).text).toBe(tag.text);
    const newest = await api.call("GET", "/api/v1/site/script", { headers });
    expect(newest.text).not.toBe(tag.text);
    expect((await api.call("GET", "/api/v1/site/script?siteId=nobody")).text).toBe("Site not found");
  });

  test("is told that the domain is there already, in the words that plug-ins look for", async () => {
    await post("/site/domains", { domain: "twice.example" });
    const again = await post("/site/domains", { domain: "TWICE.example" });
    expect([again.status, again.text]).toEqual([400, "Domain already exists"]);
  });

  test.each([[{ domain: "no domain" }], [{ domain: "localhost" }], [{}], [[]], [{ domain: null }]])(
    "is refused %j with a sentence",
    async (body) => {
      const answer = await post("/site/domains", body);
      expect([answer.status, answer.text]).toEqual([400, expect.stringContaining("domain")]);
    },
  );

  test("needs the scope", async () => {
    const authorization = basic(await api.key("contacts:read", "contacts:write"));
    expect((await post("/site/domains", { domain: "x.example" }, { authorization })).status).toBe(403);
  });
});

describe("a token for a contact", () => {
  const tokenFor = async (body: unknown) =>
    ((await post("/auth/contact/token", body)).json() as { token: string }).token;
  const verdict = (token: string, sourceId: string) =>
    verifyIdentityToken(
      { db: api.db, secretKey: TEST_SECRET_KEY },
      { token, siteId: 1 as SiteId, sourceId, now: Date.now() },
    );

  test("names the contact, binds the browser that was named, and no other", async () => {
    await post("/contact", { externalCustomerId: "t-1", channels: { type: "email", value: "t-1@shop.example" } });
    for (const who of [{ externalCustomerId: "t-1" }, { extid: "t-1" }, { email: "T-1@shop.example" }]) {
      const token = await tokenFor({ ...who, visitorId: "visitor-1" });
      expect(await verdict(token, "visitor-1")).toMatchObject({
        kind: "vouched",
        identity: { externalCustomerId: "t-1" },
      });
      expect(await verdict(token, "visitor-2")).toEqual({ kind: "rejected", reason: "wrong_visitor" });
    }
    const unbound = await tokenFor({ externalCustomerId: "t-1" });
    expect(await verdict(unbound, "visitor-1")).toMatchObject({ kind: "rejected" });
  });

  test("is empty for nobody, and for somebody without an external id to vouch for", async () => {
    await post("/contact", { channels: { type: "email", value: "t-2@shop.example" } });
    for (const who of [{ externalCustomerId: "nobody" }, { email: "t-2@shop.example" }, { phone: 380501112233 }])
      expect(await tokenFor(who)).toBe("");
  });

  test("needs somebody to be named", async () => {
    for (const body of [{}, { externalCustomerId: "null" }, { visitorId: "visitor-1" }]) {
      const answer = await post("/auth/contact/token", body);
      expect([answer.status, answer.text]).toEqual([400, expect.stringContaining("externalCustomerId")]);
    }
  });
});

describe("orders", () => {
  const order = {
    externalOrderId: 17,
    totalCost: "99.5",
    status: "DELIVERED",
    date: "2026-01-02T10:00",
    currency: "UAH",
  };

  test("become events of the contacts they name, once each; of nobody who is known they are kept apart", async () => {
    await post("/contact", { externalCustomerId: "o-1" });
    const orders = [
      { ...order, externalCustomerId: "o-1", items: [{ externalItemId: "a", quantity: 1 }] },
      { ...order, email: "stranger@shop.example" },
    ];
    for (const _ of [1, 2]) {
      const answer = await post("/orders", { orders });
      expect([answer.status, answer.text]).toEqual([200, ""]);
    }
    const events = await api.db.query("SELECT name, properties->>'status' AS status FROM event WHERE name = 'order'");
    expect(events).toEqual([{ name: "order", status: "DELIVERED" }]);
    expect(await api.db.query("SELECT code FROM rejected WHERE message->>'name' = 'order'")).toHaveLength(2);
    expect((await api.call("GET", "/api/v1/contacts?email=stranger@shop.example")).json()).toEqual([]);
  });

  test.each([
    ["none", { orders: [] }],
    ["more than 1,000", { orders: Array(1001).fill(order) }],
    ["one without its id", { orders: [{ ...order, externalOrderId: null }] }],
    ["one without a day", { orders: [{ ...order, date: "soon" }] }],
  ])("are refused: %s", async (_, body) => {
    const answer = await post("/orders", body);
    expect([answer.status, answer.text]).toEqual([400, expect.stringContaining("orders")]);
  });
});

describe("past events", () => {
  const event = {
    eventTypeKey: "visit",
    occurred: "2020-05-06",
    params: [{ name: "externalCustomerId", value: "p-1" }],
  };

  test.each(["v1", "v2"])("of a back end are stored under the contact at their own time (%s)", async (version) => {
    await post("/contact", { externalCustomerId: "p-1" });
    const params = [{ name: "externalCustomerId", value: "nobody" }];
    const body = {
      events: [
        { ...event, eventId: `e-${version}` },
        { ...event, params },
      ],
    };
    const answer = await api.call("POST", `/api/${version}/events/`, { body });
    expect([answer.status, answer.text]).toEqual([200, ""]);
    const found = await api.db.query(
      "SELECT source_kind FROM event WHERE name = 'visit' AND occurred_at < '2020-05-08'",
    );
    expect(found.length).toBeGreaterThan(0);
  });

  test("are refused as a whole, in a plain sentence that names the one", async () => {
    for (const [body, words] of [
      [{ events: [event, { ...event, occurred: undefined }] }, "events.1"],
      [{ events: [{ eventTypeKey: "x", occurred: "2020-01-01" }] }, "events.0"],
      [{ events: Array(501).fill(event) }, "1 to 500"],
      [{}, "events"],
    ] as const) {
      const answer = await post("/events", body);
      expect([answer.status, answer.headers["content-type"], answer.text]).toEqual([
        400,
        expect.stringContaining("text/plain"),
        expect.stringContaining(words),
      ]);
    }
  });

  test("need the scope events, an app's batch the scope mobile", async () => {
    const app = basic(await api.key("mobile"));
    const shop = basic(await api.key("events"));
    expect((await post("/events", { events: [event] }, { authorization: app })).status).toBe(403);
    expect((await post("/events", { deviceId: "d", events: [] }, { authorization: shop })).status).toBe(403);
    expect((await post("/events", { deviceId: "d", events: [] }, { authorization: app })).status).toBe(200);
  });
});

describe("clear", () => {
  test("empties what it names, and a value in the same call wins", async () => {
    const field = (await post("/fields", { key: "plan", name: "Plan", type: "text" })).json() as { id: number };
    const full = {
      externalCustomerId: "c-1",
      firstName: "Ann",
      lastName: "Lee",
      contactKey: "key",
      address: { town: "Kyiv", region: "Kyiv" },
      fields: [{ id: field.id, value: "gold" }],
      channels: [
        { type: "email", value: "c-1@shop.example" },
        { type: "sms", value: "380501234599" },
      ],
    };
    const { id } = (await post("/contact", full)).json() as { id: number };
    const clear = ["firstName", "lastName", "town", "contactKey", `field:${field.id}`, "sms"];
    await post("/contact", { externalCustomerId: "c-1", lastName: "Ray", clear });
    const seen = (await api.call("GET", `/api/v1/contact/${id}`)).json();
    expect(seen).toEqual({
      id,
      externalCustomerId: "c-1",
      lastName: "Ray",
      address: { region: "Kyiv" },
      channels: [{ type: "email", value: "c-1@shop.example" }],
      addressBookId: 1,
    });
  });

  test("refuses what it does not know", async () => {
    for (const clear of [["externalCustomerId"], ["field:999999"], ["firstname"]])
      expect((await post("/contact", { externalCustomerId: "c-2", clear })).status).toBe(400);
  });
});

test("the address books that plug-ins ask for hold the additional fields", async () => {
  await post("/fields", { key: "tier", name: "Tier", type: "choice", allowedValues: ["Gold"] });
  const { addressBook } = (await api.call("GET", "/api/v1/addressbooks")).json() as { addressBook: object };
  expect(addressBook).toMatchObject({ addressBookId: 1, fieldGroups: [{ fields: expect.any(Array) as unknown }] });
  expect(JSON.stringify(addressBook)).toContain('"fieldKey":"tier","description":{"type":"choice","required":false');
});

test("an app over its rate is told to come back with a 503, for it drops whatever is refused with 4xx", async () => {
  const slow = await contactApi({ requestsPerSecond: 1, clock: () => 1_000_000 });
  const answers = [];
  for (let n = 0; n < 2; n += 1) answers.push(await slow.call("POST", "/api/v1/device", { body: { deviceId: "d-1" } }));
  expect(answers.map(({ status }) => status)).toEqual([200, 503]);
  expect(answers[1]?.headers["retry-after"]).toBe("1");
});

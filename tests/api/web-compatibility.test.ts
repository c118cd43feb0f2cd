import { beforeAll, describe, expect, test } from "vitest";
import type { ContactId } from "../../src/contract/identifiers.ts";
import { readTimeline } from "../../src/server/contacts/index.ts";
import { contactApi, basic, type ContactApi } from "../support/contact-api.ts";

let api: ContactApi;
let key: string;
beforeAll(async () => {
  api = await contactApi();
  await api.db.query("INSERT INTO site (site_key, name, created_at) VALUES ('shop-1', 'Shop', now())");
  await api.db.query(
    "INSERT INTO site (site_key, name, identify, created_at) VALUES ('strict-1', 'Strict', 'signed', now())",
  );
  key = await api.key("contacts:write");
});

const anybody = { authorization: "", "content-type": "text/plain" };
async function send(body: unknown, headers: Record<string, string> = anybody): Promise<void> {
  const { status, text } = await api.call("POST", "/api/v2", { body, headers });
  expect([status, text]).toEqual([200, ""]);
}
const backEnd = (body: unknown) => send(body, { authorization: basic(key) });
let visitors = 0;
const visitor = () => `5DB1C4E0-AAAA-4000-8000-${String((visitors += 1)).padStart(12, "0")}`;
const general = (eventName: string, more: object = {}) => ({
  eventName,
  siteId: "shop-1",
  datetime: Date.now(),
  ...more,
});
const eventsOf = (sourceId: string) =>
  api.db.query("SELECT name, properties, trust FROM event WHERE source_id = $1 ORDER BY occurred_at", [sourceId]);
const contacts = async () => (await api.db.query<{ n: number }>("SELECT count(*)::int AS n FROM contact"))[0]?.n;
const lastRejected = async () =>
  (await api.db.query("SELECT code, reason, message FROM rejected ORDER BY rejected_id DESC LIMIT 1"))[0];
const rejectedCount = async () =>
  (await api.db.query<{ n: number }>("SELECT count(*)::int AS n FROM rejected"))[0]?.n ?? 0;
const namesOf = async (contactId: ContactId) =>
  (await readTimeline(api.db, { contactId, limit: 50 })).entries.map(({ name }) => name);
const make = async (body: object) =>
  ((await api.call("POST", "/api/v1/contact", { body })).json() as { id: ContactId }).id;

describe("each event of the REST tracker is stored under the cookie, as it was sent", () => {
  const kinds: Record<string, object> = {
    MainPage: {},
    NotFound: {},
    StatusCartPage: {},
    ProductPage: {
      ProductPage: { Product: { productKey: 24_191, price: "754 USD", isInStock: "1", tag_color: ["red"] } },
    },
    CategoryPage: { CategoryPage: { Category: { categoryKey: "shoes" }, Tags: { a: ["b"] } } },
    AddToWishlist: { AddToWishlist: { Product: { productKey: "24191" } } },
    StatusCart: { StatusCart: { GUID: "g-1", Products: [{ productKey: "1", price: 1, quantity: "2" }] } },
    PurchasedItems: {
      PurchasedItems: { OrderNumber: "o-1", Products: [{ product_id: 7, unit_price: "9.5", quantity: 1 }] },
    },
    SearchRequest: { SearchRequest: { search: "boots", isFound: 0 } },
    ProductImpressions: { ProductImpression: [{ product_id: 1, container_type: "slider" }] },
  };
  test.each(Object.entries(kinds))("%s", async (name, part) => {
    const sc = visitor();
    await send({ GeneralInfo: general(name, { cookies: { sc } }), ...part });
    expect(await eventsOf(sc)).toEqual([{ name, properties: part, trust: "browser" }]);
  });
});

describe("people", () => {
  test("contact data makes a claim and no contact, and is in no event; it attaches when the back end makes the contact", async () => {
    const [bySameId, byAddress] = [visitor(), visitor()];
    const before = await contacts();
    const person = { externalCustomerId: 901, user_email: "New-1@Shop.example", user_phone: "+380501112233" };
    await send({
      GeneralInfo: general("ProductPage", { ...person, cookies: { sc: bySameId } }),
      ProductPage: { Product: { productKey: "1" } },
    });
    await send({
      GeneralInfo: general("CustomerData", { user_email: "new-1@shop.example", cookies: { sc: byAddress } }),
    });
    await send({ GeneralInfo: general("MainPage", { cookies: { sc: byAddress } }) });
    expect(await contacts()).toBe(before);
    expect(JSON.stringify(await api.db.query("SELECT properties, context FROM event"))).not.toMatch(/new-1@|112233/i);

    const id = await make({ externalCustomerId: "901", channels: [{ type: "email", value: "new-1@shop.example" }] });
    expect((await namesOf(id)).toSorted()).toEqual(["MainPage", "ProductPage"]);
    expect(await api.db.query("SELECT FROM pending_claim WHERE visitor_id = ANY($1)", [[bySameId, byAddress]])).toEqual(
      [],
    );
  });

  test("a claim that names another external id, one that is too old, and one about somebody who was there stay apart", async () => {
    const [other, old, late] = [visitor(), visitor(), visitor()];
    const claim = (sc: string, more: object) =>
      send({ GeneralInfo: general("CustomerData", { ...more, cookies: { sc } }) });
    for (const sc of [other, old, late]) await send({ GeneralInfo: general("MainPage", { cookies: { sc } }) });
    await claim(other, { externalCustomerId: "not-902", user_email: "apart@shop.example" });
    await claim(old, { externalCustomerId: "902" });
    await api.db.query("UPDATE pending_claim SET expires_at = now() - interval '1 minute' WHERE visitor_id = $1", [
      old,
    ]);
    const id = await make({ externalCustomerId: "902", channels: [{ type: "email", value: "apart@shop.example" }] });
    await claim(late, { externalCustomerId: "902" });
    expect(await make({ externalCustomerId: "902" })).toBe(id);
    expect(await namesOf(id)).toEqual([]);
  });

  test("a key's word binds the cookie to somebody known at once, and makes nobody", async () => {
    const [known, unknown] = [visitor(), visitor()];
    const id = await make({ externalCustomerId: "903" });
    const before = await contacts();
    await backEnd({ GeneralInfo: general("MainPage", { externalCustomerId: "903", cookies: { sc: known } }) });
    await backEnd({ GeneralInfo: general("MainPage", { externalCustomerId: "904", cookies: { sc: unknown } }) });
    expect(await namesOf(id)).toEqual(["MainPage"]);
    expect(await eventsOf(known)).toMatchObject([{ trust: "server" }]);
    expect(await contacts()).toBe(before);
    expect(await namesOf(await make({ externalCustomerId: "904" }))).toEqual(["MainPage"]);
  });

  test("webcontact links cookie and contact: at once with a key, as a claim without or with a bad one", async () => {
    const [trusted, claimed] = [visitor(), visitor()];
    const id = await make({ externalCustomerId: "905" });
    for (const sc of [trusted, claimed]) await send({ GeneralInfo: general("MainPage", { cookies: { sc } }) });
    await send({ externalCustomerId: 905, webId: claimed, orgId: 1 }, { authorization: basic("a-bad-key") });
    expect(await namesOf(id)).toEqual([]);
    expect(await api.db.query("SELECT visitor_id FROM pending_claim WHERE external_customer_id = '905'")).toEqual([
      { visitorId: claimed },
    ]);
    await backEnd({ externalCustomerId: 905, webId: trusted, orgId: 1, email: "p@shop.example" });
    expect(await namesOf(id)).toEqual(["MainPage"]);
  });

  test("a site that believes only tokens keeps the event and names the claim as rejected", async () => {
    const sc = visitor();
    await send({
      GeneralInfo: general("MainPage", { siteId: "strict-1", user_email: "s@shop.example", cookies: { sc } }),
    });
    expect(await eventsOf(sc)).toHaveLength(1);
    expect(await lastRejected()).toMatchObject({ code: "token_required", message: { visitorId: sc } });
  });

  test("without a cookie the event is the contact's whom a key names; without a key, or known to nobody, it is kept apart", async () => {
    const id = await make({ externalCustomerId: "906" });
    await backEnd({ GeneralInfo: general("PurchasedItems", { externalCustomerId: "906" }), PurchasedItems: {} });
    await backEnd({ GeneralInfo: general("MainPage", { user_es_contact_id: String(id) }) });
    expect((await namesOf(id)).toSorted()).toEqual(["MainPage", "PurchasedItems"]);
    await backEnd({ GeneralInfo: general("MainPage", { externalCustomerId: "nobody-906" }) });
    expect(await lastRejected()).toMatchObject({ code: "unknown_contact" });
    await send({ GeneralInfo: general("MainPage", { externalCustomerId: "906" }) });
    expect(await lastRejected()).toMatchObject({ code: "unknown_contact", message: { externalCustomerId: "906" } });
    expect(await namesOf(id)).toHaveLength(2);
  });
});

describe("the same thing told twice", () => {
  test("is stored once: equal content, or one tracked order", async () => {
    const sc = visitor();
    const page = { GeneralInfo: general("MainPage", { cookies: { sc } }) };
    await send(page);
    await send(page);
    const order = (datetime: number) => ({
      GeneralInfo: { ...general("PurchasedItems", { cookies: { sc } }), datetime },
      PurchasedItems: { OrderNumber: "1", TrackedOrderId: "0f3b1c1e-0000-4000-8000-000000000001" },
    });
    const noon = Date.now() - (Date.now() % 86_400_000);
    await send(order(noon));
    await send(order(noon + 1));
    const { TrackedOrderId, ...inside } = order(noon).PurchasedItems;
    await send({ ...order(noon), PurchasedItems: inside, TrackedOrderId });
    expect((await eventsOf(sc)).map(({ name }) => name).toSorted()).toEqual(["MainPage", "PurchasedItems"]);
    await send({ GeneralInfo: { ...page.GeneralInfo, datetime: page.GeneralInfo.datetime + 1 } });
    expect(await eventsOf(sc)).toHaveLength(3);
  });
});

describe("what cannot be used", () => {
  test.each([
    ["not_an_event", {}],
    ["invalid_event", { GeneralInfo: { siteId: "shop-1" } }],
    ["invalid_event", { GeneralInfo: { siteId: "shop-1", eventName: "x".repeat(101) } }],
    ["unknown_site", { GeneralInfo: { eventName: "MainPage" } }],
    ["unknown_site", { GeneralInfo: { eventName: "MainPage", siteId: "nowhere" } }],
    ["invalid_visitor_id", { webId: "no", externalCustomerId: "1" }],
    ["no_identifier", { webId: "5DB1C4E0-well-formed" }],
    ["unknown_contact", { GeneralInfo: { eventName: "MainPage", siteId: "shop-1", cookies: { sc: "<script>" } } }],
    ["text_too_long", { GeneralInfo: { eventName: "x".repeat(9_000) } }],
  ])("gets 200 and is kept as %s", async (code, body) => {
    const before = await rejectedCount();
    await send(body);
    expect(await rejectedCount()).toBe(before + 1);
    expect(await lastRejected()).toMatchObject({ code, reason: expect.stringMatching(/\.$/) });
  });

  test("log lines of plug-ins are dropped; what is no JSON object is told so; characters no text has are replaced", async () => {
    const before = await rejectedCount();
    await send({ orgId: 1, typeCMS: "x", errorMessage: "y", data: {}, message: "z", log_level: "error" });
    expect(await rejectedCount()).toBe(before);
    for (const body of ["", "[]", "nonsense", '"text"']) {
      const { status } = await api.call("POST", "/api/v2", { body, headers: anybody });
      expect(status).toBe(400);
    }
    const sc = visitor();
    await send(
      `{"GeneralInfo":{"eventName":"MainPage","siteId":"shop-1","cookies":{"sc":"${sc}"}},"a":"\\u0000\\ud800"}`,
    );
    expect(await eventsOf(sc)).toMatchObject([{ properties: { a: "\ufffd\ufffd" } }]);
  });

  test("pages of every origin may send, also with a preflight", async () => {
    const headers = { ...anybody, origin: "https://shop.example" };
    const asking = { ...headers, "content-type": "", "access-control-request-method": "POST" };
    const preflight = await api.call("OPTIONS", "/api/v2/", { headers: asking });
    expect([preflight.status, preflight.headers["access-control-allow-origin"]]).toEqual([204, "*"]);
    const { status, headers: answer } = await api.call("POST", "/api/v2/", { body: {}, headers });
    expect([status, answer["access-control-allow-origin"]]).toEqual([200, "*"]);
  });
});

describe("GET /scripts/{siteKey}.js", () => {
  test("is the tracker with the layer for sites that exist, and 404 for others", async () => {
    const script = await api.call("GET", "/scripts/shop-1.js", { headers: anybody });
    expect(script.status).toBe(200);
    expect(script.headers["content-type"]).toContain("text/javascript");
    expect(script.text).toContain("sendEventWithTags");
    for (const path of ["/scripts/nowhere.js", "/scripts/shop-1"])
      expect((await api.call("GET", path, { headers: anybody })).status).toBe(404);
  });
});

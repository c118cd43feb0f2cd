import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildTracker } from "../../scripts/build-tracker.mjs";
import type { ContactId } from "../../src/contract/identifiers.ts";
import { createApp } from "../../src/server/app.ts";
import { readTimeline } from "../../src/server/contacts/index.ts";
import { createApiKey } from "../../src/server/db/api-keys.ts";
import type { Services } from "../../src/server/services.ts";
import { launchChromium } from "../support/browser.ts";
import { basic } from "../support/contact-api.ts";
import { eventually } from "../support/eventually.ts";
import { listening, type Call } from "../support/http.ts";
import { testDatabase, type TestDatabase } from "../support/postgres.ts";
import { testServices } from "../support/services.ts";

// The page pastes the snippet as the documentation shows it, letter by letter.
const [, SNIPPET = ""] =
  /^```html\n(.*?)^```/ms.exec(readFileSync(new URL("../../docs/web-compatibility.md", import.meta.url), "utf8")) ?? [];

let db: TestDatabase;
let services: Services;
let call: Call;
let browser: Browser;
let shop: Server;
let address: string;
let outDir: string;
/** Scripts of the pages, by path; each runs right after the snippet. */
const scripts = new Map<string, string>();

beforeAll(async () => {
  outDir = mkdtempSync(join(tmpdir(), "backstory-compatible-"));
  await buildTracker({ outDir });
  db = await testDatabase();
  await db.query("INSERT INTO site (site_key, name, created_at) VALUES ('shop-1', 'Shop', now())");
  services = testServices({ db });
  const app = createApp(services, { distDir: outDir });
  const { secret } = await createApiKey(db, { name: "shop", scopes: ["contacts:write"], now: Date.now() });
  call = await listening(app, { authorization: basic(secret), "content-type": "application/json" });
  const host = `localhost:${(app.server.address() as AddressInfo).port}`;
  const snippet = SNIPPET.replace("https://HOST", `http://${host}`).replace("SITE_KEY", "shop-1");
  shop = createServer((request, response) => {
    const path = request.url ?? "/";
    const head = scripts.get(`before ${path}`) ?? "";
    const page = `<!doctype html><title>${path}</title><script>${head}</script>${snippet}<script>${scripts.get(path) ?? ""}</script>`;
    response.writeHead(200, { "content-type": "text/html" }).end(page);
  });
  await new Promise<void>((resolve) => shop.listen(0, "127.0.0.1", resolve));
  address = `http://localhost:${(shop.address() as AddressInfo).port}`;
  browser = await launchChromium();
  return async () => {
    await browser.close();
    shop.closeAllConnections();
    shop.close();
    await app.close();
    await services.close();
  };
});
afterAll(() => rmSync(outDir, { recursive: true, force: true }));

async function visit(context: BrowserContext, path: string, script = "", before = ""): Promise<Page> {
  scripts.set(path, script).set(`before ${path}`, before);
  const page = await context.newPage();
  page.on("pageerror", (error) => expect.soft(error.message).toBe("no error in the page"));
  await page.goto(address + path);
  await page.waitForFunction("window._esConfig");
  return page;
}
const cookies = async (context: BrowserContext) =>
  Object.fromEntries((await context.cookies()).map(({ name, value }) => [name, value]));
const events = (visitorId: string | undefined) =>
  db.query<{ name: string; properties: unknown }>(
    "SELECT name, properties FROM event WHERE source_id = $1 ORDER BY occurred_at, event_id",
    [visitorId],
  );
const contacts = async () => (await db.query("SELECT FROM contact")).length;

test("the snippet as it is pasted: events in order, the cookie under both names, and what other code waits for", async () => {
  const context = await browser.newContext();
  const page = await visit(
    context,
    "/all",
    `eS('sendEvent', 'MainPage');
     eS('sendEvent', 'ProductPage', { ProductPage: { productKey: 24191, price: '754 USD', isInStock: '1', tag_size: ['M'] } });
     eS('sendEventWithTags', 'CategoryPage', { CategoryPage: { categoryKey: 'shoes' }, Tags: { a: ['b'] } });
     eS('sendEvent', 'StatusCart', { StatusCart: [{ productKey: '1', price: 1, quantity: '2' }], GUID: 'g-1' });
     eS('sendEvent', 'PurchasedItems', { OrderNumber: 'o-1', PurchasedItems: [{ productKey: '1', price: 1, quantity: 2 }] });
     eS('sendEvent', 'AddToWishlist', { AddToWishlist: {} });
     eS('sendEvent', 'SearchRequest', { SearchRequest: { search: 'boots', isFound: 0 } });
     eS('sendEvent', 'ProductImpressions', { ProductImpression: [{ product_id: 1, container_type: 'slider' }] });
     eS('nonsense'); eS(); eS('sendEvent'); eS('sendEvent', 'NotFound', null);`,
  );
  const { sc, backstory_id: id } = await cookies(context);
  expect(sc).toMatch(/^[\w-]{21}$/);
  expect(id).toBe(sc);
  expect(await page.evaluate("JSON.parse(localStorage.esState).customerId")).toBe(sc);
  expect(await page.evaluate("_esConfig.orgId")).toBe(1);
  await page.evaluate("eS('sendEvent', 'StatusCartPage')");

  await eventually(async () => expect((await events(sc)).map(({ name }) => name)).toContain("StatusCartPage"));
  // TRACKING is off in the snippet, so there is no page view.
  expect(await events(sc)).toEqual([
    { name: "MainPage", properties: {} },
    {
      name: "ProductPage",
      properties: { ProductPage: { productKey: 24191, price: "754 USD", isInStock: "1", tag_size: ["M"] } },
    },
    { name: "CategoryPage", properties: { CategoryPage: { categoryKey: "shoes" }, Tags: { a: ["b"] } } },
    { name: "StatusCart", properties: { StatusCart: [{ productKey: "1", price: 1, quantity: "2" }], GUID: "g-1" } },
    {
      name: "PurchasedItems",
      properties: { OrderNumber: "o-1", PurchasedItems: [{ productKey: "1", price: 1, quantity: 2 }] },
    },
    { name: "AddToWishlist", properties: { AddToWishlist: {}, missing: ["productKey"] } },
    { name: "SearchRequest", properties: { SearchRequest: { search: "boots", isFound: 0 } } },
    { name: "ProductImpressions", properties: { ProductImpression: [{ product_id: 1, container_type: "slider" }] } },
    { name: "NotFound", properties: {} },
    { name: "StatusCartPage", properties: {} },
  ]);
  await context.close();
});

test("contact data makes nobody and is in no event; the history attaches when the back end makes the contact", async () => {
  const context = await browser.newContext();
  const before = await contacts();
  await visit(
    context,
    "/person",
    `eS('sendEvent', 'ProductPage', { ProductPage: { productKey: '1', GeneralInfo: { user_phone: '+380501112244' } },
       GeneralInfo: { externalCustomerId: 77, user_email: 'es-1@shop.example' } });
     eS('sendEvent', 'CustomerData', { CustomerData: { externalCustomerId: 77, user_email: 'es-1@shop.example', user_name: 'Es' } });`,
  );
  const { sc } = await cookies(context);
  await eventually(async () => {
    await services.inbox.idle();
    expect(await db.query("SELECT FROM pending_claim WHERE external_customer_id = '77'")).not.toHaveLength(0);
  });
  expect(await contacts()).toBe(before);
  await eventually(async () =>
    expect(await events(sc)).toEqual([{ name: "ProductPage", properties: { ProductPage: { productKey: "1" } } }]),
  );
  expect(JSON.stringify(await db.query("SELECT * FROM event"))).not.toMatch(/es-1@|1112244/);

  const body = { externalCustomerId: "77", channels: [{ type: "email", value: "es-1@shop.example" }] };
  const { id } = (await call("POST", "/api/v1/contact", { body })).json() as { id: ContactId };
  const timeline = await readTimeline(db, { contactId: id, limit: 10 });
  expect(timeline.entries.map(({ name }) => name)).toEqual(["ProductPage"]);
  await context.close();
});

test("an sc from earlier use is adopted as the visitor id, another queue form works, automatic page views are counted", async () => {
  const context = await browser.newContext();
  const earlier = "8A5E7C1B-3F6D-4E2A-9B1C-0D2E4F6A8B0C";
  await context.addCookies([{ name: "sc", value: earlier, url: address }]);
  // The other form in use, in place before the pasted one.
  const before = `window.eS = function () { (eS.q = eS.q || []).push(arguments); };
    eS('init', { TRACKING: true }); eS('sendEvent', 'MainPage');`;
  await visit(context, "/adopted", "", before);
  expect(await cookies(context)).toEqual({ sc: earlier, backstory_id: earlier });
  await eventually(async () =>
    expect((await events(earlier)).map(({ name }) => name).toSorted()).toEqual(["MainPage", "page"]),
  );
  await context.close();
});

test("a malformed sc is replaced, and another person on the same browser gets another id under both names", async () => {
  const context = await browser.newContext();
  await context.addCookies([{ name: "sc", value: "short", url: address }]);
  const page = await visit(context, "/persons");
  const first = await cookies(context);
  expect(first["sc"]).toBe(first["backstory_id"]);
  expect(first["sc"]).not.toBe("short");
  const login = (externalCustomerId: string) =>
    page.evaluate(`eS('sendEvent', 'CustomerData', { CustomerData: { externalCustomerId: '${externalCustomerId}' } })`);
  await login("first-person");
  await login("second-person");
  await eventually(async () => {
    const second = await cookies(context);
    expect(second["backstory_id"]).not.toBe(first["backstory_id"]);
    expect(second["sc"]).toBe(second["backstory_id"]);
  });
  await context.close();
});

test("a token of getAuthTokenCallback goes along with what the page says about the person", async () => {
  const context = await browser.newContext();
  const sent: string[] = [];
  const page = await context.newPage();
  page.on("request", (request) => sent.push(request.postData() ?? ""));
  scripts.set("/token", `eS('sendEvent', 'CustomerData', { CustomerData: { externalCustomerId: 'T1' } });`);
  scripts.set(
    "before /token",
    `window.eS = function () { (eS.q = eS.q || []).push(arguments); };
     eS('init', { TRACKING: false, language: 'uk', getAuthTokenCallback: () => Promise.resolve('a.b.c') });`,
  );
  await page.goto(`${address}/token`);
  await eventually(() => {
    const said = sent.find((text) => text.includes('"identify"')) ?? "";
    expect(JSON.parse(said || "{}").messages?.[0]).toMatchObject({
      externalCustomerId: "T1",
      token: "a.b.c",
      languageCode: "uk",
      onlyRemember: true,
    });
  });
  await context.close();
});

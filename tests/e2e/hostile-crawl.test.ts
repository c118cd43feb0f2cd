import { createServer, type Server } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import type { Page } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { adminSite, PASSWORD, type AdminSite } from "../support/admin-site.ts";
import { eventually } from "../support/eventually.ts";
import { expectOnlyOurs, HOSTILE, within } from "../support/hostile.ts";

// A page with the real tag says hostile things in every field there is. Then every screen that links lead to is looked at,
// every file fetched, every letter opened: nothing of it may ever be more than text.

let site: AdminSite;
let shop: Server;
let shopUrl = "";
let siteKey = "";
beforeAll(async () => {
  expect(HOSTILE.length).toBeGreaterThanOrEqual(60);
  site = await adminSite({ password: PASSWORD });
  const made = await site.services.sites.createSite({ name: `"><img src=x onerror=alert(70)>` });
  if (made.kind !== "stored") throw new Error("The site was not made.");
  ({ siteKey } = made.site);
  shop = createServer((_request, response) => {
    response.setHeader("content-type", "text/html");
    response.end(
      `<!doctype html><title>Shop</title><script src="${site.url}/backstory.js" data-site="${siteKey}"></script>`,
    );
  });
  shop.listen(0, "127.0.0.1");
  await once(shop, "listening");
  shopUrl = `http://localhost:${(shop.address() as AddressInfo).port}`;
});
afterAll(async () => {
  shop.close();
  await site.close();
});

interface Tag {
  (command: "track" | "identify" | "subscribe" | "page" | "reset", ...rest: unknown[]): void;
}

/** One person after another at the same browser, each with another hostile text in everything they say. */
async function browse(): Promise<void> {
  const page = await site.open();
  await page.goto(shopUrl);
  const texts = HOSTILE.map((text, index) => ({
    text,
    short: within(text, 100),
    key: within(text, 200),
    email: `hostile-${index}@example.com`,
  }));
  await page.evaluate(async (said) => {
    const tag = (window as unknown as { backstory: Tag }).backstory;
    for (const [index, { text, short, key, email }] of said.entries()) {
      document.title = text;
      history.pushState(null, "", `/?q=${encodeURIComponent(text)}#${encodeURIComponent(text)}`);
      tag("track", short, { [key]: text, nested: { [key]: [text] } });
      const person = { email, firstName: short, lastName: short, languageCode: short, attributes: { [key]: text } };
      if (index % 3 === 0) tag("subscribe", { ...person, groups: [short], form: { id: short, text } });
      else tag("identify", { ...person, externalId: short, phone: text });
      if (index % 4 === 1) tag("identify", { externalId: short, email: text });
      tag("reset");
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }, texts);
  // Everything was sent: the queue that survives a reload is empty.
  await eventually(async () => {
    const [row] = await site.db.query<{ events: number }>("SELECT count(*) AS events FROM event WHERE name <> 'page'");
    expect(row?.events).toBe(HOSTILE.length);
  });
  await eventually(async () => {
    expect(await site.db.query("SELECT 1 FROM identity_message WHERE carried_out_at IS NULL")).toEqual([]);
  });
  await page.context().close();
}

/** What no page shows and only requests carry. */
async function knock(): Promise<void> {
  for (const text of HOSTILE) {
    await fetch(`${site.url}/v1/messages`, {
      method: "POST",
      headers: { origin: encodeURI(text) },
      body: JSON.stringify({ site: text, sentAt: Date.now(), messages: [{}] }),
    });
    await fetch(`${site.url}/v1/messages`, {
      method: "POST",
      body: JSON.stringify({
        site: siteKey,
        sentAt: Date.now(),
        messages: [{ type: text, id: text, visitorId: text, at: 0, name: text, url: text, title: text }],
      }),
    });
    await fetch(`${site.url}/backstory.js?site=${encodeURIComponent(text)}`, { headers: { referer: encodeURI(text) } });
  }
}

const STARTS = [
  "/admin",
  "/admin/live",
  "/admin/live?verdict=rejected",
  `/admin/live?q=${encodeURIComponent(HOSTILE[1])}&site=${encodeURIComponent(HOSTILE[2])}`,
  "/admin/contacts/1?view=why",
  "/admin/contacts/1?view=raw",
  "/admin/contacts/subscriptions",
  ...["confirmed", "unsubscribed", "<img src=x onerror=alert(71)>"].map(
    (status) => `/admin/contacts/subscriptions?status=${encodeURIComponent(status)}`,
  ),
  `/admin/contacts?createdFrom=${encodeURIComponent(HOSTILE[0])}&backstory=${encodeURIComponent(HOSTILE[1])}`,
  "/admin/contacts?open=1",
  `/admin/contacts?open=${encodeURIComponent(HOSTILE[0])}&externalId=${encodeURIComponent(HOSTILE[1])}&order=${encodeURIComponent(HOSTILE[2])}`,
  "/admin/segments/new?kind=dynamic",
  "/admin/imports/new",
  "/admin/exports/new",
  "/admin/settings",
  "/admin/keys",
  "/admin/users",
  "/admin/password",
];
/** Screens that differ only in a number are alike; some of each kind are enough. */
const OF_A_KIND = 4;
function kindOf(address: string): string {
  const { pathname, searchParams } = new URL(address, site.url);
  return [pathname.replace(/\/(?:[0-9a-f-]{36}|\d+)(?=\/|$)/g, "/:id"), ...searchParams.keys()].join(" ");
}

/** Follows every link to a screen, as far as it is of another kind. Answers where it was. */
async function crawl(page: Page): Promise<string[]> {
  const seen = new Map<string, number>();
  const queue = [...STARTS];
  const visited: string[] = [];
  for (let address = queue.shift(); address !== undefined; address = queue.shift()) {
    const times = seen.get(kindOf(address)) ?? 0;
    if (visited.includes(address) || times >= OF_A_KIND) continue;
    seen.set(kindOf(address), times + 1);
    visited.push(address);
    await page.goto(address);
    await page.waitForSelector("main h1");
    await page.waitForLoadState("networkidle");
    await page.evaluate(() =>
      document.querySelectorAll("main details").forEach((part) => part.setAttribute("open", "")),
    );
    await expectOnlyOurs(page);
    const links = await page
      .locator("#app a[href^='/admin']:not([download])")
      .evaluateAll((found) => found.map((link) => link.getAttribute("href") ?? ""));
    queue.push(...links.filter((link) => !link.startsWith("/admin/api/")));
  }
  return visited;
}

test("every screen that can be reached shows as text what a page with the tag said", async () => {
  await browse();
  await knock();
  const page = await site.openLoggedIn({ reducedMotion: "reduce" });
  const foreign: string[] = [];
  page.on("request", (request) => {
    if (!request.url().startsWith(site.url)) foreign.push(request.url());
  });
  await page.addInitScript(() =>
    document.addEventListener("securitypolicyviolation", (event) =>
      console.error(`content security policy: ${event.blockedURI}`),
    ),
  );
  const visited = (await crawl(page)).map(kindOf);
  for (const kind of [
    "/admin",
    "/admin/live",
    "/admin/contacts/:id",
    "/admin/contacts/:id view",
    "/admin/mail/:id",
    "/admin/sites/:id",
  ])
    expect(visited).toContain(kind);
  for (const kind of [
    "/admin/contacts/subscriptions",
    "/admin/contacts/claims",
    "/admin/sites/rejected",
    "/admin/segments",
  ])
    expect(visited).toContain(kind);

  await page.goto("/admin/live");
  await page.locator(".live-message").first().waitFor();
  const shown = (await page.locator(".live").textContent()) ?? "";
  for (const text of [HOSTILE[0], HOSTILE[1], HOSTILE[2]]) expect(shown).toContain(text);
  for (const summary of (await page.locator(".live-message summary").all()).slice(0, 25)) await summary.click();
  await expectOnlyOurs(page);

  expect(site.complaints).toEqual([]);
  expect(foreign).toEqual([]);

  await expectPlainFiles(page);
});

/** Files are saved and never opened as a page, and no cell of a table is a formula. */
async function expectPlainFiles(page: Page): Promise<void> {
  const [contact] = await site.db.query<{ id: number }>(
    "SELECT min(contact_id) AS id FROM contact WHERE status = 'live'",
  );
  const files = [
    "/contacts/download?format=csv",
    "/contacts/download?format=ndjson",
    `/contacts/${contact?.id}/export`,
  ];
  for (const path of files) {
    const answer = await page.request.get(`${site.url}/admin/api${path}`);
    expect(answer.status()).toBe(200);
    expect(answer.headers()["content-disposition"]).toMatch(/^attachment; filename="[\w.-]+"$/);
    expect(answer.headers()["x-content-type-options"]).toBe("nosniff");
    expect(answer.headers()["content-type"]).not.toContain("html");
    const text = await answer.text();
    if (path.endsWith("export")) expect(() => JSON.parse(text) as unknown).not.toThrow();
    if (path.endsWith("csv")) {
      expect(text).toContain("cmd|'/c calc'!A1");
      for (const cell of text.split(/[,\r\n]/)) expect(cell.replace(/^"/, "")).not.toMatch(/^[=+@\t]/);
    }
  }
}

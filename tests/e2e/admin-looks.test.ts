import { AxeBuilder } from "@axe-core/playwright";
import type { BrowserContextOptions, Page } from "playwright";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createField } from "../../src/server/fields/index.ts";
import { adminSite, logIn, PASSWORD, type AdminSite } from "../support/admin-site.ts";
import { eventually } from "../support/eventually.ts";

// Every screen, filled: no violation that axe finds, in both colour schemes, and nothing wider than the window.

let site: AdminSite;
beforeAll(async () => {
  site = await adminSite({ password: PASSWORD });
  await fill(site);
});
afterAll(async () => {
  await site.close();
});

async function fill({ services, say }: AdminSite): Promise<void> {
  const shop = await services.sites.createSite({ name: "Shop", url: "https://shop.example" });
  const choices = ["a value of a choice", "another one that is rather long", "x".repeat(120)];
  await createField(site.db, { key: "points", name: "Loyalty points", type: "number", now: Date.now() });
  await createField(site.db, {
    key: "k".repeat(64),
    name: "N".repeat(100),
    type: "choice",
    allowedValues: choices,
    now: Date.now(),
  });
  await services.sites.createSite({ name: "A shop with a name that is much longer than names of shops ought to be" });
  if (shop.kind !== "stored") throw new Error("The site was not made.");
  const { siteKey } = shop.site;
  const now = Date.now();
  const long = `https://shop.example/${"a-very-long-path-without-any-break/".repeat(8)}?utm_source=${"x".repeat(120)}`;
  await say(siteKey, "visitor-of-anna-0001", [
    {
      type: "page",
      at: now - 40_000,
      url: "https://shop.example/",
      title: "Shop",
      referrer: "https://search.example/",
    },
    { type: "page", at: now - 30_000, url: long, title: "W".repeat(300) },
    {
      type: "identify",
      at: now - 20_000,
      email: "anna@example.com",
      firstName: "Anna",
      url: "https://shop.example/login",
    },
    { type: "track", at: now - 10_000, name: "Added to cart", properties: { sku: "M-1", note: "y".repeat(400) } },
  ]);
  await say(siteKey, "stranger-visitor-0001", [{ type: "identify", at: now, email: "anna@example.com" }]);
  await say(siteKey, "visitor-of-reader-01", [
    { type: "subscribe", at: now, email: `${"reader.with.a.long.name".repeat(2)}@${"sub.".repeat(10)}example.org` },
  ]);
  await eventually(async () => {
    expect(await site.db.query("SELECT 1 FROM captured_mail")).not.toEqual([]);
  });
}

interface Screen {
  readonly name: string;
  readonly address: string;
  /** What must be there before the screen counts as shown. */
  readonly sign: string;
  act?(page: Page): Promise<void>;
}

const SCREENS: readonly Screen[] = [
  { name: "overview", address: "/", sign: ".tiles" },
  { name: "contacts", address: "/contacts", sign: ".contacts-table" },
  { name: "an empty search", address: "/contacts?q=nobody@example.com", sign: ".empty" },
  { name: "a contact", address: "/contacts/1", sign: ".landmark" },
  {
    name: "a contact with everything unfolded",
    address: "/contacts/1",
    sign: ".landmark",
    act: async (page) => {
      for (const summary of await page.locator("main summary").all()) await summary.click();
    },
  },
  { name: "why one contact", address: "/contacts/1?view=why", sign: ".why" },
  { name: "raw data", address: "/contacts/1?view=raw", sign: ".snippet" },
  { name: "claims", address: "/contacts/claims", sign: ".claim" },
  { name: "additional fields", address: "/contacts/fields", sign: ".fields-table" },
  {
    name: "a field being added",
    address: "/contacts/fields",
    sign: ".fields-table",
    act: (page) => page.click(".page-actions button"),
  },
  { name: "an unknown contact", address: "/contacts/999999", sign: ".empty" },
  { name: "an unknown segment", address: "/segments/999999", sign: ".empty" },
  { name: "an unknown import", address: "/imports/999999", sign: ".empty" },
  { name: "an unknown export", address: "/exports/none", sign: ".empty" },
  { name: "an unknown site", address: "/sites/999999", sign: ".empty" },
  { name: "an unknown letter", address: "/mail/none", sign: ".empty" },
  { name: "sites", address: "/sites", sign: ".site-row" },
  { name: "a site", address: "/sites/1", sign: ".snippet" },
  { name: "a new site", address: "/sites/new", sign: "form.card" },
  { name: "mail", address: "/mail", sign: ".letters" },
  {
    name: "a letter",
    address: "/mail",
    sign: ".letters",
    act: async (page) => {
      await page.locator(".letters a").first().click();
      await page.waitForSelector(".letter-text");
    },
  },
  { name: "keys", address: "/keys", sign: "h1" },
  {
    name: "the dialog for a new key",
    address: "/keys",
    sign: ".empty",
    act: async (page) => {
      await page.getByRole("button", { name: "Create key" }).click();
      await page.waitForSelector("dialog[open]");
    },
  },
  { name: "change of password", address: "/password", sign: "form" },
  { name: "no such screen", address: "/nothing/here", sign: ".empty" },
];

const LOOKS: readonly (readonly [string, BrowserContextOptions])[] = [
  ["on a desktop, light", { viewport: { width: 1280, height: 860 }, colorScheme: "light" }],
  ["on a phone, dark", { viewport: { width: 360, height: 780 }, colorScheme: "dark", hasTouch: true }],
];

describe.each(LOOKS)("%s", (_, options) => {
  let page: Page;
  beforeAll(async () => {
    page = await site.openLoggedIn({ ...options, reducedMotion: "reduce" });
  });

  test.each(SCREENS.map((screen) => [screen.name, screen] as const))(
    "%s is whole and can be used by everybody",
    async (_name, screen) => {
      await page.goto(`/admin${screen.address}`);
      await page.waitForSelector(screen.sign);
      await screen.act?.(page);
      await expectGood(page);
    },
  );

  test("log in is whole and can be used by everybody", async () => {
    const stranger = await site.open(options);
    await stranger.goto("/admin");
    await stranger.waitForSelector("form");
    await expectGood(stranger);
  });
});

test("in Ukrainian, whose words are longer, nothing is wider than the smallest phone and no button is cut", async () => {
  const page = await site.openLoggedIn({ locale: "uk-UA", viewport: { width: 360, height: 780 }, hasTouch: true });
  const faults: string[] = [];
  for (const { name, address, sign } of SCREENS) {
    await page.goto(`/admin${address}`);
    await page.waitForSelector(sign);
    const found = await page.evaluate(() => {
      const { scrollWidth, clientWidth } = document.documentElement;
      const buttons = [...document.querySelectorAll<HTMLElement>(".button, .rail span")];
      return [
        ...(scrollWidth > clientWidth ? [`${scrollWidth} wide`] : []),
        ...buttons
          .filter((one) => one.clientWidth > 0 && one.scrollWidth > one.clientWidth)
          .map((one) => one.innerText),
      ];
    });
    faults.push(...found.map((fault) => `${name}: ${fault}`));
  }
  expect(faults).toEqual([]);
});

async function expectGood(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`)).toEqual([]);
  const { scrollWidth, clientWidth } = await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    return { scrollWidth, clientWidth };
  });
  expect(scrollWidth).toBeLessThanOrEqual(clientWidth);
}

test.each(["en-GB", "uk-UA"])("the first screen needs at most 60 KB of script, in %s", async (locale) => {
  const page = await site.open({ locale });
  // What draws the charts comes after the first screen, which is whole without it.
  await page.route("**/admin/part-*.js", async (route) => {
    const answer = await route.fetch();
    await ((await answer.text()).includes("u-wrap") ? route.abort() : route.continue());
  });
  const loaded = new Map<string, number>();
  page.on("response", (answer) => {
    const { pathname } = new URL(answer.url());
    if (!pathname.endsWith(".js")) return;
    const headers = answer.headers();
    expect(headers).toMatchObject({
      "content-encoding": "gzip",
      "cache-control": expect.stringContaining("immutable"),
    });
    expect(pathname).toMatch(/^\/admin\/(app|part)-[A-Z0-9]{8}\.js$/);
    loaded.set(pathname, Number(headers["content-length"]));
  });
  await page.goto("/admin");
  await logIn(page, PASSWORD);
  await page.waitForSelector(".tiles");
  const bytes = [...loaded.values()].reduce((sum, size) => sum + size, 0);
  expect(bytes).toBeGreaterThan(10 * 1024);
  expect(bytes).toBeLessThanOrEqual(60 * 1024);
  // Each further part is one more thing to wait for: what asks for all the rest, the screens, the words of one language.
  expect(loaded.size).toBe(3);
  // What other screens need waits for them.
  const before = loaded.size;
  await page.goto("/admin/segments/new?kind=dynamic");
  await page.waitForSelector("main h1");
  expect(loaded.size).toBeGreaterThan(before);
});

test("a screen whose script is gone asks for a fresh page instead of staying empty", async () => {
  const page = await site.openLoggedIn();
  await page.route("**/admin/part-*.js", (route) => route.fulfill({ status: 404 }));
  await page.click(".rail a[href='/admin/imports']");
  await page.getByRole("heading", { level: 1, name: "This screen did not arrive" }).waitFor();
  await expectGood(page);
  await page.unroute("**/admin/part-*.js");
  await page.getByRole("button", { name: "Reload the page" }).click();
  await page.getByRole("heading", { level: 1, name: "Imports" }).waitFor();
});

test("the pages are sent with a policy that lets nothing in from elsewhere and no markup from text", async () => {
  for (const address of ["/admin", "/admin/", "/admin/contacts/1", "/admin/no/such/screen"]) {
    const answer = await fetch(site.url + address);
    expect(answer.status).toBe(200);
    const policy = answer.headers.get("content-security-policy");
    for (const rule of [
      "default-src 'self'",
      "object-src 'none'",
      "base-uri 'none'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
    ])
      expect(policy).toContain(rule);
    expect(policy).not.toContain("unsafe");
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(await answer.text()).not.toMatch(/<script(?![^>]+src=)/);
  }
  expect((await fetch(`${site.url}/admin/app-nothing.js`)).status).toBe(404);
  expect((await fetch(`${site.url}/admin/..%2f..%2fpackage.json`)).headers.get("content-type")).toContain("text/html");
});

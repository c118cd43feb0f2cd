import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { adminSite, logIn, PASSWORD, type AdminSite } from "../support/admin-site.ts";

// The frame around every screen: the rail, its bar on a phone, the finder, the keys.

let site: AdminSite;
let page: Page;
let phone: Page;
beforeAll(async () => {
  site = await adminSite({ password: PASSWORD });
  await people(site);
  page = await site.openLoggedIn({ reducedMotion: "reduce" });
  phone = await site.openLoggedIn({ viewport: { width: 360, height: 700 }, hasTouch: true, reducedMotion: "reduce" });
});
afterAll(async () => {
  await site.close();
});

async function people({ services, say }: AdminSite): Promise<void> {
  const shop = await services.sites.createSite({ name: "Shop", url: "https://shop.example" });
  if (shop.kind !== "stored") throw new Error("The site was not made.");
  for (const [index, firstName] of ["Anna", "Ben", "Dora"].entries()) {
    await say(shop.site.siteKey, `visitor-of-person-0${index}`, [
      {
        type: "identify",
        at: Date.now(),
        externalCustomerId: `shop-${1000 + index}`,
        email: `${firstName.toLowerCase()}@example.com`,
        phone: `+4860000000${index}`,
        firstName,
      },
    ]);
  }
}

const finder = () => page.getByRole("dialog", { name: "Find a contact, a segment or a screen" });
const chosen = () => finder().getByRole("option", { selected: true });
const heading = (name: string) => page.getByRole("heading", { level: 1, name, exact: true });
const pathOf = (shown: Page) => new URL(shown.url()).pathname;

async function expectAccessible(shown: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page: shown }).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`)).toEqual([]);
}

test("the rail has eight entries, each with an icon, and says where one is", async () => {
  await page.goto("/admin");
  const entries = page.locator(".rail a");
  await entries.first().waitFor();
  expect(await entries.allTextContents()).toEqual([
    "Overview",
    "Contacts",
    "Segments",
    "Imports",
    "Exports",
    "Live",
    "Sites",
    "Settings",
  ]);
  expect(await page.locator(".rail a:has(svg)").count()).toBe(8);
  for (const [address, entry, current] of [
    ["/admin", "Overview", "page"],
    ["/admin/contacts", "Contacts", "page"],
    ["/admin/contacts/1", "Contacts", "true"],
    ["/admin/contacts/claims", "Contacts", "true"],
    ["/admin/contacts/fields", "Settings", "true"],
    ["/admin/sites/rejected", "Settings", "true"],
    ["/admin/keys", "Settings", "true"],
    ["/admin/mail", "Settings", "true"],
    ["/admin/settings", "Settings", "page"],
  ] as const) {
    await page.goto(address);
    await page.locator("main h1").first().waitFor();
    const here = page.locator(".rail a[aria-current]");
    expect([address, await here.allTextContents(), await here.getAttribute("aria-current")]).toEqual([
      address,
      [entry],
      current,
    ]);
  }
});

test("settings lead to mail, keys, users, fields and rejected messages, and each leads back", async () => {
  for (const title of ["Mail", "API keys", "Users", "Additional fields", "Rejected messages"]) {
    await page.goto("/admin/settings");
    await page.locator("main").getByRole("link", { name: title }).click();
    await heading(title).waitFor();
    await page.locator("main").getByRole("link", { name: "Settings", exact: true }).click();
    await heading("Settings").waitFor();
  }
  await expectAccessible(page);
});

test("every screen of the rail is reached on a phone, from a bar of five", async () => {
  const bar = phone.locator(".rail > :visible");
  await phone.goto("/admin");
  await phone.locator(".tiles").waitFor();
  expect(await bar.allTextContents()).toEqual(["Overview", "Contacts", "Segments", "Imports", "More"]);
  for (const entry of await bar.all()) {
    const box = await entry.boundingBox();
    expect(box?.height).toBeGreaterThanOrEqual(44);
    expect((box?.x ?? 999) + (box?.width ?? 999)).toBeLessThanOrEqual(360);
  }
  const more = phone.getByRole("button", { name: "More" });
  const beyond = [
    "Exports",
    "Live",
    "Sites",
    "Settings",
    "Mail",
    "API keys",
    "Users",
    "Additional fields",
    "Rejected messages",
  ];
  for (const title of beyond) {
    await more.click();
    const dialog = phone.getByRole("dialog", { name: "More" });
    await dialog.waitFor();
    expect(await dialog.getByRole("link").allTextContents()).toEqual(beyond);
    if (title === "Exports") await expectAccessible(phone);
    await dialog.getByRole("link", { name: title, exact: true }).click();
    await phone.getByRole("heading", { level: 1, name: title, exact: true }).waitFor();
    expect(await dialog.count()).toBe(0);
    expect(await more.getAttribute("aria-current")).toBe("true");
    expect(await phone.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  }
  await phone.getByRole("link", { name: "Contacts", exact: true }).first().click();
  await phone.getByRole("heading", { level: 1, name: "Contacts" }).waitFor();
  expect(await more.getAttribute("aria-current")).toBeNull();
});

test("Ctrl K finds a contact by any identifier, and Enter opens it", async () => {
  await page.goto("/admin/sites");
  await heading("Sites").waitFor();
  for (const [identifier, name] of [
    ["shop-1001", "Ben"],
    ["anna@example.com", "Anna"],
    ["+48600000002", "Dora"],
    ["visitor-of-person-01", "Ben"],
    ["3", "Dora"],
  ] as const) {
    await page.keyboard.press("Control+k");
    await finder().waitFor();
    await page.keyboard.type(identifier);
    await chosen()
      .filter({ has: page.getByText(name, { exact: true }) })
      .waitFor();
    await page.keyboard.press("Enter");
    await heading(name).waitFor();
    expect(await finder().count()).toBe(0);
  }
  expect(pathOf(page)).toBe("/admin/contacts/3");
});

test("the finder leads to segments and screens by keys alone, and is usable by everybody", async () => {
  await page.goto("/admin/segments/new?kind=list");
  await page.getByLabel("Name").fill("Best customers");
  await page.keyboard.press("Enter");
  await heading("Best customers").waitFor();
  await page.goto("/admin");
  await page.locator(".tiles").waitFor();
  await page.keyboard.press("Meta+k");
  await finder().waitFor();
  await expectAccessible(page);
  await page.keyboard.type("best cust");
  await chosen().filter({ hasText: "Best customers" }).waitFor();
  await finder().getByText("0 contacts found").waitFor();
  await expectAccessible(page);
  await page.keyboard.press("Enter");
  await heading("Best customers").waitFor();

  await page.keyboard.press("Control+k");
  await finder().waitFor();
  await page.keyboard.type("s");
  await chosen().filter({ hasText: "Contacts" }).waitFor();
  await page.keyboard.press("ArrowDown");
  await chosen().filter({ hasText: "Segments" }).waitFor();
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("ArrowUp");
  await chosen().filter({ hasText: "Search all contacts for “s”" }).waitFor();
  await page.keyboard.press("Enter");
  await heading("Contacts").waitFor();
  expect(new URL(page.url()).search).toBe("?q=s");
});

test("Escape closes the finder and leaves one where one was", async () => {
  await page.goto("/admin/sites");
  const add = page.locator("main").getByRole("link", { name: "Add site" }).first();
  await add.focus();
  await page.keyboard.press("Control+k");
  await finder().waitFor();
  await page.keyboard.type("anything");
  await page.keyboard.press("Escape");
  await finder().waitFor({ state: "detached" });
  expect(await add.evaluate((link) => link === document.activeElement)).toBe(true);
});

test("the slash goes to the list's own search, or to the finder where there is none", async () => {
  await page.goto("/admin/contacts");
  await page.getByRole("searchbox").waitFor();
  await page.keyboard.press("/");
  expect(await page.getByRole("searchbox").evaluate((field) => field === document.activeElement)).toBe(true);
  // Somebody who types gets what they typed.
  await page.keyboard.type("a/b?");
  expect(await page.getByRole("searchbox").inputValue()).toBe("a/b?");
  await page.goto("/admin/sites");
  await heading("Sites").waitFor();
  await page.keyboard.press("/");
  await finder().waitFor();
  await page.keyboard.press("Escape");
});

test("a question mark lists the keys", async () => {
  await page.goto("/admin/sites");
  await heading("Sites").waitFor();
  await page.keyboard.press("?");
  const keys = page.getByRole("dialog", { name: "Keyboard shortcuts" });
  await keys.getByText("Show these shortcuts").waitFor();
  await expectAccessible(page);
  await page.keyboard.press("Escape");
  await keys.waitFor({ state: "detached" });
});

test("the tab and the keyboard arrive at a screen whose script and name come late", async () => {
  await page.goto("/admin/contacts");
  await page.getByRole("link", { name: "Dora" }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("link", { name: "Open full page" }).focus();
  await page.keyboard.press("Enter");
  await heading("Dora").waitFor();
  await page.waitForFunction(() => document.title === "Dora · Backstory");
  await page.waitForFunction(() => document.activeElement?.tagName === "H1");
});

test("an answer that is slow does not keep back what is there: first bars, then the frame, then the rows", async () => {
  const slow = /\/admin\/api\/(session|contacts)$/;
  const held: { readonly path: string; goOn(): void }[] = [];
  await page.route(slow, async (route) => {
    const { pathname } = new URL(route.request().url());
    await new Promise<void>((done) => held.push({ path: pathname.replace("/admin/api/", ""), goOn: done }));
    await route.continue();
  });
  const letGo = (path: string) => held.find((one) => one.path === path)?.goOn();
  await page.goto("/admin/contacts", { waitUntil: "commit" });
  await page.locator("main.gate .skeleton").waitFor();
  // Asked for side by side, and each once.
  expect(held.map(({ path }) => path).sort()).toEqual(["contacts", "session"]);
  letGo("session");
  await heading("Contacts").waitFor();
  await page.locator("#content .skeleton").waitFor();
  letGo("contacts");
  await page.getByRole("link", { name: "Dora" }).waitFor();
  expect(held).toHaveLength(2);
  await page.unroute(slow);
});

test("nothing of all this needed an exception from the content security policy", () => {
  expect(site.complaints).toEqual([]);
});

test("the log-in page asks for nothing in vain, wherever one wanted to go, and the console stays empty", async () => {
  const stranger = await site.open();
  const asked: string[] = [];
  const said: string[] = [];
  stranger.on("request", (request) => {
    if (new URL(request.url()).pathname.startsWith("/admin/api")) asked.push(request.url());
  });
  stranger.on("console", (message) => said.push(message.text()));
  for (const address of ["/admin", "/admin/contacts?open=1", "/admin/segments/1"]) {
    await stranger.goto(address);
    await stranger.getByRole("heading", { level: 1, name: "Log in" }).waitFor();
    await stranger.waitForLoadState("networkidle");
  }
  expect(asked).toEqual([]);
  expect(said).toEqual([]);
  await logIn(stranger, PASSWORD);
  await stranger.locator(".rail").waitFor();
  // From now on the page comes with a session, and what it shows is asked for at once.
  await stranger.goto("/admin/contacts");
  await stranger.locator(".contacts-table").waitFor();
  expect(asked.some((address) => address.endsWith("/admin/api/session"))).toBe(true);
});

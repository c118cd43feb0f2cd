import { createHash } from "node:crypto";
import type { Page } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { adminSite, logIn, PASSWORD, type AdminSite, type Said } from "../support/admin-site.ts";
import { eventually } from "../support/eventually.ts";

// The admin as its user meets it: the assembled server, the built pages, a real browser. In the order of a first day.

let site: AdminSite;
let page: Page;
let siteKey = "";
beforeAll(async () => {
  site = await adminSite();
  page = await site.open();
});
afterAll(async () => {
  await site.close();
});

const heading = () => page.getByRole("heading", { level: 1 });
const SHOP = "https://shop.example";
const MINUTE = 60_000;

test("the first log-in asks for a password of one's own before anything else", async () => {
  await page.goto("/admin/sites/new");
  await logIn(page, "not the password");
  await page.getByText("The name or the password is wrong.").waitFor();
  await logIn(page, site.firstAdmin.oneTimePassword ?? "");
  await page.getByRole("heading", { name: "Choose your password" }).waitFor();
  expect(await page.locator(".rail").count()).toBe(0);
  // Also where one form follows another, one can type at once.
  expect(await page.evaluate(() => document.activeElement?.getAttribute("name"))).toBe("current");

  await page.getByLabel("One-time password").fill(site.firstAdmin.oneTimePassword ?? "");
  await page.getByLabel("New password").fill(PASSWORD);
  await page.getByRole("button", { name: "Set password" }).click();
  // Straight on to where one wanted to go.
  await page.getByRole("heading", { name: "Add site" }).waitFor();
});

test("an empty installation says what to do next", async () => {
  await page.goto("/admin");
  await page.getByRole("heading", { name: "First steps" }).waitFor();
  await page.getByRole("link", { name: "Contacts" }).first().click();
  await page.getByRole("heading", { name: "No contacts yet" }).waitFor();
  await page.getByRole("link", { name: "Get the tag" }).click();
  await page.getByRole("heading", { name: "No site yet" }).waitFor();
});

test("a new site shows its tag, and its dot turns green at the first event without a reload", async () => {
  await page.goto("/admin/sites/new");
  await page.getByLabel("Name").fill("Shop");
  await page.getByLabel("Address").fill(SHOP);
  await page.getByRole("button", { name: "Add site" }).click();
  await heading().filter({ hasText: "Shop" }).waitFor();
  await page.getByText("Waiting for the first event").waitFor();

  const tag = await page.locator(".snippet code").first().textContent();
  siteKey = /data-site="([\w-]+)"/.exec(tag ?? "")?.[1] ?? "";
  expect(tag).toBe(`<script defer src="${site.url}/backstory.js" data-site="${siteKey}"></script>`);
  await page.getByRole("tab", { name: "Tag manager" }).click();
  expect(await page.locator(".snippet code").first().textContent()).toContain(`backstory.js?site=${siteKey}`);
  await page.getByRole("tab", { name: "WordPress" }).click();
  expect(await page.locator(".snippet code").first().textContent()).toBe(tag);
  await page.getByRole("tab", { name: "Pinned version" }).click();
  await expectTrueHash(await page.locator(".snippet code").first().textContent());

  await site.say(siteKey, "first-visitor-000001", [{ type: "page", at: Date.now(), url: `${SHOP}/` }]);
  await page.getByText("First event received").waitFor();
});

/** The pinned tag names a file that is there, may be kept for ever, and has the hash that the tag says. */
async function expectTrueHash(pinned: string | null): Promise<void> {
  const src = /src="([^"]+)"/.exec(pinned ?? "")?.[1] ?? "";
  expect(src).toMatch(/\/backstory-[0-9a-f]{16}\.js$/);
  const answer = await fetch(src);
  expect(answer.headers.get("cache-control")).toContain("immutable");
  expect(answer.headers.get("access-control-allow-origin")).toBe("*");
  const hash = createHash("sha384").update(new Uint8Array(await answer.arrayBuffer()));
  expect(pinned).toContain(`integrity="sha384-${hash.digest("base64")}" crossorigin="anonymous"`);
}

const PATHS = ["/", "/shop", "/shop/plants", "/products/monstera", "/cart", "/register"];
const views = (from: number): Said[] =>
  PATHS.map((path, index) => ({
    type: "page",
    at: from + index * 1_000,
    url: SHOP + path,
    title: `Page ${path}`,
  }));

test("visitors without a name are no contacts", async () => {
  await site.say(siteKey, "visitor-of-anna-0001", views(Date.now() - 10 * MINUTE));
  await page.goto("/admin/contacts");
  await page.getByRole("heading", { name: "No contacts yet" }).waitFor();
});

test("a contact's page tells the story: what came before the sign-up stands apart, below its landmark", async () => {
  const now = Date.now();
  await site.say(siteKey, "visitor-of-anna-0001", [
    {
      type: "identify",
      at: now - 5 * MINUTE,
      externalCustomerId: "customer-17",
      email: "Anna@Example.com",
      firstName: "Anna",
      lastName: "Kowalska",
      url: `${SHOP}/register`,
    },
    { type: "page", at: now - 4 * MINUTE, url: `${SHOP}/account`, title: "Your account" },
    { type: "track", at: now - 3 * MINUTE, name: "Added to cart", url: `${SHOP}/cart`, properties: { sku: "M-1" } },
  ]);
  await page.goto("/admin/contacts");
  await page.getByRole("searchbox").fill("anna@example.com");
  await page.getByRole("button", { name: "Search" }).click();
  await page.getByText("1 contact found").waitFor();
  expect(page.url()).toBe(`${site.url}/admin/contacts?q=anna%40example.com`);
  await page.getByRole("link", { name: "Anna Kowalska" }).click();
  await page.getByRole("link", { name: "Open full page" }).click();
  await heading().filter({ hasText: "Anna Kowalska" }).waitFor();

  await page.getByText("Signed up on /register").waitFor();
  await page.getByText("6 earlier events attached from this browser").waitFor();
  expect(await shownTimeline()).toEqual([
    "Added to cart",
    "Your account",
    "— Signed up on /register",
    "— Before we knew who this was",
    ...PATHS.map((path) => `before: Page ${path}`).reverse(),
  ]);
  const card = page.getByRole("complementary", { name: "Who this is" });
  await expectText(card, [
    "customer-17",
    "Anna@Example.com",
    "unconfirmed",
    "said by a browser",
    "visitor-of-anna-0001",
  ]);
});

async function expectText(within: ReturnType<Page["locator"]>, texts: readonly string[]): Promise<void> {
  const all = await within.textContent();
  for (const text of texts) expect(all).toContain(text);
}

/** What the timeline says, line by line, newest first. */
function shownTimeline(): Promise<string[]> {
  return page.locator(".entries > li").evaluateAll((items) =>
    items.map((item) => {
      const title = item.querySelector("bdi")?.textContent ?? item.textContent ?? "";
      if (!item.classList.contains("entry")) return `— ${title}`;
      return item.classList.contains("before") ? `before: ${title}` : title;
    }),
  );
}

test("an event opens to what it carried", async () => {
  await page.getByText("Added to cart").click();
  await expectText(page.locator(".entry[class=entry]").first(), ["sku", "M-1", "the browser", "Shop"]);
});

test("why it is one contact is told step by step", async () => {
  await page.getByRole("tab", { name: "Why one contact" }).click();
  await page.getByText("Contact created").waitFor();
  await expectText(page.getByRole("tabpanel"), [
    "A browser on /register",
    "external ID",
    "email",
    "Tied to this contact",
  ]);
  expect(page.url()).toContain("view=why");
});

test("a long story is read page by page down to its beginning", async () => {
  const now = Date.now();
  const many: Said[] = Array.from({ length: 150 }, (_, index) => ({
    type: "page",
    at: now - 2 * MINUTE - (150 - index) * 10,
    url: `${SHOP}/page/${index}`,
  }));
  await site.say(siteKey, "visitor-of-anna-0001", many);
  await page.goto("/admin/contacts/1");
  await eventually(async () => {
    await page.mouse.wheel(0, 20_000);
    expect(await page.locator(".entry").count()).toBe(158);
  });
  await page.getByText("This is where the story begins").waitFor();
});

test("what another browser claims waits for proof and can be dismissed", async () => {
  await site.say(siteKey, "stranger-visitor-0001", [
    { type: "page", at: Date.now() - MINUTE, url: `${SHOP}/` },
    { type: "identify", at: Date.now(), email: "anna@example.com", url: `${SHOP}/login` },
  ]);
  await page.goto("/admin");
  await page.getByRole("link", { name: /Pending claims/ }).click();
  await page.getByText("1 event from one browser claims").waitFor();
  await page.getByRole("link", { name: "Contact 1" }).click();
  await page.getByText("1 browser claims to be this person").click();
  await page.getByRole("button", { name: "Dismiss" }).click();
  await page.getByText("The claim was dismissed").waitFor();
  await eventually(async () => expect(await page.locator(".claims-note").count()).toBe(0));
});

test("deleting a contact can be taken back", async () => {
  await page.goto("/admin/contacts/1");
  await page.getByRole("button", { name: "Delete" }).click();
  await page.getByText("This contact was deleted").waitFor();
  await page.getByRole("button", { name: "Undo" }).click();
  await page.getByText("Anna Kowalska is back").waitFor();
  await page.getByText("This contact was deleted").waitFor({ state: "detached" });
  await page.locator(".entry").first().waitFor();
});

test("Back undoes the last search", async () => {
  await page.goto("/admin/contacts");
  await page.getByText("1 contact", { exact: true }).waitFor();
  await page.keyboard.press("/");
  await page.keyboard.type("nobody@example.com");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Nobody found for “nobody@example.com”" }).waitFor();
  await page.goBack();
  await page.getByRole("link", { name: "Anna Kowalska" }).waitFor();
  expect(await page.getByRole("searchbox").inputValue()).toBe("");
});

test("a captured letter is shown with its link to follow", async () => {
  await site.say(siteKey, "visitor-of-reader-01", [
    { type: "subscribe", at: Date.now(), email: "reader@example.org", url: `${SHOP}/newsletter` },
  ]);
  await eventually(async () => expect(await site.db.query("SELECT 1 FROM captured_mail")).not.toEqual([]));
  await page.goto("/admin/mail");
  await page.getByText("To reader@example.org").click();
  const link = page.locator(".letter-text a").first();
  expect(await link.getAttribute("href")).toMatch(new RegExp(`^${site.url}/confirm/`));
  expect(await link.getAttribute("rel")).toContain("noopener");
});

test("an API key is shown once and works; a second one beside it goes on working when the first is revoked", async () => {
  await page.goto("/admin/keys");
  await page.getByRole("button", { name: "Create key" }).click();
  await page.getByRole("dialog").getByLabel("Name").fill("Shop back end");
  await page.getByRole("dialog").getByRole("button", { name: "Create key" }).click();
  await page.getByRole("heading", { name: "Copy the key now" }).waitFor();
  const secret = (await page.locator(".secret code").textContent()) ?? "";
  const ask = async (key: string) =>
    (await fetch(`${site.url}/api/v1/contacts`, { headers: { authorization: `Bearer ${key}` } })).status;
  expect(await ask(secret)).toBe(200);

  await page.reload();
  await page.getByText("Shop back end").first().waitFor();
  expect(await page.content()).not.toContain(secret);
  await page.getByRole("button", { name: "Rotate Shop back end" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Create key" }).click();
  await page.getByRole("heading", { name: "Copy the key now" }).waitFor();
  const second = (await page.locator(".secret code").textContent()) ?? "";
  expect(second).not.toBe(secret);
  expect([await ask(secret), await ask(second)]).toEqual([200, 200]);

  const older = page.locator("tr", { hasText: `…${secret.slice(-4)}` });
  await older.getByRole("button", { name: "Revoke Shop back end" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
  await older.waitFor({ state: "detached" });
  expect([await ask(secret), await ask(second)]).toEqual([401, 200]);
});

test("site settings are saved only when something changed, and faults are told in words", async () => {
  await page.goto("/admin/sites/1");
  const save = page.getByRole("button", { name: "Save changes" });
  await save.waitFor();
  expect(await save.isDisabled()).toBe(true);
  await page.getByLabel("Allowed origins").fill("not an origin");
  await save.click();
  await page.getByText('"not an origin" is no origin; write it like https://shop.example.').waitFor();
  await page.getByLabel("Allowed origins").fill(`${SHOP}\nhttps://www.shop.example`);
  await page.locator("[name=identify][value=signed]").check();
  await save.click();
  await page.getByText("Saved").waitFor();
  await page.reload();
  await save.waitFor();
  expect(await page.locator("[name=identify][value=signed]").isChecked()).toBe(true);
  expect(await page.getByLabel("Allowed origins").inputValue()).toBe(`${SHOP}\nhttps://www.shop.example`);
});

test("a contact that was merged leads to the one that survived", async () => {
  await site.db.query(
    `INSERT INTO contact (status, merged_into, contact_source, created_at, updated_at)
     VALUES ('merged', 1, 'TEST', now(), now())`,
  );
  const [loser] = await site.db.query<{ contactId: number }>("SELECT max(contact_id) AS contact_id FROM contact");
  await page.goto(`/admin/contacts/${loser?.contactId}`);
  await heading().filter({ hasText: "Anna Kowalska" }).waitFor();
  expect(new URL(page.url()).pathname).toBe("/admin/contacts/1");
});

test("when the session has ended, logging in again leads back to the same place", async () => {
  await page.goto("/admin/contacts?q=anna");
  await page.getByRole("link", { name: "Anna Kowalska" }).waitFor();
  // Comes after the rows; nothing is asked any more from here on.
  await page.getByText("1 contact found").waitFor();
  await site.db.query("DELETE FROM admin_session");
  await page.getByRole("link", { name: "Anna Kowalska" }).click();
  await page.getByText("Your session has ended").waitFor();
  await logIn(page, PASSWORD);
  await page.getByRole("heading", { level: 2, name: "Anna Kowalska" }).waitFor();
  expect(new URL(page.url()).search).toBe("?q=anna&open=1");
});

test("a Ukrainian browser gets Ukrainian, and the choice of language is kept", async () => {
  const ukrainian = await site.openLoggedIn({ locale: "uk-UA" });
  await ukrainian.getByRole("heading", { name: "Огляд" }).waitFor();
  await ukrainian.getByText("Останні контакти").waitFor();
  expect(await ukrainian.locator("html").getAttribute("lang")).toBe("uk");
  await ukrainian.getByRole("button", { name: "English" }).click();
  await ukrainian.reload();
  await ukrainian.getByRole("heading", { name: "Overview" }).waitFor();
});

test("logging out ends the session", async () => {
  await page.goto("/admin");
  await page.locator(".account-menu summary").click();
  await page.getByRole("button", { name: "Log out" }).click();
  await page.getByRole("heading", { name: "Log in" }).waitFor();
  await page.goto("/admin/contacts");
  await page.getByRole("heading", { name: "Log in" }).waitFor();
});

test("nothing of all this needed an exception from the content security policy", () => {
  expect(site.complaints).toEqual([]);
});

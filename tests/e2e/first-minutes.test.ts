import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { adminSite, PASSWORD, type AdminSite } from "../support/admin-site.ts";

// The first ten minutes: why nothing arrives, by what the server saw, and the first contact by a command that works.

const SHOP = "https://shop.example";
let site: AdminSite;
let page: Page;
let siteKey = "";
beforeAll(async () => {
  site = await adminSite({ password: PASSWORD });
  const made = await site.services.sites.createSite({ name: "Shop", url: SHOP, allowedOrigins: [SHOP] });
  if (made.kind !== "stored") throw new Error("The site was not made.");
  ({ siteKey } = made.site);
  page = await site.openLoggedIn({ reducedMotion: "reduce" });
});
afterAll(async () => {
  expect(site.complaints).toEqual([]);
  await site.close();
});

const send = (origin: string, body: string) =>
  fetch(`${site.url}/v1/messages`, { method: "POST", body, headers: { origin } });
const batch = (key: string, messages: readonly object[] = [{}]) =>
  JSON.stringify({ site: key, sentAt: Date.now(), messages });
const seen = () => page.locator(".seen");

test("in the first minute nobody is worried; after it the page says what the server saw", async () => {
  await page.goto("/admin/sites/1");
  await page.getByText("Waiting for the first event").waitFor();
  expect(await seen().count()).toBe(0);
  await site.db.query("UPDATE site SET created_at = now() - interval '61 seconds'");
  await page.reload();
  await seen().getByText("No page has fetched the script").waitFor();
});

test("each cause appears as it happens, without a reload", async () => {
  await fetch(`${site.url}/backstory.js`, { headers: { referer: `${SHOP}/` } });
  await seen().getByText(`${SHOP} fetched the script, but sent no message.`).waitFor();
  await send(SHOP, "{");
  await seen().getByText("its body was no JSON").waitFor();
  await send(SHOP, batch("key-of-yesterday"));
  await seen().getByText(`${SHOP} sends with the key “key-of-yesterday”`).waitFor();
  const wrong = { type: "page", id: "x", visitorId: "visitor-of-anna-0001", at: Date.now(), url: SHOP };
  await send(SHOP, batch(siteKey, [wrong]));
  await seen().getByText("1 message arrived and was rejected").waitFor();
  await seen().getByRole("link", { name: "Look at them" }).click();
  await page.getByRole("heading", { level: 1, name: "Rejected messages" }).waitFor();
  await page.locator("li.card").waitFor();
  await page.goBack();
});

test("a blocked origin is allowed by one click, and its next page view lights the dot", async () => {
  const www = "https://www.shop.example";
  expect((await send(www, batch(siteKey))).status).toBe(403);
  await page.getByRole("button", { name: `Allow ${www}` }).click();
  await page.getByText(`${www} is allowed now`).waitFor();
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id }) => id)).toEqual([]);
  await site.say(siteKey, "visitor-of-anna-0001", [{ type: "page", at: Date.now(), url: `${www}/` }]);
  await page.getByText("First event received").waitFor();
  expect(await seen().count()).toBe(0);
  expect(await site.db.query("SELECT allowed_origins FROM site")).toEqual([{ allowedOrigins: [SHOP, www] }]);
});

test("the command that identifies a contact gets a key of its own, shown once, and works as it stands", async () => {
  await page.getByRole("button", { name: "Make a key for this example" }).click();
  await page.getByText("The command holds a working key, shown this once.").waitFor();
  const command = (await page.locator(".snippet code", { hasText: "curl" }).textContent()) ?? "";
  const [, user = "", secret = ""] = /-u "(\w+):([^"]+)"/.exec(command) ?? [];
  const [, body = ""] = /-d '([^']+)'/.exec(command) ?? [];
  const answer = await fetch(`${site.url}/api/v1/contact`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Basic ${btoa(`${user}:${secret}`)}` },
    body: body.replace("value of the cookie backstory_id", "visitor-of-anna-0001"),
  });
  expect(answer.status).toBe(200);
  await page.reload();
  await page.getByRole("heading", { level: 1, name: "Shop" }).waitFor();
  expect(await page.locator("main").textContent()).not.toContain(secret);
  await page.goto("/admin/keys");
  await page.getByText("Example of Shop").first().waitFor();
  await page.goto("/admin/contacts");
  await page.getByRole("link", { name: "anna@example.com" }).first().waitFor();
});

test("whoever may not make keys is shown the command without one", async () => {
  await site.db.query("UPDATE admin_user SET role = 'viewer'");
  await page.goto("/admin/sites/1");
  await page.locator(".snippet code", { hasText: "$API_KEY" }).waitFor();
  expect(await page.getByRole("button", { name: "Make a key for this example" }).count()).toBe(0);
  await site.db.query("UPDATE admin_user SET role = 'owner'");
});

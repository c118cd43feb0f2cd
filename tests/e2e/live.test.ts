import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createApp } from "../../src/server/app.ts";
import { uuidv7 } from "../../src/server/lib/uuid.ts";
import { createServices } from "../../src/server/services.ts";
import { adminSite, PASSWORD, type AdminSite, type Said } from "../support/admin-site.ts";

// The stream of messages, watched in a real browser while they come in.

let site: AdminSite;
let page: Page;
let siteKey = "";
beforeAll(async () => {
  site = await adminSite({ password: PASSWORD });
  const created = await site.services.sites.createSite({ name: "Shop", url: "https://shop.example" });
  if (created.kind !== "stored") throw new Error("The site was not made.");
  ({ siteKey } = created.site);
  page = await site.openLoggedIn({ reducedMotion: "reduce" });
});
afterAll(async () => {
  expect(site.complaints).toEqual([]);
  await site.close();
});

const VISITOR = "visitor-of-anna-0001";
const view = (path: string): Said => ({
  type: "page",
  at: Date.now(),
  url: `https://shop.example${path}`,
  title: `Page ${path}`,
});
const see = (path: string) => site.say(siteKey, VISITOR, [view(path)]);
const titles = (shown = page) => shown.locator(".live-title > :first-child").allTextContents();
const pill = () => page.locator(".live-pill");

/** The pointer rests where it holds nothing still. */
const lookAway = () => page.mouse.move(0, 0);

test("an empty stream says what will appear, and the first message does without a reload", async () => {
  await page.goto("/admin/live");
  await page.getByRole("heading", { name: "Nothing has arrived yet" }).waitFor();
  await see("/first");
  await page.locator(".live-message").waitFor();
  expect(await titles()).toEqual(["Page /first"]);
  expect(await page.locator(".live-verdict").textContent()).toBe("Anonymous");
});

test("a sign-up is attached before one's eyes, and leads to the contact", async () => {
  await lookAway();
  await site.say(siteKey, VISITOR, [
    { type: "identify", at: Date.now(), externalCustomerId: "c-1", firstName: "Anna" },
  ]);
  await page.getByText("Said who this is").waitFor();
  await page.locator(".live-message.is-contact").waitFor();
  await see("/account");
  await expect.poll(() => titles()).toEqual(["Page /account", "Said who this is", "Page /first"]);
  await page.locator(".is-contact .live-verdict a").first().click();
  await page.getByRole("heading", { level: 1, name: "Anna" }).waitFor();
  await page.goBack();
  await page.locator(".live-message").first().waitFor();
});

test("what was rejected says why, and shows what came", async () => {
  await lookAway();
  const body = { type: "page", id: "not-an-id", visitorId: VISITOR, at: Date.now(), url: "https://shop.example/x" };
  await fetch(`${site.url}/v1/messages`, {
    method: "POST",
    body: JSON.stringify({ site: siteKey, sentAt: Date.now(), messages: [body] }),
  });
  const rejected = page.locator(".live-message.is-rejected");
  await rejected.waitFor();
  expect(await rejected.locator(".live-verdict").textContent()).toMatch(/^Rejected: .+/);
  await rejected.locator("summary").click();
  await rejected.getByText("not-an-id").waitFor();
  await rejected.locator("summary").click();
  await page.evaluate(() => (document.activeElement as HTMLElement).blur());
});

test("while it is paused nothing moves and nothing is lost; resuming shows what came meanwhile, also from another process", async () => {
  await lookAway();
  await page.getByRole("button", { name: "Pause" }).click();
  const before = await titles();
  for (let index = 0; index < 5; index += 1) await see(`/paused-${index}`);
  // A process of its own, as far as memory goes.
  const others = createServices({
    db: site.db,
    secretKey: "a secret of at least thirty-two characters",
    publicUrl: site.url,
  });
  const other = createApp(others);
  const url = await other.listen({ port: 0, host: "127.0.0.1" });
  await fetch(`${url}/v1/messages`, {
    method: "POST",
    body: JSON.stringify({
      site: siteKey,
      sentAt: Date.now(),
      messages: [{ ...view("/elsewhere"), id: uuidv7(Date.now()), visitorId: VISITOR }],
    }),
  });
  await other.close();
  await others.close();
  await pill().getByText("6 new").waitFor();
  expect(await titles()).toEqual(before);
  // The address says it: whoever reloads or passes it on is paused as well.
  expect(new URL(page.url()).searchParams.has("paused")).toBe(true);
  await page.getByRole("button", { name: "Resume" }).click();
  await expect
    .poll(() => titles())
    .toEqual(["Page /elsewhere", ...[4, 3, 2, 1, 0].map((index) => `Page /paused-${index}`), ...before]);
});

test("what somebody points at does not move: new rows wait behind a pill", async () => {
  await page.locator(".live-message").first().hover();
  const before = await titles();
  await see("/under-the-pointer");
  await pill().getByRole("button", { name: "1 new" }).waitFor();
  expect(await titles()).toEqual(before);
  await pill().getByRole("button", { name: "1 new" }).press("Enter");
  await expect.poll(() => titles()).toEqual(["Page /under-the-pointer", ...before]);
});

test("a filter stands in the address, looks at what is there, and is left by one click", async () => {
  await lookAway();
  await page.getByRole("button", { name: "Rejected", exact: true }).click();
  await expect.poll(() => page.locator(".live-message").count()).toBe(1);
  expect(new URL(page.url()).searchParams.get("verdict")).toBe("rejected");
  await page.getByRole("button", { name: "All", exact: true }).click();
  await page.getByRole("searchbox").fill("paused-3");
  await expect.poll(() => titles()).toEqual(["Page /paused-3"]);
  await page.reload();
  await expect.poll(() => titles()).toEqual(["Page /paused-3"]);
  await page.getByRole("searchbox").fill("nothing like it");
  await page.getByRole("link", { name: "Show all" }).click();
  await expect.poll(() => page.locator(".live-message").count()).toBeGreaterThan(5);
});

test.each([
  ["on a desktop, light", { viewport: { width: 1280, height: 800 }, colorScheme: "light" }],
  ["on a phone, dark, in Ukrainian", { viewport: { width: 360, height: 780 }, colorScheme: "dark", locale: "uk-UA" }],
] as const)("%s the stream is whole and can be used by everybody", async (_, options) => {
  const shown = await site.openLoggedIn({ ...options, reducedMotion: "reduce" });
  await shown.goto("/admin/live");
  await shown.locator(".live-message").first().waitFor();
  await shown.locator("summary").nth(1).press("Enter");
  const { violations } = await new AxeBuilder({ page: shown }).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`)).toEqual([]);
  const wider = await shown.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(wider).toBeLessThanOrEqual(0);
  await shown.context().close();
});

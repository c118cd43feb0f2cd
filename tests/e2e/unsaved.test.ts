import type { Page } from "playwright";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { adminSite, PASSWORD, type AdminSite } from "../support/admin-site.ts";

// What is typed into a form is neither lost by a wrong click nor saved only by the mouse.

let site: AdminSite;
let page: Page;
beforeAll(async () => {
  site = await adminSite({ password: PASSWORD });
  await site.services.sites.createSite({ name: "Shop", url: "https://shop.example" });
  page = await site.openLoggedIn({ reducedMotion: "reduce" });
});
afterAll(async () => {
  await site.close();
});
beforeEach(async () => {
  await page.goto("/admin/sites");
  await page.click(".site-row");
  await name().waitFor();
});

const name = () => page.getByLabel("Name", { exact: true });
const save = () => page.getByRole("button", { name: "Save changes", exact: true });
const question = () => page.getByRole("dialog", { name: "Leave without saving?" });
const path = () => new URL(page.url()).pathname;

test("Save waits for a change, and Ctrl-S does what it does", async () => {
  expect(await save().isDisabled()).toBe(true);
  const before = await name().inputValue();
  await name().fill(`${before}!`);
  expect(await save().isEnabled()).toBe(true);
  await page.keyboard.press("Control+s");
  await page.getByText("Saved", { exact: true }).waitFor();
  expect(await save().isDisabled()).toBe(true);
  const [row] = await site.db.query<{ name: string }>("SELECT name FROM site ORDER BY site_id DESC LIMIT 1");
  expect(row?.name).toBe(`${before}!`);
});

test.each([
  ["a link", () => page.click(".rail a[href='/admin/segments']"), "/admin/segments"],
  ["Back", () => page.goBack(), "/admin/sites"],
  [
    "the finder",
    async () => {
      await page.keyboard.press("Control+k");
      await page.waitForSelector(".finder");
      await page.keyboard.type("Exports");
      await page.keyboard.press("Enter");
    },
    "/admin/exports",
  ],
])("leaving by %s asks first; staying keeps what was typed", async (_, leave, to) => {
  const here = path();
  await name().fill("Half a thought");
  await expect.poll(() => save().isEnabled()).toBe(true);
  await leave();
  await question().getByRole("button", { name: "Stay" }).click();
  expect([path(), await name().inputValue()]).toEqual([here, "Half a thought"]);
  await leave();
  await question().getByRole("button", { name: "Leave" }).click();
  await page.getByRole("heading", { level: 1 }).filter({ hasNotText: "Shop" }).waitFor();
  expect(path()).toBe(to);
});

test("who changed nothing, or changed it back, is not asked", async () => {
  const before = await name().inputValue();
  await name().fill("Something else");
  await name().fill(before);
  await page.click(".rail a[href='/admin/segments']");
  await page.getByRole("heading", { level: 1, name: "Segments" }).waitFor();
  expect(await question().count()).toBe(0);
});

test("closing the tab asks as well", async () => {
  const tab = await page.context().newPage();
  await tab.goto("/admin/sites");
  await tab.click(".site-row");
  await tab.getByLabel("Name", { exact: true }).pressSequentially("Half a thought");
  await expect.poll(() => tab.getByRole("button", { name: "Save changes", exact: true }).isEnabled()).toBe(true);
  const [asked] = await Promise.all([tab.waitForEvent("dialog"), tab.close({ runBeforeUnload: true })]);
  expect(asked.type()).toBe("beforeunload");
  await asked.accept();
});

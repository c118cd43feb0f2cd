import { readFile } from "node:fs/promises";
import type { Page } from "playwright";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { adminSite, PASSWORD, type AdminSite } from "../support/admin-site.ts";

// The list of contacts: narrowed, turned round, downloaded as it stands, and told as a line for a program.

let site: AdminSite;
let page: Page;
beforeAll(async () => {
  site = await adminSite({ password: PASSWORD });
  await site.db.query(
    `INSERT INTO contact (external_customer_id, first_name, contact_source, created_at, updated_at)
     SELECT CASE WHEN n % 3 > 0 THEN 'C-' || n END, 'Person', 'IMPORT', now(), now() FROM generate_series(1, 60) n`,
  );
  page = await site.openLoggedIn({ reducedMotion: "reduce" });
});
afterAll(async () => {
  await site.close();
});
beforeEach(async () => {
  await page.goto("/admin/contacts");
  await page.getByText("60 contacts", { exact: true }).waitFor();
});

const ids = async () =>
  (
    await page.locator("main .row-link").evaluateAll((links) => links.map((link) => link.getAttribute("data-contact")))
  ).map(Number);
const upTo = (count: number, of: (n: number) => number) => Array.from({ length: count }, (_, n) => of(n));
const choose = (label: string, option: string) =>
  page.getByLabel(label, { exact: true }).selectOption({ label: option });

test("those without an external ID, counted, in the address, and gone again by the chip", async () => {
  await choose("External ID", "is empty");
  await page.getByText("20 contacts found").waitFor();
  expect(await ids()).toEqual(upTo(20, (n) => 60 - n * 3));
  expect(new URL(page.url()).search).toBe("?externalId=empty");
  await page.getByRole("link", { name: /^External ID is empty/ }).click();
  await page.getByText("60 contacts", { exact: true }).waitFor();
  await page.goBack();
  await page.getByText("20 contacts found").waitFor();
});

test("the oldest first, page by page, each contact once", async () => {
  await choose("Order", "oldest first");
  await expect.poll(async () => (await ids())[0]).toBe(1);
  const seen = await ids();
  for (const first of [26, 51]) {
    await page.getByRole("link", { name: "Next page" }).click();
    await expect.poll(async () => (await ids())[0]).toBe(first);
    seen.push(...(await ids()));
  }
  expect(seen).toEqual(upTo(60, (n) => n + 1));
  expect(await page.getByRole("link", { name: "Next page" }).count()).toBe(0);
});

test("what is downloaded is what is listed: all pages of it and nobody else", async () => {
  await choose("External ID", "is set");
  await page.getByText("40 contacts found").waitFor();
  await page.getByText("Download", { exact: true }).click();
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: /CSV/ }).click()]);
  const lines = (await readFile(await file.path(), "utf8")).trim().split("\n");
  expect(lines).toHaveLength(41);
  expect(lines.slice(1).every((line) => line.includes("C-"))).toBe(true);
});

test("the line for a program asks the API for the same people", async () => {
  await page.goto("/admin/contacts?q=C-1");
  await page.getByText("Show as API").click();
  await page.getByText(`${site.url}/api/v1/contacts?maxrows=100&externalCustomerId=C-1`).waitFor();
});

test("a narrowed list becomes a dynamic segment in two clicks", async () => {
  await choose("External ID", "is empty");
  await page.getByRole("link", { name: "Make a segment of them" }).click();
  await page.locator(".live-count").getByText("20 contacts").waitFor();
  await page.getByRole("button", { name: "Done" }).click();
  await page.getByRole("heading", { level: 1, name: "External ID is empty" }).waitFor();
});

test("the rows do not wait for their number, and a number that does not come leaves the rows", async () => {
  const counting = "**/admin/api/contacts/count*";
  let letGo: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (letGo = resolve));
  await page.route(counting, async (route) => {
    await held;
    await route.continue();
  });
  await page.goto("/admin/contacts?externalId=set&order=oldest");
  await expect.poll(async () => (await ids()).slice(0, 4)).toEqual([1, 2, 4, 5]);
  await page.getByText("Counting…", { exact: true }).waitFor();
  letGo();
  await page.getByText("40 contacts found", { exact: true }).waitFor();
  await page.unroute(counting);

  await page.route(counting, (route) => route.fulfill({ status: 503, contentType: "application/json", body: "{}" }));
  await page.goto("/admin/contacts?externalId=empty");
  await page.getByRole("alert").waitFor();
  await expect.poll(ids).toEqual(upTo(20, (n) => 60 - n * 3));
  await page.unroute(counting);
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByText("20 contacts found", { exact: true }).waitFor();
});

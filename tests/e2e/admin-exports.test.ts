import { readFile } from "node:fs/promises";
import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "playwright";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { adminSite, PASSWORD, type AdminSite } from "../support/admin-site.ts";
import { eventually } from "../support/eventually.ts";
import { emptyDatabase, type TestDatabase } from "../support/postgres.ts";

// An export as a marketer sets it up: connect, see the first rows, schedule, look at the log.

let site: AdminSite;
let page: Page;
let warehouse: TestDatabase;
beforeAll(async () => {
  site = await adminSite({ password: PASSWORD, exportReach: "private-too" });
  warehouse = await emptyDatabase();
  await site.db.query(
    `INSERT INTO contact (external_customer_id, first_name, contact_source, created_at, updated_at)
     SELECT '00' || n, 'Name ' || n, 'IMPORT', now(), now() FROM generate_series(71, 78) n`,
  );
  page = await site.openLoggedIn({ viewport: { width: 1280, height: 900 } });
});
afterAll(async () => {
  await site.close();
});

async function expectGood(name: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`)).toEqual([]);
  const widths = await page.evaluate(() => [
    document.documentElement.scrollWidth,
    document.documentElement.clientWidth,
  ]);
  expect(widths[0]).toBeLessThanOrEqual(widths[1] ?? 0);
  if (process.env["SCREENSHOTS"])
    await page.screenshot({ path: `${process.env["SCREENSHOTS"]}/${name}.png`, fullPage: true });
}

test("an empty screen says what an export is, and has the button that makes one", async () => {
  await page.getByRole("link", { name: "Exports" }).click();
  await page.getByRole("heading", { name: "No export yet" }).waitFor();
  await expectGood("exports-empty");
  await page.getByRole("link", { name: "Add export" }).click();
});

test("a destination that does not answer says why, and nothing can be created yet", async () => {
  const { host } = inject("postgres");
  await page.getByLabel("Host").fill(host);
  await page.getByLabel("Port").fill("1");
  await page.getByLabel("Database", { exact: true }).fill(String(warehouse.connection.database));
  await page.getByLabel("User").fill("postgres");
  await page.getByLabel("None").check();
  await page.getByRole("button", { name: "Test connection" }).click();
  await page.getByText("There is no socket of PostgreSQL in this folder.").waitFor();
  expect(await page.getByRole("button", { name: "Create and run" }).count()).toBe(0);
  await expectGood("exports-refused");
});

test("after a good test the first rows are shown, and the export is created and runs", async () => {
  await page.getByLabel("Port").fill(String(inject("postgres").port));
  await page.getByRole("button", { name: "Test connection" }).click();
  await page.getByText("Connected: PostgreSQL").waitFor();
  await page.getByRole("cell", { name: "0071", exact: true }).waitFor();
  await expectGood("exports-rows");
  await page.getByLabel("Name", { exact: true }).fill("Warehouse");
  await page.getByRole("button", { name: "Create and run" }).click();
  await page.getByRole("heading", { level: 1, name: "Warehouse" }).waitFor();
  // What the queue does by the clock.
  for (const { exportId } of await site.services.exports.due()) await site.services.exports.runIfDue(exportId);
  await page.getByText("8 rows written").waitFor();
  const { rows } = await warehouse.pool.query(`SELECT FROM contacts WHERE "externalCustomerId" LIKE '00%'`);
  expect(rows).toHaveLength(8);
});

test("the log says what each run did, and a paused export stays paused", async () => {
  await page.getByText("8 rows written").click();
  await page.getByText("The table contacts was made.").waitFor();
  await expectGood("export-log");
  await page.getByRole("button", { name: "Pause" }).click();
  await page.getByText("paused: it runs only when asked").waitFor();
  expect(await site.services.exports.due()).toEqual([]);
  await page.getByRole("button", { name: "Run now" }).click();
  await eventually(async () => expect(await site.services.exports.due()).toHaveLength(1));
});

test("the list of contacts can be taken along as a file", async () => {
  await page.goto("/admin/contacts?q=Name");
  await page.getByText("Download", { exact: true }).click();
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "As CSV, for spreadsheets" }).click(),
  ]);
  expect(download.suggestedFilename()).toBe("contacts.csv");
  const text = await readFile(await download.path(), "utf8");
  expect(text.trimEnd().split("\r\n")).toHaveLength(9);
  await page.goto("/admin/contacts");
  await page.getByText("Download", { exact: true }).click();
  await expectGood("contacts-download");
});

test("on a phone, in Ukrainian and in the dark it is whole, too", async () => {
  page = await site.openLoggedIn({ viewport: { width: 360, height: 780 }, colorScheme: "dark", locale: "uk-UA" });
  await page.goto("/admin/exports");
  await page.getByText("Warehouse").waitFor();
  await expectGood("exports-phone");
  await page.getByText("Warehouse").click();
  await page.getByText("записано 8 рядків").click();
  await expectGood("export-phone");
  await page.goto("/admin/exports/new?kind=bigquery");
  await page.getByText("Набір даних").first().waitFor();
  await expectGood("export-new-phone");
});

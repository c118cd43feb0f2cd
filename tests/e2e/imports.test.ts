import { readFile } from "node:fs/promises";
import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createField } from "../../src/server/fields/index.ts";
import { resolveIdentity } from "../../src/server/identity/index.ts";
import { adminSite, PASSWORD, type AdminSite } from "../support/admin-site.ts";
import { eventually } from "../support/eventually.ts";

// From an empty list to a finished import, as a marketer does it; every step looked at by axe, and on a phone.

const SHOTS = process.env["IMPORT_SHOTS"];
let site: AdminSite;
beforeAll(async () => {
  site = await adminSite({ password: PASSWORD });
  site.services.importWorker.start();
  for (const n of [1, 2, 3]) {
    const now = Date.now();
    await resolveIdentity(site.services, {
      externalCustomerId: `C-${n}`,
      email: `known-${n}@mail.example`,
      fields: { firstName: "Before", town: "Kyiv" },
      trust: "server",
      verb: "upsert",
      moment: now,
      receivedAt: now,
      contactSource: "API",
      cause: { actor: "key:test", requestId: "test" },
    });
  }
});
afterAll(async () => {
  expect(site.complaints).toEqual([]);
  await site.close();
});

const ROWS = 4_000;
function file(): Buffer {
  const rows = Array.from({ length: ROWS }, (_, n) => {
    if (n === 7) return "C-8;not an address;Oops;Lviv;x";
    if (n === 9) return "C-2;known-2@mail.example;Again;Odesa;x";
    return n < 3
      ? `C-${n + 1};known-${n + 1}@mail.example;After;Lviv;x`
      : `C-${n + 1};p${n}@mail.example;Ім'я ${n};Київ;x`;
  });
  return Buffer.from(`\ufeffКод клієнта;Email;Ім'я;Місто;Нотатка\r\n${rows.join("\r\n")}\r\n`);
}

async function look(page: Page, name: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => `${name}: ${id} ${nodes.map(({ html }) => html).join(" ")}`)).toEqual([]);
  for (const width of [1280, 390, 360]) {
    await page.setViewportSize({ width, height: 900 });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(`${name} ${width}: ${wide}`).toBe(`${name} ${width}: ${width}`);
    if (SHOTS !== undefined && width !== 360)
      for (const scheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme: scheme });
        await page.screenshot({ path: `${SHOTS}/${name}-${width}-${scheme}.png`, fullPage: true });
      }
  }
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize({ width: 1280, height: 900 });
}

test("a workbook and a picture are refused before anything is sent, with what to do", async () => {
  const page = await site.openLoggedIn();
  const sent: string[] = [];
  page.on("request", (request) => {
    if (request.method() === "POST") sent.push(request.url());
  });
  await page.goto("/admin/imports/new");
  const choose = (name: string, bytes: readonly number[]) =>
    page.setInputFiles("input[type=file]", { name, mimeType: "text/csv", buffer: Buffer.from(bytes) });
  await choose("people.xlsx", [0x50, 0x4b, 0x03, 0x04, 0x14, 0x00, 0x06, 0x00]);
  await page.getByText("This is a workbook, as Excel writes them.").waitFor();
  await choose("people.csv", [0x89, 0x50, 0x4e, 0x47, 0, 0, 0, 13, 0, 0]);
  await page.getByText("This is not a file of text.").waitFor();
  await look(page, "refused-file");
  expect(sent).toEqual([]);
  await page.context().close();
});

test("a file is brought, mapped, checked and run, also while nobody looks", async () => {
  const page = await site.openLoggedIn();
  await page.click(".rail >> text=Imports");
  await page.waitForSelector("text=No file has been imported yet");
  await look(page, "empty");
  await page.click("main >> text=Import contacts");
  await page.waitForSelector(".import-drop");
  await look(page, "file");
  await page.setInputFiles("input[type=file]", { name: "Клієнти.csv", mimeType: "text/csv", buffer: file() });

  await page.waitForSelector(".import-mapping");
  const mapped = await page
    .locator(".import-mapping select")
    .evaluateAll((selects) => selects.map((select) => (select as HTMLSelectElement).value));
  expect(mapped).toEqual(["externalCustomerId", "email", "firstName", "town", ""]);
  expect(await page.locator("main").innerText()).toContain("1 column will be left out");
  expect(await page.getByLabel("Delimiter").inputValue()).toBe(";");
  await look(page, "columns");
  await page.getByLabel("Delimiter").selectOption(",");
  await eventually(async () => expect(await page.locator(".import-mapping tbody tr").count()).toBe(1));
  await page.getByLabel("Delimiter").selectOption(";");
  await eventually(async () => expect(await page.locator(".import-mapping tbody tr").count()).toBe(5));
  await page.getByLabel("Add to segment").fill("From the shop");

  await page.click("text=Check the file");
  await page.waitForSelector("text=What the file would do");
  await page.click("button:has-text('Create 3,995, update 4')");
  // The run has begun once the check's heading is gone; nobody waits for its end.
  await page.waitForSelector("text=What the file would do", { state: "detached" });
  await page.close();
});

test("the check says what every row would do, and going back loses nothing", async () => {
  const page = await site.openLoggedIn();
  await page.goto("/admin/imports");
  await page.click(".imports-table >> text=Клієнти.csv");
  await eventually(async () => expect(await page.locator("h2").allInnerTexts()).toContain("Import finished"));
  expect(await page.locator(".import-result.is-created dd").innerText()).toBe("3,995");
  await look(page, "finished");
  await page.locator(".import-result.is-failed a").click();
  expect(new URL(page.url()).hash).toBe("#left-out");
  await page.locator(".import-result.is-created a").click();
  await page.getByText("3,995 contacts found").waitFor();
  await page.getByRole("link", { name: /^Created by import 1/ }).waitFor();
  await look(page, "contacts of an import");
  await page.getByRole("link", { name: /^Created by import 1/ }).click();
  await page.getByText("3,998 contacts", { exact: true }).waitFor();
  await page.goto("/admin/imports");
  await page.locator(".imports-table").getByRole("link", { name: "4", exact: true }).click();
  await page.getByText("3 contacts found").waitFor();
  await page.goto("/admin/imports/1");
  await page.getByText("Show as API").click();
  await page.getByText('"dedupeOn":"externalCustomerId","groupNames":["From the shop"]').waitFor();
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("text=Download errors.csv")]);
  const csv = await readFile(await download.path(), "utf8");
  expect(csv.split("\r\n")).toEqual([
    "\ufeffКод клієнта;Email;Ім'я;Місто;Нотатка;import_line;import_column;import_reason;import_hint",
    `C-8;not an address;Oops;Lviv;x;9;Email;“not an address” is not an email address.;Correct it: it needs one @ and a domain, like ann@example.org.`,
    "",
  ]);

  await page.goto("/admin/imports/new");
  await page.setInputFiles("input[type=file]", {
    name: "errors.csv",
    mimeType: "text/csv",
    buffer: Buffer.from(csv.replace("not an address", "p7@mail.example")),
  });
  await page.waitForSelector("text=Mapped as the last file with these columns was.");
  expect(await page.getByLabel("Add to segment").inputValue()).toBe("From the shop");
  await page.click("text=Check the file");
  await page.waitForSelector("button:has-text('Create 1')");
  await look(page, "check");
  await page.click("text=Back to the columns");
  await page.waitForSelector(".import-mapping");
  await page.goBack();
  await page.click("button:has-text('Create 1')");
  await page.waitForSelector("text=Import finished");
  await page.goto("/admin/imports");
  await page.waitForSelector(".imports-table");
  await look(page, "history");
  const members = await site.db.query("SELECT FROM segment_member");
  expect(members).toHaveLength(ROWS - 1);
});

test("what is shown as the unique field is what is meant, and dates with slashes are read as they were said", async () => {
  await createField(site.db, { key: "born", name: "Born", type: "date", now: Date.now() });
  const [known] = await site.db.query<{ contactId: number }>(
    "SELECT contact_id FROM contact WHERE external_customer_id = 'C-1'",
  );
  const page = await site.openLoggedIn();
  await page.goto("/admin/imports/new");
  const wide = Array.from({ length: 200 }, (_, n) => `Column ${n}`).join(";");
  const buffer = Buffer.from(`contact id;Born;${wide}\n${known?.contactId ?? 0};03/04/2001;x\n`);
  await page.setInputFiles("input[type=file]", { name: "born.csv", mimeType: "text/csv", buffer });
  await page.waitForSelector(".import-mapping");
  expect(await page.locator("main").innerText()).toContain("200 columns will be left out");
  expect(await page.getByLabel("Unique field").inputValue()).toBe("id");
  await page.click("text=Check the file");
  await page.getByText("“03/04/2001” is not a day that can be read for certain.").waitFor();
  await page.click("text=Back to the columns");
  await page.getByLabel("Dates like 03/04/2001").selectOption("dayFirst");
  await look(page, "dates");
  await page.click("text=Check the file");
  await page.click("button:has-text('Update 1')");
  await page.waitForSelector("text=Import finished");
  expect(await site.db.query("SELECT fields ->> '1' AS born FROM contact WHERE external_customer_id = 'C-1'")).toEqual([
    { born: "2001-04-03" },
  ]);
  await page.context().close();
});

import { readFile } from "node:fs/promises";
import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "playwright";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { adminSite, PASSWORD, type AdminSite } from "../support/admin-site.ts";
import { eventually } from "../support/eventually.ts";
import { appendEvents, bareContact, bind } from "../support/history.ts";

// Segments as a marketer meets them: from an empty installation, on the whole server, in a real browser.

let site: AdminSite;
let page: Page;
const DAY = 86_400_000;
beforeAll(async () => {
  site = await adminSite({ password: PASSWORD });
  await people(site);
  page = await site.openLoggedIn();
});
afterAll(async () => {
  await site.close();
});

/** Four people: two without external id, one of whom looked at prices twice before anybody knew who it was. */
async function people({ db }: AdminSite): Promise<void> {
  const names = ["Anna", "Ben", "Зоя", "Dora"];
  for (const [index, name] of names.entries()) {
    const id = await bareContact(db);
    await db.query("UPDATE contact SET first_name = $2, town = $3, external_customer_id = $4 WHERE contact_id = $1", [
      id,
      name,
      index % 2 === 0 ? "Київ" : "Kraków",
      index < 2 ? null : `shop-${id}`,
    ]);
    const sourceId = `visitor-of-person-${id}`;
    await bind(db, { sourceId, contactId: id, boundAt: Date.now() });
    if (name !== "Anna") continue;
    const url = "https://shop.example/pricing?plan=2";
    await appendEvents(
      db,
      [1, 2].map((days) => ({ sourceId, at: Date.now() - days * (DAY + 3_600_000), url })),
    );
  }
}

const count = (text: string) => page.locator(".live-count", { hasText: text }).waitFor();
const expectMembers = (names: readonly string[]) =>
  eventually(async () => {
    expect(await page.locator(".segment-members .row-link").allTextContents()).toEqual(names);
  });
const button = (name: string) => page.getByRole("button", { name, exact: true });

test("an empty list of segments says what they are for and offers the first one", async () => {
  await page.goto("/admin/segments");
  await page.getByRole("heading", { name: "No segment yet" }).waitFor();
  await button("Create “External ID is empty”").waitFor();
});

test("Add segment, Dynamic, Fields, External ID, is empty, Done: six clicks and nothing typed", async () => {
  await page.getByRole("link", { name: "Add segment" }).click();
  await page.getByRole("link", { name: /^Dynamic/ }).click();
  await button("Done").isDisabled();
  await page.getByRole("button", { name: /^Fields/ }).click();
  await button("External ID").click();
  await button("is empty").click();
  await count("2 contacts");
  await page.getByText("Contacts where External ID is empty").waitFor();
  expect(await page.locator(".sample .row-link").allTextContents()).toEqual(["Ben", "Anna"]);
  await button("Done").click();

  await page.getByRole("heading", { level: 1, name: "External ID is empty" }).waitFor();
  await page.getByText("Dynamic · Contacts where External ID is empty").waitFor();
  await expectMembers(["Ben", "Anna"]);
});

test("its members are downloaded from its own page, and nobody else", async () => {
  await page.locator(".segment-members .downloads summary").click();
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "As JSON lines, for programs" }).click(),
  ]);
  const lines = (await readFile(await download.path(), "utf8")).trimEnd().split("\n");
  expect(lines.map((line) => (JSON.parse(line) as { firstName: string }).firstName)).toEqual(["Ben", "Anna"]);
});

test("somebody who gets an external id is gone from it at the next look", async () => {
  await site.db.query("UPDATE contact SET external_customer_id = 'shop-2' WHERE contact_id = 2");
  await page.reload();
  await page.locator(".members-head", { hasText: "1 contact" }).waitFor();
  await expectMembers(["Anna"]);
});

test("conditions on what was done, in groups, are counted after each change, and the address keeps them", async () => {
  await page.goto("/admin/segments/new?kind=dynamic");
  await page.getByRole("button", { name: /^Events/ }).click();
  await page.getByLabel("Part of its address").fill("/pricing");
  await count("1 contact");
  await page.getByRole("spinbutton", { name: "times" }).fill("3");
  await page.getByText("Nobody meets these conditions now.").waitFor();
  await page.getByRole("spinbutton", { name: "times" }).fill("2");
  await page.getByLabel("In the last").fill("7");
  await count("1 contact");
  await page
    .getByText("Contacts where a page with “/pricing” in its address was visited at least 2 times in the last 7 days")
    .waitFor();

  await button("Add condition").click();
  await page.getByRole("button", { name: /^Group of conditions/ }).click();
  await page.getByRole("combobox", { name: "Group", exact: true }).selectOption("none");
  const group = page.locator(".condition-group.inner");
  await group.getByRole("button", { name: /^Fields/ }).click();
  await group.getByRole("button", { name: "Town", exact: true }).click();
  await group.getByRole("button", { name: "is", exact: true }).click();
  await page.getByText("1 condition is not finished and does not count yet").waitFor();
  await group.getByLabel("Town: value").fill("kraków");
  await group.getByRole("button", { name: "or…" }).click();
  await group.getByLabel("Town: value").nth(1).fill("КИЇВ");
  await page.getByText("Nobody meets these conditions now.").waitFor();
  await group.getByRole("button", { name: /Remove this value: КИЇВ/ }).click();
  await count("1 contact");

  const address = page.url();
  await page.goto("/admin/segments");
  await page.goto(address);
  await count("1 contact");
  await page.getByText("in the last 7 days and not (town is “kraków”)").waitFor();
  await page.getByLabel("Name").fill("Price lookers");
  await page.keyboard.press("Control+s");
  await page.getByRole("heading", { level: 1, name: "Price lookers" }).waitFor();
});

test("why somebody is not in it is told condition by condition", async () => {
  const check = page.getByRole("region", { name: "Is somebody in it?" });
  await check.getByRole("textbox").fill("Dora");
  await check.getByRole("button", { name: "Find" }).click();
  await check.getByText("Dora is not in it").waitFor();
  expect(
    await check.locator(".verdict-lines li").evaluateAll((lines) => lines.map((line) => line.textContent)),
  ).toEqual([
    "all of these – does not hold",
    "a page with “/pricing” in its address was visited at least 2 times in the last 7 days – does not hold",
    "none of these – does not hold",
    "town is “kraków” – holds",
  ]);
  expect(page.url()).toContain("contact=4");
});

test("conditions can be changed; what was is kept until Done", async () => {
  await page.getByRole("link", { name: "Change conditions" }).click();
  expect(await button("Done").isDisabled()).toBe(true);
  await page.getByRole("combobox", { name: "Contacts for whom" }).selectOption("any");
  await page.getByRole("button", { name: "Remove condition 1" }).first().click();
  await count("2 contacts");
  await button("Done").click();
  await page.getByText("The conditions were saved").waitFor();
  await page.getByText("Contacts where not (town is “kraków”)").waitFor();
});

test("a list is filled by hand, from itself and from a contact's page, and shows on it", async () => {
  await page.goto("/admin/segments/new");
  await page.getByRole("link", { name: /^List/ }).click();
  await page.getByLabel("Name").fill("Testers");
  await button("Create list").click();
  await page.getByRole("heading", { name: "Nobody is in it now" }).waitFor();
  const add = page.getByRole("form", { name: "Add a contact" });
  await add.getByRole("textbox").fill("Dora");
  await add.getByRole("button", { name: "Find" }).click();
  await page.getByText("Dora was added").waitFor();

  await page.goto("/admin/contacts/1");
  await page.getByLabel("Add to a list").selectOption({ label: "Testers" });
  await page.getByText("Added to “Testers”").waitFor();
  expect(await page.locator(".contact-segments .tag").allTextContents()).toEqual([
    "External ID is empty",
    "Price lookers",
    "Testers",
  ]);
  await page.locator(".contact-segments").getByRole("link", { name: "Testers" }).click();
  await page.locator(".members-head", { hasText: "2 contacts" }).waitFor();
  await page.getByText("Anna is in it").waitFor();
  await page.getByRole("button", { name: "Take out Anna" }).click();
  await page.locator(".members-head", { hasText: "1 contact" }).waitFor();
  await page.getByRole("button", { name: "Undo" }).click();
  await page.locator(".members-head", { hasText: "2 contacts" }).waitFor();
});

test("a list that conditions ask for names them and stays; a segment that nobody uses is deleted", async () => {
  await page.goto("/admin/segments/new?kind=dynamic");
  await page.getByRole("button", { name: /^Fields/ }).click();
  await button("Lists").click();
  await button("include").click();
  await page.getByLabel("Lists: value").selectOption({ label: "Testers" });
  await count("2 contacts");
  await button("Done").click();
  await page.getByRole("heading", { level: 1, name: "Lists include “Testers”" }).waitFor();

  await page.goto("/admin/segments");
  await page.getByRole("link", { name: "Testers", exact: true }).click();
  await page.getByText("Used by").waitFor();
  await button("Delete").click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Delete" }).click();
  await dialog
    .getByText("This list is used by the conditions of “Lists include “Testers””. Change those first.")
    .waitFor();
  await dialog.getByRole("button", { name: "Cancel" }).click();

  await page.locator(".page-head .tag").click();
  await page.getByRole("heading", { level: 1, name: "Lists include “Testers”" }).waitFor();
  await button("Rename").click();
  await page.getByRole("dialog").getByLabel("Name").fill("Those who test");
  await page.getByRole("dialog").getByRole("button", { name: "Save changes" }).click();
  await page.getByRole("heading", { level: 1, name: "Those who test" }).waitFor();
  await button("Delete").click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await page.getByText("“Those who test” was deleted").waitFor();
  await eventually(async () => {
    const names = await page.locator(".segments-table .row-link").allTextContents();
    expect(names).toEqual(["External ID is empty", "Price lookers", "Testers"]);
  });
});

test("the same segment reads in Ukrainian", async () => {
  const reader = await site.openLoggedIn({ locale: "uk-UA" });
  await reader.goto("/admin/segments/1");
  await reader.getByText("Динамічний · Контакти, де External ID не заповнено").waitFor();
});

const LOOKS = [
  ["on a desktop, light", { viewport: { width: 1280, height: 860 }, colorScheme: "light" }],
  ["on a phone, dark", { viewport: { width: 360, height: 780 }, colorScheme: "dark", hasTouch: true }],
] as const;
const TREE = {
  kind: "all",
  of: [
    { kind: "field", field: "town", operator: "is", values: ["Київ", "Місто з дуже довгою назвою, яка не вміщується"] },
    { kind: "field", field: "email", values: [] },
    { kind: "event", event: "Added to cart", address: "", operator: "atLeast", times: "2", days: "30" },
    { kind: "any", of: [{ kind: "field", field: "emailStatus", operator: "isNot", values: ["confirmed"] }] },
  ],
};
const SCREENS = [
  ["the list", "/segments", ".segments-table"],
  ["the choice of a kind", "/segments/new", ".segment-kinds"],
  ["a new list", "/segments/new?kind=list", "form.card"],
  ["an empty builder", "/segments/new?kind=dynamic", ".picker-kinds"],
  ["a full builder", `/segments/new?kind=dynamic&tree=${encodeURIComponent(JSON.stringify(TREE))}`, ".live-count"],
  ["a dynamic segment and its verdict", "/segments/2?contact=4", ".verdict-lines"],
  ["a list's members", "/segments/3", ".contacts-table"],
  ["a contact's segments", "/contacts/1", ".contact-segments .tag"],
  ["an unknown segment", "/segments/999", ".empty"],
] as const;

describe.each(LOOKS)("%s", (name, options) => {
  let reader: Page;
  beforeAll(async () => {
    reader = await site.openLoggedIn({ ...options, reducedMotion: "reduce" });
  });

  test.each(SCREENS)("%s is whole and can be used by everybody", async (screen, address, sign) => {
    await reader.goto(`/admin${address}`);
    await reader.waitForSelector(sign);
    const { violations } = await new AxeBuilder({ page: reader }).analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`)).toEqual([]);
    const folder = process.env["SEGMENT_SHOTS"];
    if (folder !== undefined) await reader.screenshot({ path: `${folder}/${name} ${screen}.png`, fullPage: true });
    const { scrollWidth, clientWidth } = await reader.evaluate(() => ({
      scrollWidth: document.documentElement.scrollWidth,
      clientWidth: document.documentElement.clientWidth,
    }));
    expect(scrollWidth).toBeLessThanOrEqual(clientWidth);
  });
});

test("no screen complained", () => {
  expect(site.complaints).toEqual([]);
});

import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "playwright";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { adminSite, PASSWORD, type AdminSite } from "../support/admin-site.ts";

// A contact beside the list that it was opened from.

let site: AdminSite;
let page: Page;
beforeAll(async () => {
  site = await adminSite({ password: PASSWORD });
  await people(site);
  page = await site.openLoggedIn({ viewport: { width: 1280, height: 800 }, reducedMotion: "reduce" });
});
afterAll(async () => {
  await site.close();
});
beforeEach(async () => {
  await page.goto("/admin/contacts");
  await row(page, "Dora").waitFor();
});

/** Contacts 1, 2 and 3; the list has the newest first. */
async function people({ services, say }: AdminSite): Promise<void> {
  const shop = await services.sites.createSite({ name: "Shop", url: "https://shop.example" });
  if (shop.kind !== "stored") throw new Error("The site was not made.");
  for (const [index, firstName] of ["Anna", "Ben", "Dora"].entries()) {
    const at = Date.now();
    await say(shop.site.siteKey, `visitor-of-person-0${index}`, [
      { type: "page", at: at - 2_000, url: "https://shop.example/", title: `Seen by ${firstName}` },
      { type: "identify", at: at - 1_000, email: `${firstName.toLowerCase()}@example.com`, firstName },
    ]);
  }
}

const row = (shown: Page, name: string) => shown.locator("main .row-link", { hasText: name });
const panel = (shown: Page = page) => shown.getByRole("dialog", { name: "Contact", exact: true });
const nameIn = (name: string) => panel().getByRole("heading", { level: 2, name, exact: true });
const contactOf = (shown: Page) => new URL(shown.url()).searchParams.get("open");
const focused = () => page.evaluate(() => document.activeElement?.getAttribute("data-contact"));

test("a click opens the contact beside the list, with who it is and what it did, and the address says so", async () => {
  await row(page, "Ben").click();
  await nameIn("Ben").waitFor();
  await panel().getByRole("button", { name: "Copy: ben@example.com" }).waitFor();
  await panel().getByText("Seen by Ben").waitFor();
  expect(contactOf(page)).toBe("2");
  expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe("Contacts");
  expect(await row(page, "Anna").isVisible()).toBe(true);
  expect(await page.locator("tr[aria-current=true]").textContent()).toContain("Ben");
  expect(await panel().evaluate((shown) => shown.contains(document.activeElement))).toBe(true);
});

test("the address opens the same view for a colleague, and what it hides is only the panel's to close", async () => {
  await page.goto("/admin/contacts?q=example.com&open=2");
  await nameIn("Ben").waitFor();
  await page.goto("/admin/contacts?externalId=empty&open=2");
  await nameIn("Ben").waitFor();
  await panel().getByRole("button", { name: "Close" }).click();
  await panel().waitFor({ state: "detached" });
  expect(new URL(page.url()).search).toBe("?externalId=empty");
});

test.each([
  ["Back", () => page.goBack()],
  ["Escape", () => page.keyboard.press("Escape")],
  ["its button", () => panel().getByRole("button", { name: "Close" }).click()],
])("%s closes it after any number of steps, and the focus is on the row that was looked at last", async (_, close) => {
  await row(page, "Dora").click();
  await nameIn("Dora").waitFor();
  await page.keyboard.press("j");
  await nameIn("Ben").waitFor();
  await panel().getByRole("button", { name: "Next contact" }).click();
  await nameIn("Anna").waitFor();
  expect(await panel().getByRole("button", { name: "Next contact" }).isDisabled()).toBe(true);
  await page.keyboard.press("k");
  await nameIn("Ben").waitFor();
  await close();
  await panel().waitFor({ state: "detached" });
  expect(contactOf(page)).toBeNull();
  expect(await focused()).toBe("2");
});

test("the list stays in use: another row takes the panel, and typing in the search moves nobody", async () => {
  await row(page, "Dora").click();
  await nameIn("Dora").waitFor();
  await row(page, "Anna").click();
  await nameIn("Anna").waitFor();
  await page.getByRole("searchbox").fill("k");
  await page.getByRole("searchbox").press("k");
  expect(contactOf(page)).toBe("1");
});

test("the link leads to the full page, and Back to the list with the panel", async () => {
  await row(page, "Ben").click();
  await panel().getByRole("link", { name: "Open full page" }).click();
  await page.getByRole("heading", { level: 1, name: "Ben" }).waitFor();
  expect(new URL(page.url()).pathname).toBe("/admin/contacts/2");
  await page.goBack();
  await nameIn("Ben").waitFor();
});

test("a click with Ctrl or the middle button opens the full page in a tab", async () => {
  for (const options of [{ modifiers: ["ControlOrMeta"] }, { button: "middle" }] as const) {
    const [tab] = await Promise.all([
      page.context().waitForEvent("page"),
      row(page, "Ben").click(options as Parameters<ReturnType<typeof row>["click"]>[0]),
    ]);
    await tab.getByRole("heading", { level: 1, name: "Ben" }).waitFor();
    expect(new URL(tab.url()).pathname).toBe("/admin/contacts/2");
    await tab.close();
  }
  expect(await panel().count()).toBe(0);
});

test("on a phone the click opens the full page; an address with a panel lays it over the list", async () => {
  const phone = await site.openLoggedIn({ viewport: { width: 390, height: 800 }, hasTouch: true });
  await phone.goto("/admin/contacts");
  await row(phone, "Ben").click();
  await phone.getByRole("heading", { level: 1, name: "Ben" }).waitFor();
  expect(new URL(phone.url()).pathname).toBe("/admin/contacts/2");
  await phone.goto("/admin/contacts?open=2");
  await panel(phone).getByText("Seen by Ben").waitFor();
  await expectWhole(phone);
  await phone.context().close();
});

test("members of a segment open beside it too, and somebody unknown is told about", async () => {
  const asked = { kind: "field", field: "externalCustomerId", operator: "empty" } as const;
  const { id } = await page.evaluate(async (condition) => {
    const answer = await fetch("/admin/api/segments", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ name: "Without an ID", condition: { kind: "all", of: [condition] } }),
    });
    return (await answer.json()) as { id: number };
  }, asked);
  await page.goto(`/admin/segments/${id}`);
  await row(page, "Anna").click();
  await nameIn("Anna").waitFor();
  expect(new URL(page.url()).pathname).toBe(`/admin/segments/${id}`);
  await expectWhole(page);
  await page.goto("/admin/contacts?open=99999");
  await panel().getByText("There is no such contact").waitFor();
});

test.each([900, 1280, 1900])("nothing is too wide beside it and axe finds nothing, at %i pixels", async (width) => {
  const shown = await site.openLoggedIn({ viewport: { width, height: 800 }, reducedMotion: "reduce" });
  await shown.goto("/admin/contacts?open=2");
  await panel(shown).getByText("Seen by Ben").waitFor();
  await expectWhole(shown);
  const [list, beside] = await Promise.all([
    shown.locator(".contacts-table").boundingBox(),
    panel(shown).boundingBox(),
  ]);
  expect((list?.x ?? 0) + (list?.width ?? Infinity)).toBeLessThanOrEqual(beside?.x ?? 0);
  await shown.context().close();
});

async function expectWhole(shown: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page: shown }).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`)).toEqual([]);
  const { scrollWidth, clientWidth } = await shown.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    return { scrollWidth, clientWidth };
  });
  expect(scrollWidth).toBeLessThanOrEqual(clientWidth);
}

test("a long email keeps its domain in the narrow list, and one that fits is whole", async () => {
  const [site1] = await site.services.sites.listSites();
  if (site1 === undefined) throw new Error("There is no site.");
  await site.say(site1.siteKey, "visitor-of-person-09", [
    { type: "identify", at: Date.now(), email: "bohdan.lysenko.from.the.shop@example.com", firstName: "Bohdan" },
  ]);
  await site.say(site1.siteKey, "visitor-of-person-10", [
    {
      type: "identify",
      at: Date.now(),
      email: `${"someone.with.a.long.name".repeat(2)}@${"department.".repeat(6)}example.com`,
      firstName: "Maximiliana Wilhelmina",
      lastName: "von und zu Hohenlohe-Waldenburg-Schillingsfürst-Donaudampfschifffahrt",
    },
  ]);
  await page.goto("/admin/contacts");
  await row(page, "Bohdan").click();
  await nameIn("Bohdan").waitFor();
  const email = (name: string) =>
    page
      .locator("main tr", { hasText: name })
      .locator(".email")
      .evaluate((shown) => ({
        text: shown.textContent,
        isCut: [...shown.children].map((part) => part.scrollWidth > part.clientWidth),
        isInside: shown.getBoundingClientRect().right <= (shown.closest("td")?.getBoundingClientRect().right ?? 0),
      }));
  expect(await email("Bohdan")).toEqual({
    text: "bohdan.lysenko.from.the.shop@example.com",
    isCut: [true, false],
    isInside: true,
  });
  // Nor does a longer one of a person with a longer name widen anything.
  await row(page, "Maximiliana").click();
  await panel().getByRole("heading", { level: 2, name: "Maximiliana" }).waitFor();
  const wide = await panel().evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth);
  expect(wide).toBeLessThanOrEqual(0);
  expect(await email("Maximiliana")).toMatchObject({ isInside: true });
  expect(await email("Dora")).toEqual({ text: "dora@example.com", isCut: [false, false], isInside: true });
});

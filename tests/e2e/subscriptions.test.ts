import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { adminSite, PASSWORD, type AdminSite } from "../support/admin-site.ts";
import { eventually } from "../support/eventually.ts";

const LONG = "somebody.whose.address.needs.more.room.than.a.phone.has";

let site: AdminSite;
let page: Page;
beforeAll(async () => {
  site = await adminSite({ password: PASSWORD });
  const made = await site.services.sites.createSite({ name: "Shop", url: "https://shop.example" });
  if (made.kind !== "stored") throw new Error("The site was not made.");
  for (const name of ["anna", "boris", LONG])
    await site.say(made.site.siteKey, `visitor-of-${name.slice(0, 5)}-0001`, [
      { type: "subscribe", at: Date.now(), email: `${name}@example.com`, firstName: name },
    ]);
  await letters(3);
  page = await site.openLoggedIn({ reducedMotion: "reduce" });
});
afterAll(async () => {
  expect(site.complaints).toEqual([]);
  await site.close();
});

const letters = (count: number) =>
  eventually(async () => expect(await site.db.query("SELECT 1 FROM captured_mail")).toHaveLength(count));
const row = (name: string) => page.locator(".subscriptions-table tbody tr", { hasText: `${name}@example.com` });

test("addresses that wait are listed with their letter, lead to their contact, and each count leads to its list", async () => {
  await page.goto("/admin/contacts");
  await page.locator(".page-actions").getByRole("link", { name: "Subscriptions" }).click();
  await row("anna").waitFor();
  const tiles = () => page.locator(".status-tiles .tile").allTextContents();
  expect(await tiles()).toEqual(["unconfirmed3", "confirmed0", "unsubscribed0", "bounced0", "suppressed0"]);
  await page.locator(".status-tiles").getByRole("link", { name: "confirmed 0" }).last().click();
  await page.getByText("No such address").waitFor();
  await page.goBack();
  await row("boris").getByRole("link").click();
  await page.getByRole("heading", { level: 1, name: "boris" }).waitFor();
  await page.goBack();
  await row("boris").waitFor();
});

test("a letter is sent again within the limits, and a refusal says which one", async () => {
  await row("anna").getByRole("button", { name: "Send again" }).click();
  await row("anna").getByText("This address was asked too often").waitFor();
  await letters(3);
  await site.db.query("UPDATE optin_mail SET queued_at = queued_at - interval '11 minutes'");
  await row("anna").getByRole("button", { name: "Send again" }).click();
  await page.getByText("The confirmation letter to anna@example.com is on its way").waitFor();
  await letters(4);
});

test("whoever confirmed or unsubscribed is in another list, without a button", async () => {
  const [letter] = await site.db.query<{ textBody: string }>(
    "SELECT text_body FROM captured_mail WHERE recipient = 'anna@example.com' ORDER BY captured_at DESC LIMIT 1",
  );
  const link = /http\S+\/confirm\/\S+/.exec(letter?.textBody ?? "")?.[0] ?? "";
  await fetch(link, { method: "POST" });
  await page.goto("/admin/contacts/subscriptions?status=confirmed");
  await row("anna").waitFor();
  expect(await page.getByRole("button", { name: "Send again" }).count()).toBe(0);
  await page.goto("/admin");
  await page.locator(".tile", { hasText: "Confirmed email" }).click();
  await row("anna").waitFor();
});

test("a viewer sees the lists and can send nothing", async () => {
  await site.db.query("UPDATE admin_user SET role = 'viewer'");
  await page.goto("/admin/contacts/subscriptions");
  await row("boris").waitFor();
  expect(await page.getByRole("button", { name: "Send again" }).count()).toBe(0);
  await site.db.query("UPDATE admin_user SET role = 'owner'");
});

test.each([
  ["on a desktop, light", { viewport: { width: 1280, height: 860 }, colorScheme: "light" }],
  ["on a phone, dark, in Ukrainian", { viewport: { width: 360, height: 780 }, colorScheme: "dark", locale: "uk-UA" }],
] as const)("%s the screen is whole and can be used by everybody", async (_, options) => {
  const shown = await site.openLoggedIn({ ...options, reducedMotion: "reduce" });
  await shown.goto("/admin/contacts/subscriptions");
  await shown.locator(".subscriptions-table").waitFor();
  const { violations } = await new AxeBuilder({ page: shown }).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`)).toEqual([]);
  const wider = await shown.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(wider).toBeLessThanOrEqual(0);
  await shown.context().close();
});

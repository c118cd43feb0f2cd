import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { adminSite, PASSWORD, type AdminSite } from "../support/admin-site.ts";

let site: AdminSite;
let page: Page;
beforeAll(async () => {
  site = await adminSite({ password: PASSWORD });
  page = await site.openLoggedIn({ reducedMotion: "reduce" });
});
afterAll(async () => {
  expect(site.complaints).toEqual([]);
  await site.close();
});

const banner = () => page.getByRole("complementary", { name: "Sample data" });

test("an empty installation offers sample data, and says on every screen that it is there", async () => {
  await page.goto("/admin");
  await page.getByRole("heading", { name: "First steps" }).waitFor();
  expect(await banner().count()).toBe(0);
  await page.getByRole("button", { name: "Look around with sample data" }).click();
  await banner().getByText("30 contacts are invented").waitFor();
  await page.locator(".tiles").waitFor();
  for (const address of ["/contacts", "/segments", "/exports", "/imports", "/sites"]) {
    await page.goto(`/admin${address}`);
    await banner().waitFor();
  }
  await page.goto("/admin/contacts");
  await page.getByText("30 contacts", { exact: true }).waitFor();
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`)).toEqual([]);
});

test("whoever may not change contacts sees the warning and no button", async () => {
  await site.db.query("UPDATE admin_user SET role = 'viewer'");
  await page.reload();
  await banner().waitFor();
  expect(await banner().getByRole("button").count()).toBe(0);
  await site.db.query("UPDATE admin_user SET role = 'owner'");
  await page.reload();
});

test("one click removes it, and the screens begin anew", async () => {
  await banner().getByRole("button", { name: "Remove sample data" }).click();
  await page.getByText("30 invented contacts were removed").waitFor();
  await page.getByRole("heading", { name: "First steps" }).waitFor();
  expect(await banner().count()).toBe(0);
  expect(await site.db.query("SELECT 1 FROM contact WHERE status = 'live'")).toEqual([]);
});

import { AxeBuilder } from "@axe-core/playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { adminSite, PASSWORD, type AdminSite } from "../support/admin-site.ts";
import { loadSamples } from "../../src/server/samples/index.ts";

let site: AdminSite;
beforeAll(async () => {
  site = await adminSite({ password: PASSWORD });
  await loadSamples(site.services, { actor: "test", requestId: "test" });
});
afterAll(async () => {
  expect(site.complaints).toEqual([]);
  await site.close();
});

test("the charts are drawn, stand as a table too, and every number leads to the list that it counts", async () => {
  const page = await site.openLoggedIn({ reducedMotion: "reduce" });
  await page.goto("/admin");
  await expect.poll(() => page.locator(".plot canvas").count()).toBe(3);
  const all = page.locator("figure", { hasText: "New contacts" }).locator("figcaption a").first();
  expect(await all.textContent()).toBe("30");
  await page.getByText("The same as a table").click();
  expect(await page.locator(".chart-table tbody tr").count()).toBe(28);
  const links = page.locator(".chart-table td a, .lengths a");
  const addresses = await links.evaluateAll((found) =>
    found.map((link) => [link.getAttribute("href"), link.textContent]),
  );
  expect(addresses.length).toBeGreaterThan(10);
  for (const [address, count] of addresses.slice(-4)) {
    await page.goto(address ?? "");
    await page.locator(".chips").waitFor();
    await page.getByText(`${count} contact${count === "1" ? "" : "s"} found`, { exact: true }).waitFor();
  }
  // Each condition can be taken away by itself.
  const chips = await page.locator(".chip").count();
  await page.locator(".chip").first().click();
  await expect.poll(() => page.locator(".chip").count()).toBe(chips - 1);
});

test("of the new contacts of the overview, those with a backstory are a list of their own", async () => {
  const page = await site.openLoggedIn();
  await page.goto("/admin");
  const tile = page.locator(".tile", { hasText: "New in 7 days" });
  const all = (await tile.locator(".tile-value").textContent()) ?? "";
  const note = tile.getByRole("link", { name: "came with a backstory" });
  const some = /^\d+/.exec((await note.textContent()) ?? "")?.[0] ?? "";
  await note.click();
  await page.getByText(`${some} contacts found`, { exact: true }).waitFor();
  await page.goBack();
  // Wherever else one touches the tile.
  await tile.click({ position: { x: 5, y: 5 } });
  await page.getByText(`${all} contacts found`, { exact: true }).waitFor();
  expect(Number(some)).toBeLessThan(Number(all));
});

test.each([
  ["on a desktop, dark", { viewport: { width: 1280, height: 860 }, colorScheme: "dark" }],
  ["on a phone, light, in Ukrainian", { viewport: { width: 360, height: 780 }, colorScheme: "light", locale: "uk-UA" }],
] as const)("%s the charts are whole and can be read by everybody", async (_, options) => {
  const page = await site.openLoggedIn({ ...options, reducedMotion: "reduce" });
  await page.goto("/admin");
  await expect.poll(() => page.locator(".plot canvas").count()).toBe(3);
  await page.locator(".chart-table summary").click();
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`)).toEqual([]);
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(wider).toBeLessThanOrEqual(0);
  await page.context().close();
});

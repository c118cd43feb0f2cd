import { AxeBuilder } from "@axe-core/playwright";
import type { Browser } from "playwright";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { VISITOR_COOKIE } from "../../src/contract/wire.ts";
import { launchChromium } from "../support/browser.ts";
import { subscriptionWorld, type SubscriptionWorld } from "../support/subscription-world.ts";

const x = "anna@shop.example";

let browser: Browser;
let world: SubscriptionWorld;
let origin: string;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());
beforeEach(async () => {
  world = await subscriptionWorld();
  origin = await world.app.listen({ host: "127.0.0.1", port: 0 });
});
afterEach(() => world.close());

/** A tab, with everything that its pages complained about. */
async function openTab(options: Parameters<Browser["newContext"]>[0] = {}) {
  const context = await browser.newContext({ locale: "en-GB", ...options });
  const tab = await context.newPage();
  const complaints: string[] = [];
  tab.on("console", (message) => complaints.push(message.text()));
  tab.on("pageerror", (error) => complaints.push(error.message));
  tab.on("requestfailed", (request) => complaints.push(request.url()));
  return { context, tab, complaints };
}

describe("the confirmation page in a real browser", () => {
  test("opening it changes nothing, the button confirms, and reloading stays there", async () => {
    await world.signUp({ email: x });
    const { context, tab, complaints } = await openTab();
    await tab.goto(origin + world.link(x), { waitUntil: "networkidle" });
    expect(await world.emailStatus(x)).toEqual(["unconfirmed"]);
    await tab.getByRole("button", { name: "Confirm my address" }).click();
    await tab.getByRole("heading", { name: "Your address is confirmed" }).waitFor();
    expect(await world.emailStatus(x)).toEqual(["confirmed"]);
    await tab.goto(tab.url());
    await tab.getByRole("heading", { name: "Your address is confirmed" }).waitFor();
    expect(await tab.getByRole("link", { name: "Back to Bean & Leaf" }).getAttribute("href")).toBe(
      "https://shop.example/",
    );
    expect(complaints).toEqual([]);
    await context.close();
  });

  test("the browser that signed up needs no button", async () => {
    await world.signUp({ email: x });
    const { context, tab } = await openTab();
    await context.addCookies([{ name: VISITOR_COOKIE, value: "visitor-one", url: origin, sameSite: "Lax" }]);
    await tab.goto(origin + world.link(x));
    await tab.getByRole("heading", { name: "Your address is confirmed" }).waitFor();
    expect(await world.emailStatus(x)).toEqual(["confirmed"]);
    await context.close();
  });

  test("a page that embeds the link as an image, a frame or a prefetch confirms nothing", async () => {
    await world.signUp({ email: x });
    const link = origin + world.link(x);
    const { context, tab } = await openTab();
    await tab.route("http://evil.test/", (route) =>
      route.fulfill({
        contentType: "text/html",
        body: `<img src="${link}"><iframe src="${link}"></iframe><link rel="prefetch" href="${link}">`,
      }),
    );
    await context.addCookies([{ name: VISITOR_COOKIE, value: "visitor-one", url: origin, sameSite: "Lax" }]);
    await tab.goto("http://evil.test/", { waitUntil: "networkidle" });
    expect(await world.emailStatus(x)).toEqual(["unconfirmed"]);
    await context.close();
  });

  test("“it wasn’t me” deletes the request", async () => {
    await world.signUp({ email: x });
    const { context, tab } = await openTab();
    await tab.goto(origin + world.link(x));
    await tab.getByRole("link", { name: "It wasn’t me" }).click();
    await tab.getByRole("button", { name: "Delete the request" }).click();
    await tab.getByRole("heading", { name: "The request is deleted" }).waitFor();
    expect(await world.db.query("SELECT 1 AS one FROM optin_request")).toEqual([]);
    await context.close();
  });

  test.each([
    ["light", "en-GB"],
    ["dark", "uk-UA"],
  ] as const)("every page is accessible and fits 360 pixels: %s, %s", async (colorScheme, locale) => {
    await world.signUp({ email: x, languageCode: locale });
    const link = world.link(x);
    const { context, tab } = await openTab({
      colorScheme,
      locale,
      viewport: { width: 360, height: 740 },
      // The checker brings its own script, which the pages forbid.
      bypassCSP: true,
    });
    for (const path of [`${link}/refuse`, link, "/confirm/forged", "/unsubscribe/forged"]) {
      await tab.goto(origin + path);
      const { violations } = await new AxeBuilder({ page: tab }).analyze();
      expect(violations.map(({ id }) => id)).toEqual([]);
      expect(await tab.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
    }
    await context.close();
  });
});

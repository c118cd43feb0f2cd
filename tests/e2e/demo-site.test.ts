import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AxeBuilder } from "@axe-core/playwright";
import type { Browser, BrowserContext, Page } from "playwright";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { startDemoSite } from "../../demo-site/server.ts";
import type { DemoSite } from "../../demo-site/server.ts";
import { launchChromium } from "../support/browser.ts";
import { buildTracker, startRecordingBackstory } from "../support/recording-backstory.ts";
import type { RecordingBackstory } from "../support/recording-backstory.ts";

const PATHS = [
  "/",
  "/shop",
  "/shop/trailing",
  "/products/monstera",
  "/lookbook",
  "/lookbook/north-bedroom",
  "/newsletter",
  "/register",
  "/login",
  "/cart",
  "/delivery",
];

let browser: Browser;
let tracker: string;
let backstory: RecordingBackstory;
let shop: DemoSite;
let context: BrowserContext;
let page: Page;

const open = (path: string) => page.goto(`${shop.url}${path}`);
const shopAt = (dataDir?: string) =>
  startDemoSite({
    port: 0,
    backstoryUrl: backstory.url,
    siteKey: "site_demo",
    apiKey: "secret-key",
    ...(dataDir === undefined ? {} : { dataDir }),
  });

async function visitorId(): Promise<string> {
  const cookies = await context.cookies(shop.url);
  return cookies.find(({ name }) => name === "backstory_id")?.value ?? "none";
}

async function register(email: string): Promise<void> {
  await open("/register");
  await page.getByLabel("First name").fill("Anna");
  await page.getByLabel("Last name").fill("Kovalenko");
  await page.locator("#register").getByLabel("Email").fill(email);
  await page.getByLabel("Password").fill("correct horse");
  await page.getByRole("button", { name: "Create account" }).click();
  await page.waitForURL("**/account");
}

async function putIntoCart(slug: string): Promise<void> {
  await open(`/products/${slug}`);
  await page.getByRole("button", { name: "Add to cart" }).click();
  await page.waitForURL("**/cart");
}

beforeAll(async () => {
  [browser, tracker] = await Promise.all([launchChromium(), buildTracker()]);
});
afterAll(() => browser?.close());

beforeEach(async () => {
  backstory = await startRecordingBackstory(tracker);
  shop = await shopAt();
  context = await browser.newContext();
  page = await context.newPage();
});
afterEach(async () => {
  await context.close();
  await shop.close();
  await backstory.close();
});

describe("the pages of the demo shop", () => {
  test("load the tracker by a plain script tag and nothing from another host", async () => {
    const hosts = new Set<string>();
    const refusals: string[] = [];
    page.on("request", (request) => hosts.add(new URL(request.url()).origin));
    page.on("console", (message) => {
      if (message.type() === "error") refusals.push(message.text());
    });
    for (const path of PATHS) {
      const answer = await open(path);
      expect(answer?.status(), path).toBe(200);
      expect(answer?.headers()["content-security-policy"]).toContain(`script-src 'self' ${backstory.url};`);
      await expect(
        page.locator(`script[src="${backstory.url}/backstory.js"][data-site="site_demo"]`).count(),
      ).resolves.toBe(1);
      await expect(
        page.getByRole("link", { name: "See what Backstory recorded" }).first().getAttribute("href"),
      ).resolves.toBe(`${backstory.url}/admin`);
    }
    expect([...hosts].sort()).toEqual([backstory.url, shop.url].sort());
    expect(refusals).toEqual([]);
  });

  test.each(["light", "dark"] as const)("have no accessibility violations in %s colours", async (colorScheme) => {
    await page.emulateMedia({ colorScheme });
    for (const path of PATHS) {
      await open(path);
      // The shapes inside a drawing carry no text, and there are thousands.
      const axe = new AxeBuilder({ page }).exclude(".picture > *");
      // What does not depend on colours was seen in the light.
      const { violations } = await (colorScheme === "dark" ? axe.withRules(["color-contrast"]) : axe).analyze();
      const found = violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]);
      expect(found, path).toEqual([]);
    }
  });

  test("never scroll sideways, down to 360 pixels", async () => {
    for (const width of [1280, 390, 360]) {
      await page.setViewportSize({ width, height: 740 });
      for (const path of PATHS) {
        await open(path);
        const overhang = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        expect(overhang, `${path} at ${width}`).toBeLessThanOrEqual(0);
      }
    }
  });

  test("are under a policy whose refusals the shop hears of", async () => {
    const warn = vi.spyOn(console, "warn").mockReturnValue();
    await open("/");
    await page.evaluate(() => fetch("https://elsewhere.example/").catch(() => undefined));
    await expect.poll(() => warn.mock.calls.join()).toMatch(/the policy refused .*elsewhere\.example.*connect-src/);
    warn.mockRestore();
  });

  test("show the reader a way on when an address does not exist", async () => {
    const answer = await open("/products/plastic-fern");
    expect(answer?.status()).toBe(404);
    await expect(page.getByRole("link", { name: "Go to the shop" }).count()).resolves.toBe(1);
  });

  test("show what a visitor typed as text, never as markup", async () => {
    await open("/register");
    await page.getByLabel("First name").fill('"><img src=x onerror=alert(1)>');
    await page.getByRole("button", { name: "Create account" }).click();
    await page.getByRole("alert").waitFor();
    await expect(page.getByLabel("First name").inputValue()).resolves.toBe('"><img src=x onerror=alert(1)>');
    await expect(page.locator("img").count()).resolves.toBe(0);
  });
});

describe("the back end of the demo shop", () => {
  test("tells Backstory at registration which browser the new customer used", async () => {
    await open("/");
    await register("anna@example.com");
    await expect.poll(() => backstory.contactCalls.length).toBe(1);
    const [call] = backstory.contactCalls;
    expect(call?.body).toEqual({
      externalCustomerId: "C-10001",
      firstName: "Anna",
      lastName: "Kovalenko",
      channels: [{ type: "email", value: "anna@example.com" }],
      visitorId: await visitorId(),
    });
    const password = Buffer.from(call?.headers.authorization?.replace("Basic ", "") ?? "", "base64").toString();
    expect(password).toMatch(/:secret-key$/);
    expect(call?.headers).not.toHaveProperty("origin");
    expect(call?.headers).not.toHaveProperty("sec-fetch-site");
  });

  test("tells Backstory at login which browser the customer uses now", async () => {
    await register("anna@example.com");
    await page.getByRole("button", { name: "Log out" }).click();
    await page.waitForURL("**/logged-out");
    await context.clearCookies();
    await open("/login");
    await page.locator("#login").getByLabel("Email").fill("ANNA@example.com");
    await page.getByLabel("Password").fill("correct horse");
    await page.locator("#login").getByRole("button", { name: "Log in" }).click();
    await page.waitForURL("**/account");
    await expect.poll(() => backstory.contactCalls.length).toBe(2);
    expect(backstory.contactCalls[1]?.body).toMatchObject({
      externalCustomerId: "C-10001",
      visitorId: await visitorId(),
    });
  });

  test("registers a customer while Backstory fails, and tells it when it is back", async () => {
    backstory.answers.push(503);
    await register("anna@example.com");
    await expect(page.getByRole("heading", { name: "Hello, Anna" }).count()).resolves.toBe(1);
    await expect.poll(() => backstory.contactCalls.length).toBe(2);
    expect(backstory.contactCalls[1]?.body).toEqual(backstory.contactCalls[0]?.body);
  });

  test("keeps the shop open when Backstory cannot be reached at all", async () => {
    await backstory.close();
    await register("anna@example.com");
    await putIntoCart("monstera");
    await expect(page.getByRole("link", { name: "Cart, 1 item", exact: true }).count()).resolves.toBe(1);
    await page.getByLabel("Email for the newsletter").fill("anna@example.com");
    await page.getByRole("button", { name: "Sign up" }).click();
    await page.getByText("We cannot take sign-ups just now.").waitFor();
  });

  test("refuses a second account for one email, and a wrong password", async () => {
    await register("anna@example.com");
    await context.clearCookies();
    await open("/register");
    await page.getByLabel("First name").fill("Other");
    await page.getByLabel("Last name").fill("Person");
    await page.locator("#register").getByLabel("Email").fill("Anna@Example.com");
    await page.getByLabel("Password").fill("another horse");
    await page.getByRole("button", { name: "Create account" }).click();
    await page.getByRole("alert").getByText("There is an account with this email already.").waitFor();
    await open("/login");
    await page.locator("#login").getByLabel("Email").fill("anna@example.com");
    await page.getByLabel("Password").fill("another horse");
    await page.locator("#login").getByRole("button", { name: "Log in" }).click();
    await page.getByRole("alert").getByText("do not belong together").waitFor();
    expect(backstory.contactCalls).toHaveLength(1);
  });

  test("refuses a form that another site sends", async () => {
    const answer = await fetch(`${shop.url}/logout`, { method: "POST", headers: { "sec-fetch-site": "cross-site" } });
    expect(answer.status).toBe(403);
  });

  test("remembers customers, logins and orders over a restart, and never reuses a number", async () => {
    const dataDir = await mkdtemp(join(tmpdir(), "demo-site-"));
    await shop.close();
    shop = await shopAt(dataDir);
    await register("anna@example.com");
    const cookies = (await context.cookies()).map(({ name, value }) => `${name}=${value}`).join("; ");
    await shop.close();
    shop = await shopAt(dataDir);
    const account = await fetch(`${shop.url}/account`, { headers: { cookie: cookies } });
    expect(await account.text()).toContain("C-10001");
    await context.clearCookies();
    await register("bohdan@example.com");
    await expect(page.getByText("C-10002", { exact: true }).count()).resolves.toBe(1);
    await rm(dataDir, { recursive: true });
  });
});

describe("the scripts of the demo shop", () => {
  test("subscribe in the page when somebody signs up for the newsletter", async () => {
    await open("/newsletter");
    await page.getByLabel("Email for the newsletter").fill("reader@example.com");
    await page.getByRole("button", { name: "Sign up" }).click();
    await page.getByText("Check your mail").waitFor();
    await expect.poll(() => backstory.pageCalls().length).toBe(1);
    expect(backstory.pageCalls()).toMatchObject([{ type: "subscribe", email: "reader@example.com" }]);
  });

  test("track what goes into the cart and what is ordered, once each", async () => {
    await putIntoCart("monstera");
    await page.reload();
    await page.getByRole("link", { name: "Check out" }).click();
    await page.getByLabel("Name", { exact: true }).fill("Anna Kovalenko");
    await page.locator("#checkout").getByLabel("Email").fill("anna@example.com");
    await page.getByLabel("Street and number").fill("1 Mill Lane");
    await page.getByLabel("Postcode").fill("9000");
    await page.getByLabel("Town").fill("Ghent");
    await page.getByRole("button", { name: "Place order" }).click();
    await page.waitForURL("**/orders/*");
    await page.reload();
    await open("/cart");
    await page.getByText("Your cart is empty").waitFor();
    await expect.poll(() => backstory.pageCalls().length).toBe(2);
    expect(backstory.pageCalls()).toMatchObject([
      { type: "track", name: "Added to cart", properties: { product: "monstera", price: 59, quantity: 1 } },
      { type: "track", name: "Order placed", properties: { pieces: 1, total: 64.9, currency: "EUR" } },
    ]);
    expect(JSON.stringify(backstory.pageCalls())).not.toContain("Anna");
  });

  test("reset the browser's history at logout, once", async () => {
    await register("anna@example.com");
    const before = await visitorId();
    await page.getByRole("button", { name: "Log out" }).click();
    await page.waitForURL("**/logged-out");
    await page.reload();
    await open("/");
    await expect.poll(() => backstory.pageViews().map(({ visitorId }) => visitorId)).toContain(await visitorId());
    expect(backstory.pageCalls()).toMatchObject([{ type: "reset", visitorId: before }]);
    expect(await visitorId()).not.toBe(before);
  });

  test("move through the lookbook without loading a page, and back", async () => {
    const seen: string[] = [];
    // A person stays a moment; the view is counted when its title has settled.
    const look = async (title: string): Promise<void> => {
      await page.getByRole("heading", { level: 1, name: title }).waitFor();
      seen.push(`${title} · Ledge & Leaf`);
      const titles = () => backstory.pageViews().map((view) => ("title" in view ? view.title : ""));
      await expect.poll(titles).toEqual(seen);
    };
    await open("/lookbook");
    await look("Lookbook");
    let loads = 0;
    page.on("load", () => (loads += 1));
    await page.getByRole("link", { name: "The kitchen shelf" }).click();
    await look("The kitchen shelf");
    await page.getByRole("link", { name: "Next room: The north bedroom" }).click();
    await look("The north bedroom");
    expect(page.url()).toBe(`${shop.url}/lookbook/north-bedroom`);
    await page.goBack();
    await look("The kitchen shelf");
    await page.goBack();
    await look("Lookbook");
    expect(page.url()).toBe(`${shop.url}/lookbook`);
    expect(loads).toBe(0);
  });
});

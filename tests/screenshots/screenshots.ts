// Takes the pictures of docs/screenshots: the built server with an invented shop, every screen at two widths and in two
// colour schemes. Those that the documentation keeps are written there, all of them to SCREENSHOTS when it names a
// folder. npm run screenshots
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser, BrowserContext, Page } from "playwright";
import { launchChromium } from "../support/browser.ts";
import { startServer, type ServerProcess } from "../support/server-process.ts";
import { fillShop } from "./invented-shop.ts";

const KEPT = fileURLToPath(new URL("../../docs/screenshots/", import.meta.url));
const everything = process.env["SCREENSHOTS"];

interface Screen {
  readonly name: string;
  readonly address: string;
  /** What must be there before the picture is taken. */
  readonly sign: string;
  act?(page: Page): Promise<void>;
}

const SCREENS: readonly Screen[] = [
  { name: "overview", address: "/", sign: ".plot canvas" },
  { name: "contacts", address: "/contacts", sign: ".contacts-table" },
  { name: "contact", address: "/contacts/1", sign: ".landmark" },
  { name: "why-one-contact", address: "/contacts/1?view=why", sign: ".why" },
  { name: "subscriptions", address: "/contacts/subscriptions", sign: ".subscriptions-table" },
  { name: "live", address: "/live", sign: ".live-message" },
  { name: "claims", address: "/contacts/claims", sign: ".claim" },
  { name: "segments", address: "/segments", sign: ".segments-table" },
  { name: "segment", address: "/segments/1", sign: ".segment-members .row-link" },
  {
    name: "segment-builder",
    address: "/segments/new?kind=dynamic",
    sign: "main h1",
    act: async (page) => {
      await page.getByRole("button", { name: /^Fields/ }).click();
      await page.getByRole("button", { name: "External ID", exact: true }).click();
      await page.getByRole("button", { name: "is empty", exact: true }).click();
      await page.waitForSelector(".sample .row-link");
    },
  },
  { name: "imports", address: "/imports", sign: "main h1" },
  { name: "import", address: "/imports/new", sign: ".import-drop" },
  { name: "exports", address: "/exports", sign: "main h1" },
  { name: "new-export", address: "/exports/new", sign: "main form" },
  { name: "sites", address: "/sites", sign: ".site-row" },
  { name: "site", address: "/sites/1", sign: ".snippet" },
  { name: "mail", address: "/mail", sign: ".letters" },
  { name: "settings", address: "/settings", sign: ".setting" },
  { name: "keys", address: "/keys", sign: ".table" },
  { name: "users", address: "/users", sign: ".table" },
  { name: "fields", address: "/contacts/fields", sign: ".fields-table" },
  { name: "rejected", address: "/sites/rejected", sign: "main h2" },
  {
    name: "finder",
    address: "/contacts",
    sign: ".contacts-table",
    act: async (page) => {
      await page.keyboard.press("Control+k");
      await page.waitForSelector(".finder");
      await page.keyboard.type("an");
      await page.locator(".find-note").first().waitFor();
    },
  },
];

interface Look {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly colorScheme: "light" | "dark";
  /** The documentation shows it. */
  readonly kept: boolean;
}
const DESKTOP = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };
const LOOKS: readonly Look[] = [
  { name: "desktop-light", ...DESKTOP, colorScheme: "light", kept: true },
  { name: "desktop-dark", ...DESKTOP, colorScheme: "dark", kept: false },
  { name: "phone-light", ...PHONE, colorScheme: "light", kept: false },
  { name: "phone-dark", ...PHONE, colorScheme: "dark", kept: true },
];

const server = await startServer();
const browser = await launchChromium();
try {
  await fillShop(server);
  for (const look of LOOKS) if (look.kept || everything !== undefined) await take(look);
} finally {
  await browser.close();
  await server.stop();
}

async function take({ name, width, height, colorScheme, kept }: Look): Promise<void> {
  const context = await loggedIn(browser, server, { viewport: { width, height }, colorScheme });
  const page = await context.newPage();
  const folders = [...(kept ? [KEPT] : []), ...(everything === undefined ? [] : [everything])];
  for (const screen of SCREENS) {
    await page.goto(`${server.url}/admin${screen.address}`);
    await page.waitForSelector(screen.sign);
    await screen.act?.(page);
    await page.waitForLoadState("networkidle");
    for (const folder of folders) {
      await mkdir(folder, { recursive: true });
      await page.screenshot({ path: join(folder, `${screen.name}-${name}.png`) });
    }
    console.log(`  ${screen.name}, ${name}`);
  }
  await context.close();
}

async function loggedIn(
  browser: Browser,
  { url, adminPassword }: ServerProcess,
  options: { readonly viewport: { width: number; height: number }; readonly colorScheme: "light" | "dark" },
): Promise<BrowserContext> {
  const context = await browser.newContext({ locale: "en-GB", reducedMotion: "reduce", ...options });
  const page = await context.newPage();
  await page.goto(`${url}/admin`);
  await page.fill("[name=login]", "admin");
  await page.fill("[name=password]", adminPassword);
  await page.click("button[type=submit]");
  await page.waitForSelector(".rail");
  await page.close();
  return context;
}

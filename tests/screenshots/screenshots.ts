// Takes the pictures of docs/screenshots: the built server, first empty and then with an invented shop, every screen at
// two widths and in two colour schemes. `SCREENSHOTS` names another folder, `LANGUAGE_TAG` another language than en-GB,
// `ONLY` a part of the names. npm run screenshots
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { BrowserContext } from "playwright";
import { launchChromium } from "../support/browser.ts";
import { startServer } from "../support/server-process.ts";
import { importFiles } from "./invented-files.ts";
import { fillShop } from "./invented-shop.ts";
import { exportTo, openWarehouse } from "./invented-warehouse.ts";
import { shrink } from "./palette.ts";
import { DOOR, EXPORTS, FILLED, FIRST, IMPORTS, type Screen } from "./screens.ts";

const FOLDER = process.env["SCREENSHOTS"] ?? fileURLToPath(new URL("../../docs/screenshots/", import.meta.url));
const LOCALE = process.env["LANGUAGE_TAG"] ?? "en-GB";
const ONLY = process.env["ONLY"] ?? "";

const DESKTOP = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };
const LOOKS = [
  { name: "desktop-light", viewport: DESKTOP, colorScheme: "light" },
  { name: "desktop-dark", viewport: DESKTOP, colorScheme: "dark" },
  { name: "phone-light", viewport: PHONE, colorScheme: "light" },
  { name: "phone-dark", viewport: PHONE, colorScheme: "dark" },
] as const;
type Look = (typeof LOOKS)[number];

const server = await startServer({ EXPORT_TO_PRIVATE_NETWORK: "yes" });
const warehouse = await openWarehouse();
const browser = await launchChromium();
const admin = `${server.url}/admin`;
try {
  await mkdir(FOLDER, { recursive: true });
  const strangers = new Map<Look, BrowserContext>();
  for (const look of LOOKS) strangers.set(look, await windowOf(look, LOCALE));
  await takeAll(strangers, DOOR);
  const insiders = new Map<Look, BrowserContext>();
  for (const look of LOOKS) insiders.set(look, await logIn(await windowOf(look, LOCALE)));
  await takeAll(insiders, FIRST);
  await fillShop(server);
  await takeAll(insiders, FILLED);
  // Its buttons are pressed by their English names.
  const worker = await logIn(await windowOf(LOOKS[0], "en-GB"));
  await importFiles(await worker.newPage(), admin);
  await takeAll(insiders, IMPORTS);
  await exportTo(warehouse, await worker.newPage(), admin);
  await takeAll(insiders, EXPORTS);
} finally {
  await browser.close();
  await server.stop();
  await warehouse.close();
}

function windowOf({ viewport, colorScheme }: Look, locale: string): Promise<BrowserContext> {
  return browser.newContext({ locale, viewport, colorScheme, reducedMotion: "reduce" });
}

async function logIn(context: BrowserContext): Promise<BrowserContext> {
  const page = await context.newPage();
  await page.goto(admin);
  await page.fill("[name=login]", "admin");
  await page.fill("[name=password]", server.adminPassword);
  await page.click("button[type=submit]");
  await page.waitForSelector(".rail");
  await page.close();
  return context;
}

async function takeAll(windows: ReadonlyMap<Look, BrowserContext>, screens: readonly Screen[]): Promise<void> {
  for (const [look, context] of windows) {
    const page = await context.newPage();
    for (const { name, address, sign, act } of screens) {
      // What is done on a screen is done by its English names.
      if (!name.includes(ONLY) || (act !== undefined && !LOCALE.startsWith("en"))) continue;
      await page.goto(admin + address);
      await page.waitForSelector(sign);
      await act?.(page);
      await page.waitForLoadState("networkidle");
      const path = join(FOLDER, `${name}-${look.name}.png`);
      await page.screenshot({ path });
      await shrink(path);
      console.log(`  ${name}, ${look.name}`);
    }
    await page.close();
  }
}

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright";
import type { Message } from "../../src/contract/messages.ts";
import type { SiteKey, VisitorId } from "../../src/contract/identifiers.ts";
import { ensureFirstAdmin, type FirstAdmin } from "../../src/server/admins/index.ts";
import { buildTracker } from "../../scripts/build-tracker.mjs";
import { createApp } from "../../src/server/app.ts";
import { createLog } from "../../src/server/lib/log.ts";
import type { Reach } from "../../src/server/lib/outside-address.ts";
import { uuidv7 } from "../../src/server/lib/uuid.ts";
import { createServices, type Services } from "../../src/server/services.ts";
import { eventually } from "./eventually.ts";
import { launchChromium } from "./browser.ts";
import { freePort } from "./server-process.ts";
import { testDatabase, type TestDatabase } from "./postgres.ts";

export const PASSWORD = "correct horse battery";

/** The parts of a message that a test cares about. */
export type Said = {
  [Type in Message["type"]]: Omit<Extract<Message, { type: Type }>, "id" | "visitorId">;
}[Message["type"]];

export interface AdminSite {
  readonly url: string;
  readonly db: TestDatabase;
  readonly services: Services;
  readonly firstAdmin: FirstAdmin;
  /** What no page may cause: dialogs, script errors, refusals by the content security policy. */
  readonly complaints: readonly string[];
  /** A new browser window without cookies. */
  open(options?: BrowserContextOptions): Promise<Page>;
  /** The same, logged in, on the overview. */
  openLoggedIn(options?: BrowserContextOptions): Promise<Page>;
  /** Sends what a browser's tracker would send, and waits until it is carried out. */
  say(siteKey: string, visitorId: string, messages: readonly Said[]): Promise<void>;
  close(): Promise<void>;
}

interface BuildAdmin {
  buildAdmin(options: { outDir: string; minify?: boolean }): Promise<unknown>;
}

/** The assembled server with the built admin on a fresh database, and a real browser to look at it. */
export async function adminSite(
  options: { readonly password?: string; readonly exportReach?: Reach } = {},
): Promise<AdminSite> {
  const [db, distDir, port, browser] = await Promise.all([
    testDatabase(),
    mkdtemp(join(tmpdir(), "backstory-admin-")),
    freePort(),
    launchChromium(),
  ]);
  const script = new URL("../../scripts/build-admin.mjs", import.meta.url).href;
  const { buildAdmin }: BuildAdmin = await import(script);
  await Promise.all([buildAdmin({ outDir: join(distDir, "admin") }), buildTracker({ outDir: distDir })]);
  const url = `http://localhost:${port}`;
  const log = createLog("silent");
  const services = createServices({
    db,
    log,
    secretKey: "a secret of at least thirty-two characters",
    publicUrl: url,
    ...(options.exportReach !== undefined && { exportReach: options.exportReach }),
  });
  const app = createApp(services, { distDir });
  const firstAdmin = await ensureFirstAdmin(db, options);
  await app.listen({ port, host: "127.0.0.1" });
  const complaints: string[] = [];
  const windows = windowsOf({ browser, url, complaints });
  return {
    url,
    db,
    services,
    firstAdmin,
    complaints,
    ...windows,
    say: (siteKey, visitorId, messages) => say({ url, db }, { siteKey, visitorId, messages }),
    async close() {
      await browser.close();
      await app.close();
      await services.close();
      await rm(distDir, { recursive: true, force: true });
    },
  };
}

function windowsOf({ browser, url, complaints }: { browser: Browser; url: string; complaints: string[] }) {
  async function open(options: BrowserContextOptions = {}): Promise<Page> {
    const context: BrowserContext = await browser.newContext({ locale: "en-GB", baseURL: url, ...options });
    const page = await context.newPage();
    page.on("dialog", (dialog) => {
      complaints.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
    page.on("console", (message) => {
      if (/content security policy|trusted/i.test(message.text())) complaints.push(message.text());
    });
    return page;
  }
  async function openLoggedIn(options: BrowserContextOptions = {}): Promise<Page> {
    const page = await open(options);
    await page.goto("/admin");
    await logIn(page, PASSWORD);
    await page.waitForSelector(".rail");
    return page;
  }
  return { open, openLoggedIn };
}

export async function logIn(page: Page, password: string): Promise<void> {
  await page.fill("[name=login]", "admin");
  await page.fill("[name=password]", password);
  await page.click("button[type=submit]");
}

interface Batch {
  readonly siteKey: string;
  readonly visitorId: string;
  readonly messages: readonly Said[];
}

async function say({ url, db }: Pick<AdminSite, "url" | "db">, { siteKey, visitorId, messages }: Batch): Promise<void> {
  const answer = await fetch(`${url}/v1/messages`, {
    method: "POST",
    headers: { "content-type": "text/plain" },
    body: JSON.stringify({
      site: siteKey as SiteKey,
      sentAt: Date.now(),
      messages: messages.map((message) => ({ ...message, id: uuidv7(message.at), visitorId: visitorId as VisitorId })),
    }),
  });
  const told = (await answer.json()) as { rejected?: unknown[] };
  if (!answer.ok || told.rejected?.length !== 0) throw new Error(`The batch was refused: ${JSON.stringify(told)}`);
  await eventually(async () => {
    const waiting = await db.query("SELECT error FROM identity_message WHERE carried_out_at IS NULL");
    if (waiting.length > 0) throw new Error(`Not carried out: ${JSON.stringify(waiting)}`);
  });
}

import type { Browser, Page } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchChromium } from "../support/browser.ts";
import { subscriptionWorld, type SubscriptionWorld } from "../support/subscription-world.ts";

// Mail scanners open every link of a letter in a browser that runs scripts, long before anybody reads it.

const ADDRESS = "anna@shop.example";
const OPENINGS = 100;

let browser: Browser;
let world: SubscriptionWorld;
let origin: string;
beforeAll(async () => {
  browser = await launchChromium();
  world = await subscriptionWorld();
  origin = await world.app.listen({ host: "127.0.0.1", port: 0 });
  await world.signUp({ email: ADDRESS });
});
afterAll(async () => {
  await browser.close();
  await world.close();
});

/** Everything that a confirmation, a refusal or an unsubscribe would change. */
async function stored(): Promise<unknown> {
  const { db } = world;
  return {
    contact: await db.query("SELECT * FROM contact ORDER BY contact_id"),
    channel: await db.query("SELECT * FROM channel ORDER BY contact_id, type, value"),
    request: await db.query("SELECT * FROM optin_request"),
    consent: await db.query("SELECT * FROM consent_log"),
    suppression: await db.query("SELECT * FROM suppression"),
    audit: await db.query("SELECT * FROM identity_audit ORDER BY audit_id"),
  };
}

/** As a scanner does: opens the page, lets scripts run, moves about, and fetches whatever it links to. */
async function scan(page: Page, address: string): Promise<void> {
  await page.goto(address);
  await page.mouse.move(100, 100);
  await page.mouse.wheel(0, 2_000);
  const links = await page.evaluate(() => [...document.querySelectorAll("a")].map(({ href }) => href));
  for (const link of links) if (link.startsWith(new URL(address).origin)) await page.goto(link);
}

test(`T5: a Chromium that runs scripts opens the mailed links ${OPENINGS} times, and nothing changes`, async () => {
  const letter = world.trap.newest(ADDRESS).parsed;
  const links = [...new Set((letter.text ?? "").match(/https:\/\/backstory\.example\/\S+/g))];
  expect(links.length).toBeGreaterThanOrEqual(1);
  const before = await stored();
  let opened = 0;
  for (let round = 0; opened < OPENINGS; round += 1) {
    // Some scanners keep their cookies, others come as somebody new each time.
    const context = await browser.newContext({ javaScriptEnabled: true });
    const page = await context.newPage();
    for (let again = 0; again < 10; again += 1)
      for (const link of links) {
        await scan(page, link.replace("https://backstory.example", origin));
        opened += 1;
      }
    await context.close();
  }
  expect(opened).toBeGreaterThanOrEqual(OPENINGS);
  expect(await stored()).toEqual(before);
  expect(await world.emailStatus(ADDRESS)).toEqual(["unconfirmed"]);
});

test("T5: the link works for its reader after all that", async () => {
  const page = await browser.newPage();
  await page.goto(origin + world.link(ADDRESS));
  await page.getByRole("button", { name: "Confirm my address" }).click();
  await page.getByRole("heading", { name: "Your address is confirmed" }).waitFor();
  expect(await world.emailStatus(ADDRESS)).toEqual(["confirmed"]);
});

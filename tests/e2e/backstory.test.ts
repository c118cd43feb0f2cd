import type { Browser, BrowserContext, Page } from "playwright";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { TimelinePage } from "../../src/contract/admin/timeline.ts";
import { launchChromium } from "../support/browser.ts";
import { eventually } from "../support/eventually.ts";
import { mailTrap, type MailTrap } from "../support/mail-trap.ts";
import { testDatabase, type TestDatabase } from "../support/postgres.ts";
import { startServer, type ServerProcess } from "../support/server-process.ts";

// The fourth journey, end to end: the built server and tracker, the demo shop, a real browser, database and mail server.

let browser: Browser;
let server: ServerProcess;
let mails: MailTrap;
let db: TestDatabase;
let context: BrowserContext;
let page: Page;
const complaints: string[] = [];

beforeAll(async () => {
  [browser, mails, db] = await Promise.all([launchChromium(), mailTrap(), testDatabase()]);
  server = await startServer({ DATABASE_URL: db.url, SMTP_URL: mails.url, MAIL_FROM: "shop@ledge.example" });
});
afterAll(async () => {
  await browser.close();
  await server.stop();
  await mails.close();
});
beforeEach(async () => {
  await context?.close();
  context = await browser.newContext();
  page = await context.newPage();
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
});

const SIX_PAGES = ["/", "/shop", "/lookbook", "/newsletter", "/cart", "/register"];
const pathOf = (url: string | null): string => new URL(url ?? "about:blank").pathname;
const paths = (urls: readonly string[]): string[] => urls.map(pathOf);

async function browseSixPages(): Promise<string> {
  for (const path of SIX_PAGES) {
    await page.goto(server.demoUrl + path);
    // A person stays a moment; the view is counted when the page has settled.
    await eventually(async () => {
      expect(paths(await viewsOf(await visitorId()))).toContain(path);
    });
  }
  return visitorId();
}

async function visitorId(): Promise<string> {
  const cookies = await context.cookies(server.demoUrl);
  return cookies.find(({ name }) => name === "backstory_id")?.value ?? "";
}

async function viewsOf(visitor: string): Promise<string[]> {
  const rows = await db.query<{ url: string }>(
    "SELECT url FROM event WHERE source_kind = 'visitor' AND source_id = $1 AND name = 'page' ORDER BY occurred_at",
    [visitor],
  );
  return rows.map(({ url }) => url);
}

async function contactCount(): Promise<number> {
  const [row] = await db.query<{ count: number }>("SELECT count(*) AS count FROM contact WHERE status = 'live'");
  return row?.count ?? 0;
}

/** The contact of an address as the contact API returns it. */
async function contactOf(email: string): Promise<Record<string, unknown> | undefined> {
  const answer = await fetch(`${server.url}/api/v1/contacts?email=${encodeURIComponent(email)}`, {
    headers: { authorization: `Bearer ${server.apiKey}` },
  });
  expect(answer.status).toBe(200);
  const found = (await answer.json()) as Record<string, unknown>[];
  expect(found.length).toBeLessThan(2);
  return found[0];
}

async function emailStatus(email: string): Promise<string | undefined> {
  const rows = await db.query<{ status: string }>("SELECT status FROM channel WHERE type = 'email' AND value = $1", [
    email,
  ]);
  return rows[0]?.status;
}

/** What the admin shows of a contact, oldest first. */
async function timelineInAdmin(contactId: unknown): Promise<{ path: string; before: boolean }[]> {
  const session = await logIn();
  const answer = await fetch(`${server.url}/admin/api/contacts/${String(contactId)}/timeline`, {
    headers: { cookie: session },
  });
  expect(answer.status).toBe(200);
  const { entries } = (await answer.json()) as TimelinePage;
  return entries
    .filter((entry) => entry.kind === "event" && entry.name === "page")
    .map((entry) => ({ path: pathOf(entry.url), before: entry.kind === "event" && entry.before }))
    .reverse();
}

async function logIn(): Promise<string> {
  const answer = await fetch(`${server.url}/admin/api/session`, {
    method: "POST",
    headers: { "content-type": "application/json", origin: server.url },
    body: JSON.stringify({ login: "admin", password: server.adminPassword }),
  });
  expect(answer.status).toBe(200);
  return answer.headers
    .getSetCookie()
    .map((cookie) => cookie.split(";")[0])
    .join("; ");
}

async function register(email: string): Promise<void> {
  await page.goto(`${server.demoUrl}/register`);
  await page.fill("#register [name=firstName]", "Ann");
  await page.fill("#register [name=lastName]", "Lee");
  await page.fill("#register [name=email]", email);
  await page.fill("#register [name=password]", "long enough for anybody");
  await page.click("#register button[type=submit]");
  await page.waitForURL("**/account");
}

test("six page views make no contact; registration makes one that owns them in order, and later views join by themselves", async () => {
  const before = await contactCount();
  const visitor = await browseSixPages();

  expect(paths(await viewsOf(visitor))).toEqual(SIX_PAGES);
  expect(await contactCount()).toBe(before);

  await register("ann@registers.example");
  const contact = await eventually(async () => {
    const found = await contactOf("ann@registers.example");
    expect(found).toBeDefined();
    return found;
  });
  expect(await contactCount()).toBe(before + 1);
  expect(contact).toMatchObject({ externalCustomerId: expect.stringMatching(/^C-\d+$/), firstName: "Ann" });
  expect(await emailStatus("ann@registers.example")).toBe("confirmed");

  const timeline = await timelineInAdmin(contact?.["id"]);
  expect(timeline.slice(0, 6)).toEqual(SIX_PAGES.map((path) => ({ path, before: true })));

  await page.goto(`${server.demoUrl}/shop`);
  await page.goto(`${server.demoUrl}/lookbook`);
  await eventually(async () => {
    const later = (await timelineInAdmin(contact?.["id"])).filter((entry) => !entry.before);
    expect(later.map(({ path }) => path)).toEqual(expect.arrayContaining(["/shop", "/lookbook"]));
  });
  expect(await contactCount()).toBe(before + 1);
  expect(complaints).toEqual([]);
});

test("the newsletter form makes an unconfirmed contact with the earlier views; the mailed link confirms it", async () => {
  const before = await contactCount();
  await browseSixPages();
  expect(await contactCount()).toBe(before);

  await page.goto(`${server.demoUrl}/newsletter`);
  await page.fill("main [data-newsletter] [name=email]", "Ben@Subscribes.example");
  await page.click("main [data-newsletter] button");
  const contact = await eventually(async () => {
    const found = await contactOf("ben@subscribes.example");
    expect(found).toBeDefined();
    return found;
  });
  expect(await contactCount()).toBe(before + 1);
  expect(await emailStatus("ben@subscribes.example")).toBe("unconfirmed");
  expect((await timelineInAdmin(contact?.["id"])).slice(0, 6)).toEqual(
    SIX_PAGES.map((path) => ({ path, before: true })),
  );

  const letter = await eventually(() => mails.newest("ben@subscribes.example"));
  const link = /http:\/\/localhost:\d+\/confirm\/[\w-]+/.exec(letter.parsed.text ?? "")?.[0] ?? "";
  expect(link).not.toBe("");

  // Another browser, as a mail program would open it: the page only offers a button.
  const elsewhere = await (await browser.newContext()).newPage();
  await elsewhere.goto(link);
  expect(await emailStatus("ben@subscribes.example")).toBe("unconfirmed");
  await elsewhere.click("main button");
  await eventually(async () => expect(await emailStatus("ben@subscribes.example")).toBe("confirmed"));
  await elsewhere.context().close();
});

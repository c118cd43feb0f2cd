import { afterAll, beforeAll, expect, test } from "vitest";
import { adminSite, PASSWORD, type AdminSite, type Said } from "../support/admin-site.ts";
import { eventually } from "../support/eventually.ts";
import { expectOnlyOurs, HOSTILE, within } from "../support/hostile.ts";

// Everything that strangers can write reaches the admin's screens. None of it may become more than text.

let site: AdminSite;
beforeAll(async () => {
  site = await adminSite({ password: PASSWORD });
});
afterAll(async () => {
  await site.close();
});

function story(text: string, index: number, now: number): Said[] {
  const at = now - index * 1_000;
  const properties = { [within(text, 200)]: text, nested: { [within(text, 200)]: [text] } };
  return [
    { type: "page", at: at - 900, url: text, title: within(text, 1024), referrer: text, properties },
    { type: "track", at: at - 800, name: within(text, 100), url: `https://shop.example/${text}`, properties },
  ];
}

test("hostile text in every field a browser can fill is shown as text on every screen", async () => {
  expect(HOSTILE.length).toBeGreaterThanOrEqual(60);
  const created = await site.services.sites.createSite({ name: "<img src=x onerror=alert(50)>" });
  if (created.kind !== "stored") throw new Error("The site was not made.");
  const { siteKey, siteId } = created.site;
  await site.db.query("UPDATE site SET url = 'javascript:alert(51)' WHERE site_id = $1", [siteId]);
  const now = Date.now() - 60_000;
  const stories = HOSTILE.map((text, index) => story(text, index, now));
  for (let start = 0; start < stories.length; start += 20) {
    await site.say(siteKey, "visitor-of-hostile-1", stories.slice(start, start + 20).flat());
  }
  const [name] = HOSTILE;
  await site.say(siteKey, "visitor-of-hostile-1", [
    {
      type: "identify",
      at: now + 1_000,
      externalCustomerId: `"><img src=x onerror=alert(52)>`,
      email: `"<svg/onload=alert(53)>"@example.com`.replace(/["<>()/=]/g, "x"),
      firstName: within(name, 100),
      lastName: `<img src=x onerror=alert(54)>`,
      languageCode: `<svg onload=alert(55)>`,
      url: `javascript:alert(56)`,
      attributes: Object.fromEntries(HOSTILE.map((text) => [within(text, 200), text])),
    },
  ]);
  await site.say(siteKey, "stranger-visitor-0001", [
    {
      type: "identify",
      at: now + 2_000,
      externalCustomerId: `"><img src=x onerror=alert(52)>`,
      url: `data:text/html,x`,
    },
  ]);
  await site.say(siteKey, "visitor-of-reader-01", [
    { type: "subscribe", at: now + 3_000, email: "reader@example.com", firstName: `<img src=x onerror=alert(57)>` },
  ]);
  await eventually(async () => expect(await site.db.query("SELECT 1 FROM captured_mail")).not.toEqual([]));

  const foreign: string[] = [];
  const page = await site.openLoggedIn();
  page.on("request", (request) => {
    if (!request.url().startsWith(site.url)) foreign.push(request.url());
  });
  const screens = [
    "/admin",
    "/admin/contacts",
    `/admin/contacts?q=${encodeURIComponent(HOSTILE[1])}`,
    "/admin/contacts/1?view=why",
    "/admin/contacts/1?view=raw",
    "/admin/contacts/1?was=<img src=x onerror=alert(58)>",
    "/admin/contacts/claims",
    "/admin/contacts/2",
    "/admin/sites",
    "/admin/sites/1",
    "/admin/mail",
    "/admin/<img src=x onerror=alert(59)>",
  ];
  for (const address of screens) {
    await page.goto(address);
    await page.waitForSelector("h1, h2");
    await page.waitForLoadState("networkidle");
    await expectOnlyOurs(page);
  }

  expect((await fetch(`${site.url}/admin/contacts/%E0%A4%A`)).status).toBe(400);

  await page.goto("/admin/contacts/1");
  await eventually(async () => {
    await page.mouse.wheel(0, 30_000);
    expect(await page.locator(".entry").count()).toBe(2 * HOSTILE.length);
  });
  await page.evaluate(() => document.querySelectorAll("main details").forEach((part) => part.setAttribute("open", "")));
  await expectOnlyOurs(page);
  const shown = (await page.locator(".timeline").textContent()) ?? "";
  expect(shown).toContain(HOSTILE[0]);
  expect(shown).toContain(HOSTILE[1]);

  await page.goto("/admin/mail");
  await page.locator(".letters a").first().click();
  await page.waitForSelector(".letter-text");
  await expectOnlyOurs(page);

  expect(site.complaints).toEqual([]);
  expect(foreign).toEqual([]);
});

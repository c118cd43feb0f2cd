import { afterAll, beforeAll, expect, test } from "vitest";
import { adminSite, PASSWORD, type AdminSite, type Said } from "../support/admin-site.ts";
import { eventually } from "../support/eventually.ts";

// Everything that strangers can write reaches the admin's screens. None of it may become more than text.

const HOSTILE = [
  `<script>alert(1)</script>`,
  `<img src=x onerror=alert(2)>`,
  `"><svg onload=alert(3)>`,
  `'><iframe srcdoc="<script>alert(4)</script>"></iframe>`,
  `<a href="javascript:alert(5)">x</a>`,
  `javascript:alert(6)`,
  `JaVaScRiPt:alert(7)//http://x`,
  `\u0001javascript:alert(8)`,
  `java\nscript:alert(9)`,
  `data:text/html,<script>alert(10)</script>`,
  `vbscript:msgbox(11)`,
  `jaVasCript:/*-/*\`/*\\\`/*'/*"/**/(/* */oNcliCk=alert(12) )//%0D%0A%0d%0a//</stYle/</titLe/</teXtarEa/</scRipt/--!>\\x3csVg/<sVg/oNloAd=alert(12)//>\\x3e`,
  `</title><script>alert(13)</script>`,
  `</textarea><script>alert(14)</script>`,
  `</style><script>alert(15)</script>`,
  `<!--<img src="--><img src=x onerror=alert(16)//">`,
  `<math><mtext></form><form><mglyph><style></math><img src onerror=alert(17)>`,
  `<svg><animate onbegin=alert(18) attributeName=x dur=1s>`,
  `<details open ontoggle=alert(19)>`,
  `<input autofocus onfocus=alert(20)>`,
  `<video><source onerror=alert(21)></video>`,
  `<body onload=alert(22)>`,
  `<object data="javascript:alert(23)"></object>`,
  `<embed src="javascript:alert(24)">`,
  `<meta http-equiv="refresh" content="0;url=javascript:alert(25)">`,
  `<base href="https://evil.example/">`,
  `<link rel=stylesheet href="https://evil.example/x.css">`,
  `<form action="https://evil.example"><button>send</button></form>`,
  `{{constructor.constructor('alert(26)')()}}`,
  `\${alert(27)}`,
  `<%= alert(28) %>`,
  `\u202Egnp.exe`,
  `\u2028alert(29)\u2029`,
  `＜script＞alert(30)＜/script＞`,
  `<scr\u0000ipt>alert(31)</scr\u0000ipt>`,
  `&lt;script&gt;alert(32)&lt;/script&gt;`,
  `&#106;avascript:alert(33)`,
  `%3Cscript%3Ealert(34)%3C/script%3E`,
  `https://good.example/"onmouseover="alert(35)`,
  `https://evil.example@good.example/<img src=x onerror=alert(36)>`,
  `//evil.example/x`,
  `https:evil.example`,
  `http://[::1`,
  `https://%`,
  `%E0%A4%A`,
  `../../../etc/passwd`,
  `__proto__`,
  `constructor`,
  `toString`,
  `hasOwnProperty`,
  `=cmd|'/c calc'!A1`,
  "<b>".repeat(200),
  "🙃".repeat(100),
  `Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L̠ͨͧͩ͘G̴̻͈͍͔̹̑͗̎̅͛́Ǫ̵̹̻̝̳͂̌̌͘`,
  `<template shadowrootmode=open><script>alert(37)</script></template>`,
  `<x contenteditable onblur=alert(38) tabindex=1>`,
  `<button popovertarget=x onclick=alert(39)>`,
  `<style>@import "https://evil.example/x.css";</style>`,
  `<img srcset="https://evil.example/1.png 1x">`,
  `<noscript><p title="</noscript><img src=x onerror=alert(40)>">`,
  `<script src="https://evil.example/x.js"></script>`,
  `'-alert(41)-'`,
] as const;

let site: AdminSite;
beforeAll(async () => {
  site = await adminSite({ password: PASSWORD });
});
afterAll(async () => {
  await site.close();
});

/** As much of it as the contract lets through at that place: so many bytes. */
function within(text: string, bytes: number): string {
  let kept = "";
  for (const character of text) {
    if (Buffer.byteLength(kept + character) > bytes) break;
    kept += character;
  }
  return kept;
}

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

type Page = Awaited<ReturnType<AdminSite["open"]>>;

/** No element, handler or link that the screens do not make themselves. */
async function expectOnlyOurs(page: Page): Promise<void> {
  const odd = await page.evaluate(() => {
    const unknown = document.querySelectorAll(
      "#app :is(script, iframe, object, embed, img, video, style, link, meta, base, template, math, form[action])",
    );
    const handlers = [...document.querySelectorAll("#app *")].filter((element) =>
      element.getAttributeNames().some((name) => name.startsWith("on") || name === "srcdoc"),
    );
    const links = [...document.querySelectorAll("#app a")].filter(
      (link) => !(link instanceof HTMLAnchorElement) || !/^https?:$/.test(link.protocol),
    );
    return [...unknown, ...handlers, ...links].map((element) => element.outerHTML.slice(0, 200));
  });
  expect(odd).toEqual([]);
}

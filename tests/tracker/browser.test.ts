import type { Browser, BrowserContext, Page } from "playwright";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openUnwatched } from "../support/browser.ts";
import { eventually } from "../support/eventually.ts";
import type { Message } from "./support/page.ts";
import { launchBrowser, pageWith, type Site, startSite, tag } from "./support/site.ts";

let site: Site;
let browser: Browser;
let visitor: BrowserContext;
let complaints: string[];

beforeAll(async () => {
  [site, browser] = await Promise.all([startSite(), launchBrowser()]);
});
afterAll(async () => {
  await browser.close();
  await site.close();
});
beforeEach(async () => {
  site.forget();
  complaints = [];
  visitor = await browser.newContext();
});
afterEach(async () => {
  await visitor.close();
});

const LOCAL = "localhost";
const address = (path: string, host = LOCAL): string => `http://${host}:${site.port}${path}`;

async function open(path: string, host = LOCAL): Promise<Page> {
  const page = await visitor.newPage();
  page.on("pageerror", (error) => complaints.push(`${error}`));
  page.on("console", (entry) => {
    if (entry.type() === "error" || entry.type() === "warning") complaints.push(entry.text());
  });
  await page.goto(address(path, host));
  await page.waitForFunction(() => window.backstory?.live);
  return page;
}
/** What a server that knows messages by their ids makes of it: a repetition is no second message. */
const messages = (): Message[] => [...new Map(site.received().map((message) => [message.id, message])).values()];
const ofType = (type: string): Message[] => messages().filter((message) => message.type === type);
const names = (): unknown[] => ofType("track").map(({ name }) => name);
const arrived = (count: number, list: () => unknown[] = messages): Promise<void> =>
  eventually(() => expect(new Set(list()).size).toBe(count));
/** Says what would have come by now: everything that was recorded before it has. */
async function last(page: Page): Promise<void> {
  await page.goto(address("/last"));
  await eventually(() => expect(ofType("page").map(({ url }) => url)).toContain(address("/last")));
}

describe("page views", () => {
  it("are sent without a preflight, to another origin too", async () => {
    site.pages.set("/", { html: `<title>Home</title>${tag(`data-host="${address("", "collect.example")}"`)}` });
    await open("/", "www.shop.example");
    await arrived(1);
    expect(new Set(site.methods)).toEqual(new Set(["POST"]));
    expect(messages()).toMatchObject([{ type: "page", title: "Home", url: address("/", "www.shop.example") }]);
    expect(complaints).toEqual([]);
  });

  it("follow in-page navigation: new addresses only, with their titles and their referrers", async () => {
    const page = await open("/start");
    await arrived(1);
    const go = (method: "pushState" | "replaceState", path: string, title: string) =>
      page.evaluate(
        ([way, to, name]) => {
          // Due before the tracker's own timer, however late both are.
          setTimeout(() => (document.title = name ?? ""), 30);
          history[way as "pushState"]({}, "", to);
        },
        [method, path, title],
      );
    await go("pushState", "/a", "A");
    await arrived(2);
    await go("replaceState", "/a?q=typed", "A");
    await go("pushState", "/a?q=typed#part", "A");
    await go("pushState", "/b", "B");
    await arrived(3);
    await page.goBack();
    await arrived(4);
    await page.evaluate(() => {
      history.pushState({}, "", "/login");
      history.replaceState({}, "", "/welcome");
    });
    await arrived(5);
    await last(page);
    const path = (url: unknown): string => String(url).replace(/^.*?:\d+/, "");
    expect(ofType("page").map(({ url, title, referrer }) => [path(url), title, path(referrer)])).toEqual([
      ["/start", "Page /start", ""],
      ["/a", "A", "/start"],
      ["/b", "B", "/a?q=typed"],
      ["/a?q=typed", "B", "/b"],
      ["/welcome", "B", "/a?q=typed"],
      ["/last", "Page /last", ""],
    ]);
  });

  it("count a page that comes back from the back/forward cache, even one left in mid-request", async () => {
    const page = await open("/one");
    await arrived(1);
    await page.evaluate(() =>
      addEventListener("pageshow", (event) => (document.body.dataset["kept"] = `${event.persisted}`)),
    );
    await page.evaluate(() => window.backstory?.("track", "on the way out"));
    await page.goto(address("/two"));
    await arrived(3);
    // A restored page fires no load event.
    await page.goBack({ waitUntil: "commit" });
    await arrived(4);
    expect(await page.evaluate(() => document.body.dataset["kept"])).toBe("true");
    expect(ofType("page").map(({ title }) => title)).toEqual(["Page /one", "Page /two", "Page /one"]);
  });

  it("of a prerendered page are counted when somebody sees it, not before", async () => {
    const rules =
      '<script type="speculationrules">{"prerender":[{"urls":["/ahead"],"eagerness":"immediate"}]}</script>';
    const go = `<script>
      const go = () => (localStorage.ran ? (location.href = "/ahead") : setTimeout(go, 50));
      go();
    </script>`;
    const note = `<script>
      localStorage.ran = 1;
      backstory("track", "called", { ahead: document.prerendering });
      document.addEventListener("prerenderingchange", () => {
        const [{ activationStart }] = performance.getEntriesByType("navigation");
        backstory("track", "shown", { at: performance.timeOrigin + activationStart });
      });
    </script>`;
    const stub =
      "<script>var backstory = (...call) => backstory.q.push([Date.now(), location.href, ...call]); backstory.q = []</script>";
    site.pages.set("/", { html: pageWith(rules + go) });
    site.pages.set("/ahead", { html: `<title>Ahead</title>${stub}${note}${tag()}` });
    const before = Date.now();
    // Chromium renders nothing ahead while somebody drives it.
    const unwatched = await openUnwatched(address("/"));
    try {
      await eventually(() => expect(messages()).toHaveLength(4));
    } finally {
      await unwatched.close();
    }
    const [start, view] = ofType("page");
    const [called, shown] = ofType("track");
    expect(view).toMatchObject({ url: address("/ahead"), referrer: address("/") });
    expect(called?.properties).toEqual({ ahead: true });
    expect(start?.at).toBeGreaterThanOrEqual(before);
    // Whenever it was rendered, both happened when it was shown; clocks are compared in whole milliseconds.
    const shownAt = Math.floor(Number(Object.values(shown?.properties ?? {})[0])) - 1;
    expect(view?.at).toBeGreaterThanOrEqual(shownAt);
    expect(called?.at).toBeGreaterThanOrEqual(shownAt);
  });

  it("are counted once when the tag stands in the page twice", async () => {
    site.pages.set("/", { html: pageWith(tag()) });
    await last(await open("/"));
    expect(messages()).toMatchObject([{ url: address("/") }, { url: address("/last") }]);
  });
});

describe("leaving the page", () => {
  it.each([LOCAL, "www.shop.example"])("in the task of the call loses nothing (%s)", async (host) => {
    for (let i = 0; i < 8; i++) {
      const page = await open("/", host);
      await page.evaluate((visit) => {
        for (let n = 0; n < 5; n++) window.backstory?.("track", `visit ${visit} event ${n}`);
        location.href = "about:blank";
      }, i);
      // Closing before that would not be leaving but killing the tab.
      await page.waitForURL("about:blank");
      await page.close();
    }
    await arrived(40, names);
  });

  it("by closing the tab loses nothing", async () => {
    const page = await open("/");
    await page.evaluate(() => {
      for (let n = 0; n < 5; n++) window.backstory?.("track", `event ${n}`);
    });
    await page.close({ runBeforeUnload: true });
    await arrived(5, names);
  });

  it("by a form's own navigation loses no sign-up", async () => {
    const form = `<form method="post" action="/thanks" data-backstory="subscribe" data-backstory-groups="News, Offers" id="footer">
      Letters about plants <input name="your-name"><input type="email" name="e"><input type="password" name="mail_password">
      <input name="cardnumber" autocomplete="cc-number"><button>Go</button></form>`;
    site.pages.set("/", { html: pageWith(form) });
    site.pages.set("/thanks", { html: "<p>Thank you" });
    const page = await open("/");
    await page.fill("[name=your-name]", " Anna ");
    await page.fill("[name=e]", "anna@shop.test");
    await page.fill("[name=mail_password]", "hunter2");
    await page.fill("[name=cardnumber]", "4111111111111111");
    await page.click("button");
    await eventually(() => expect(ofType("subscribe")).toHaveLength(1));
    const [message] = ofType("subscribe");
    expect(message).toMatchObject({
      email: "anna@shop.test",
      firstName: "Anna",
      groups: ["News", "Offers"],
      form: { id: "footer", text: expect.stringContaining("Letters about plants") },
    });
    expect(JSON.stringify(site.batches)).not.toMatch(/hunter2|4111/);
  });

  it("before the script has come keeps the calls for the next page", async () => {
    const { code } = await (await import("../../scripts/build-tracker.mjs")).bundleScript("snippet.ts");
    site.pages.set("/", { html: `<title>Slow</title><script>${code}</script>${tag()}` });
    const deliverScript = site.holdScript();
    const page = await visitor.newPage();
    await page.goto(address("/"), { waitUntil: "commit" });
    await page.evaluate(() => {
      window.backstory?.("identify", { email: "anna@shop.test" });
      location.href = "/next";
    });
    await page.waitForURL("**/next", { waitUntil: "commit" });
    deliverScript();
    await eventually(() => expect(ofType("identify")).toHaveLength(1));
    expect(ofType("identify")).toMatchObject([{ email: "anna@shop.test", url: address("/") }]);
    await page.goto(address("/again"));
    await eventually(() => expect(ofType("page")).toHaveLength(2));
    expect(ofType("identify")).toHaveLength(1);
  });

  it("with more than may outlive a page keeps the rest for the next visit", async () => {
    const page = await open("/");
    await page.evaluate(() => {
      for (let n = 0; n < 12; n++) window.backstory?.("track", `event ${n}`, { text: "x".repeat(10_000) });
      location.href = "about:blank";
    });
    await page.waitForURL("about:blank");
    await page.close();
    await open("/");
    await arrived(12, names);
  });
});

describe("an outage", () => {
  it.each(["overloaded", "cut", "answerLost"] as const)("(%s) that outlasts the visit loses nothing", async (mood) => {
    site.mood = mood;
    const page = await open("/");
    await page.evaluate(() => {
      for (let n = 0; n < 5; n++) window.backstory?.("track", `event ${n}`);
      location.href = "about:blank";
    });
    await page.waitForURL("about:blank");
    await page.close();
    site.mood = "well";
    await open("/");
    await arrived(5, names);
    await eventually(() => expect(new Set(ofType("page").map(({ id }) => id)).size).toBe(2));
    const everyId = new Set(messages().map(({ id }) => id));
    expect(everyId.size).toBe(7);
  });

  it("in which the browser's process dies loses nothing", async () => {
    site.mood = "cut";
    const page = await open("/");
    await page.evaluate(() => {
      for (let n = 0; n < 5; n++) window.backstory?.("track", `event ${n}`);
    });
    // What was written to storage leaves the page's process before what is sent.
    const tried = (): Message[] => site.refused.flatMap(({ messages }) => messages);
    await eventually(() => expect(new Set(tried().map(({ id }) => id)).size).toBe(6));
    const devtools = await visitor.newCDPSession(page);
    devtools.send("Page.crash").catch(() => undefined);
    await page.waitForEvent("crash");
    site.mood = "well";
    await open("/");
    await arrived(5, names);
  });

  it.each([LOCAL, "www.shop.example"])(
    "over which several tabs wait: every message arrives, from one tab (%s)",
    async (host) => {
      site.mood = "overloaded";
      const tabs = await Promise.all(["/1", "/2", "/3"].map((path) => open(path, host)));
      for (const [i, page] of tabs.entries()) {
        await page.evaluate((tab) => {
          for (let n = 0; n < 5; n++) window.backstory?.("track", `tab ${tab} event ${n}`);
        }, i);
      }
      site.mood = "well";
      await Promise.all(tabs.map((page) => page.reload()));
      await arrived(15, names);
      await eventually(async () => {
        for (const page of tabs)
          expect(await page.evaluate(() => JSON.stringify(localStorage))).not.toContain(".message.");
      });
    },
  );
});

describe("a hostile place", () => {
  it("without cookies: one id as long as the page lives", async () => {
    const page = await visitor.newPage();
    const devtools = await visitor.newCDPSession(page);
    await devtools.send("Emulation.setDocumentCookieDisabled", { disabled: true });
    await page.goto(address("/"));
    await page.waitForFunction(() => window.backstory?.live);
    await page.evaluate(() => window.backstory?.("track", "one"));
    await arrived(2);
    expect(new Set(messages().map(({ visitorId }) => visitorId)).size).toBe(1);
    expect(await visitor.cookies()).toEqual([]);
  });

  it("with a strict policy and Trusted Types: no violation", async () => {
    const policy =
      "default-src 'none'; script-src 'nonce-abc' 'strict-dynamic'; connect-src 'self'; base-uri 'none'; require-trusted-types-for 'script'; trusted-types 'none'";
    site.pages.set("/", {
      html: `<title>Strict</title>${tag('nonce="abc"')}`,
      headers: { "content-security-policy": policy },
    });
    const page = await open("/");
    await page.evaluate(() => window.backstory?.("identify", { email: "anna@shop.test" }));
    await arrived(2);
    expect(complaints).toEqual([]);
  });

  it("in a sandboxed frame: delivers, and complains of nothing", async () => {
    site.pages.set("/", { html: '<iframe sandbox="allow-scripts" src="/framed"></iframe>' });
    site.pages.set("/framed", {
      html: pageWith(
        '<script>addEventListener("load", () => { backstory("track", "framed"); backstory("reset"); })</script>',
      ),
    });
    const page = await visitor.newPage();
    page.on("pageerror", (error) => complaints.push(`${error}`));
    page.on("console", (entry) => complaints.push(entry.text()));
    await page.goto(address("/"));
    await arrived(3);
    expect(complaints).toEqual([]);
  });

  it("with full storage: delivers", async () => {
    const page = await visitor.newPage();
    site.pages.set("/fill", { html: "<p>filled" });
    await page.goto(address("/fill"));
    await page.evaluate(() => {
      for (let size = 2 ** 22, i = 0; size >= 1; size /= 2, i++) {
        for (let n = 0; n < 2; n++) {
          try {
            localStorage.setItem(`fill${i}-${n}`, "x".repeat(size));
          } catch {
            // Smaller, then.
          }
        }
      }
    });
    await page.goto(address("/"));
    await page.evaluate(() => window.backstory?.("track", "one"));
    await arrived(2);
  });

  it.each([
    ["without fetch", "delete window.fetch"],
    ["without Web Locks", "delete Navigator.prototype.locks"],
    ["without AbortSignal.timeout", "delete AbortSignal.timeout"],
    ["with a frozen history", "Object.freeze(history)"],
    [
      "with frozen prototypes",
      "for (const it of [Object, Array, Promise, String, Storage]) Object.freeze(it.prototype)",
    ],
    [
      "with a fetch that throws, until it recovers",
      "const f = fetch; let n = 0; window.fetch = (...a) => { if (n++ < 2) throw 1; return f(...a) }",
    ],
  ])("%s: delivers, throws nothing", async (_, sabotage) => {
    site.pages.set("/", { html: `<title>Odd</title><script>${sabotage}</script>${tag()}` });
    const page = await open("/");
    await page.evaluate(() => window.backstory?.("identify", { email: "anna@shop.test" }));
    await arrived(2);
    expect(complaints).toEqual([]);
  });

  it("gets one global and no more", async () => {
    site.pages.set("/bare", { html: "<title>Bare</title>" });
    const page = await visitor.newPage();
    await page.goto(address("/bare"));
    const before = await page.evaluate(() => Object.getOwnPropertyNames(window));
    await page.goto(address("/"));
    await page.waitForFunction(() => window.backstory?.live);
    const after = await page.evaluate(() => Object.getOwnPropertyNames(window));
    expect(after.filter((name) => !before.includes(name))).toEqual(["backstory"]);
  });
});

describe("the cookie", () => {
  it.each([
    ["www.shop.co.uk", ".shop.co.uk"],
    ["a.b.shop.example", ".shop.example"],
    ["me.github.io", ".me.github.io"],
    ["shop.finance", ".shop.finance"],
    ["127.0.0.1", "127.0.0.1"],
  ])("of %s is set for %s", async (host, domain) => {
    await open("/", host);
    await arrived(1);
    const cookies = await visitor.cookies();
    expect(cookies).toMatchObject([
      { name: "backstory_id", domain, path: "/", sameSite: "Lax", secure: false, httpOnly: false },
    ]);
    expect(cookies[0]?.value).toBe(messages()[0]?.["visitorId"]);
    const days = ((cookies[0]?.expires ?? 0) * 1000 - Date.now()) / 86_400_000;
    expect(Math.round(days)).toBe(395);
  });

  it("is shared by sub-domains, and reset() ends it for all", async () => {
    const shop = await open("/", "shop.example");
    const blog = await open("/", "blog.shop.example");
    await arrived(2);
    await shop.evaluate(() => window.backstory?.("reset"));
    await blog.evaluate(() => window.backstory?.("track", "after"));
    await arrived(4);
    const [one, other] = ofType("page").map(({ visitorId }) => visitorId);
    const [after] = ofType("track").map(({ visitorId }) => visitorId);
    expect(other).toBe(one);
    expect(ofType("reset")).toMatchObject([{ visitorId: one }]);
    expect(after).not.toBe(one);
    await eventually(async () => expect(await visitor.cookies()).toMatchObject([{ value: after }]));
  });
});

describe("debugging", () => {
  it("prints what is sent, and only when asked to", async () => {
    const page = await visitor.newPage();
    const lines: string[] = [];
    page.on("console", (entry) => lines.push(entry.text()));
    await page.goto(address("/"));
    await arrived(1);
    expect(lines).toEqual([]);
    await page.goto(address("/?backstory_debug"));
    await arrived(2);
    await eventually(() => expect(lines.join()).toMatch(/backstory: 200 .*"page"/));
  });
});

import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { firefoxPath, openFirefox, type Firefox } from "./support/firefox.ts";
import type { Message } from "./support/page.ts";
import { startSite, tag, type Site } from "./support/site.ts";

// What matters most, in the other engine.

const program = firefoxPath();
if (program === undefined) console.log("skipped: there is no Firefox here (Debian: apt-get install firefox-esr)");

let site: Site;
let firefox: Firefox | undefined;

beforeAll(async () => {
  site = await startSite();
  firefox = program === undefined ? undefined : await openFirefox(program);
});
afterAll(async () => {
  await firefox?.close();
  await site.close();
});
beforeEach(() => site.forget());

const address = (path: string): string => `http://localhost:${site.port}${path}`;
const messages = (): Message[] => [...new Map(site.received().map((message) => [message.id, message])).values()];
const arrived = (count: number): Promise<void> => eventually(() => expect(messages()).toHaveLength(count));

const inFirefox = (name: string, visit: (firefox: Firefox) => Promise<void>): void =>
  test(`in Firefox ${name}`, async (context) => {
    if (firefox === undefined) return context.skip("there is no Firefox here");
    await visit(firefox);
    expect(firefox.complaints).toEqual([]);
  });

inFirefox("a page view arrives, without a preflight, and the visitor gets a cookie", async ({ open, evaluate }) => {
  await open(address("/start"));
  await arrived(1);
  expect(new Set(site.methods)).toEqual(new Set(["POST"]));
  expect(messages()).toMatchObject([{ type: "page", url: address("/start"), title: "Page /start" }]);
  expect(await evaluate("document.cookie")).toBe(`backstory_id=${String(messages()[0]?.["visitorId"])}`);
});

inFirefox("in-page navigation is counted", async ({ open, evaluate }) => {
  await open(address("/start"));
  await arrived(1);
  await evaluate(`history.pushState({}, "", "/a")`);
  await arrived(2);
  expect(messages()[1]).toMatchObject({ type: "page", url: address("/a"), referrer: address("/start") });
});

inFirefox("what is called in the task that leaves the page arrives", async ({ open, evaluate }) => {
  site.pages.set("/away", { html: "<p>No tag here." });
  await open(address("/start"));
  await evaluate(
    `(backstory("identify", { email: "anna@shop.test" }), backstory("track", "last"), location.href = "/away")`,
  );
  await arrived(3);
  expect(messages().map(({ type }) => type)).toEqual(expect.arrayContaining(["page", "identify", "track"]));
});

inFirefox("what an outage held back goes out from the next page", async ({ open, evaluate }) => {
  site.mood = "overloaded";
  await open(address("/start"));
  await evaluate(`backstory("track", "during the outage")`);
  site.mood = "well";
  await open(address("/next"));
  await arrived(3);
});

inFirefox("a strict policy finds nothing to object to", async ({ open, evaluate }) => {
  const policy =
    "default-src 'none'; script-src 'nonce-abc' 'strict-dynamic'; connect-src 'self'; img-src 'self'; base-uri 'none'";
  site.pages.set("/strict", {
    html: `<!doctype html><title>Strict</title>${tag('nonce="abc"')}`,
    headers: { "content-security-policy": policy },
  });
  await open(address("/strict"));
  await evaluate(`backstory("identify", { email: "anna@shop.test" })`);
  await arrived(2);
});

// @vitest-environment happy-dom
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { eventually } from "../support/eventually.ts";
import { VISITOR_COOKIE, VISITOR_ID_PATTERN } from "../../src/contract/wire.ts";
import { createBackstory } from "../../src/tracker/backstory.ts";
import { fakeCollector, newSite, openPage, queueIsEmpty } from "./support/page.ts";

const collector = fakeCollector();
beforeAll(() => collector.server.listen({ onUnhandledRequest: "error" }));
afterAll(() => collector.server.close());
afterEach(() => {
  vi.restoreAllMocks();
  collector.end();
  localStorage.clear();
  document.cookie = `${VISITOR_COOKIE}=; path=/; max-age=0`;
});

const cookie = () => /backstory_id=([^;]*)/.exec(document.cookie)?.[1];
const everything = () => collector.stored();

describe("identify", () => {
  it("says who, with the site's own id under its wire name", async () => {
    const site = newSite();
    const person = { email: "anna@shop.test", phone: "+380501234567", firstName: "Anna", attributes: { plan: "pro" } };
    openPage({ site })("identify", { externalId: 42, ...person, token: "a.b.c" });
    await queueIsEmpty(site);
    expect(collector.received()).toMatchObject([
      { type: "identify", externalCustomerId: 42, token: "a.b.c", visitorId: cookie(), ...person },
    ]);
    expect(collector.received()[0]).not.toHaveProperty("externalId");
  });

  it("is stamped later than all before it, and nothing after it is earlier", async () => {
    vi.spyOn(Date, "now").mockReturnValue(1_790_000_000_000);
    const site = newSite();
    const backstory = openPage({ site });
    backstory("track", "before");
    backstory("identify", { externalId: "a" });
    backstory("track", "after");
    backstory("reset");
    await queueIsEmpty(site);
    const at = Object.fromEntries(collector.received().map((message) => [message["name"] ?? message.type, message.at]));
    expect(at["identify"]).toBe((at["before"] ?? 0) + 1);
    expect(at["after"]).toBe(at["identify"]);
    expect(at["reset"]).toBe((at["after"] ?? 0) + 1);
  });

  it("believes a clock that was set back", async () => {
    const site = newSite();
    const backstory = openPage({ site });
    backstory("track", "before");
    const yesterday = Date.now() - 86_400_000;
    vi.spyOn(Date, "now").mockReturnValue(yesterday);
    backstory("track", "after");
    await queueIsEmpty(site);
    expect(collector.received().find(({ name }) => name === "after")?.at).toBe(yesterday);
  });

  it("of the same person again keeps the visitor id", async () => {
    const site = newSite();
    const backstory = openPage({ site });
    backstory("identify", { externalId: "a" });
    backstory("identify", { externalId: "a", email: "anna@shop.test" });
    openPage({ site })("identify", { externalId: "a" });
    await queueIsEmpty(site);
    expect(new Set(collector.received().map(({ visitorId }) => visitorId)).size).toBe(1);
    expect(collector.ofType("reset")).toEqual([]);
  });

  it("of another person closes the old visitor id and starts a new one, also on a later page", async () => {
    const site = newSite();
    openPage({ site })("identify", { externalId: "a" });
    const old = cookie();
    const later = openPage({ site });
    later("track", "still a");
    later("identify", { externalId: "b" });
    later("track", "b's");
    await queueIsEmpty(site);
    expect(cookie()).not.toBe(old);
    expect(everything()).toMatchObject([
      { type: "identify", visitorId: old },
      { name: "still a", visitorId: old },
      { type: "reset", visitorId: old },
      { type: "identify", externalCustomerId: "b", visitorId: cookie() },
      { name: "b's", visitorId: cookie() },
    ]);
    const [reset, identify] = [collector.ofType("reset")[0], collector.ofType("identify")[1]];
    expect(identify?.at).toBeGreaterThan(reset?.at ?? Infinity);
  });

  it("with a token keeps the visitor id: the token was made for it", async () => {
    const site = newSite();
    const backstory = openPage({ site });
    backstory("identify", { externalId: "a" });
    backstory("identify", { externalId: "b", token: "x.y.z" });
    await queueIsEmpty(site);
    expect(new Set(collector.received().map(({ visitorId }) => visitorId)).size).toBe(1);
  });

  it.each(["", " ", "0", "null", "undefined", "guest", 0, null])(
    "of nobody (%j) is not another person",
    async (nobody) => {
      const site = newSite();
      const backstory = openPage({ site });
      backstory("identify", { externalId: nobody, email: "anna@shop.test" });
      backstory("identify", { externalId: "a" });
      backstory("identify", { externalId: nobody });
      await queueIsEmpty(site);
      expect(collector.ofType("reset")).toEqual([]);
    },
  );

  it("after the cookie is gone keeps the new anonymous history", async () => {
    const site = newSite();
    const backstory = openPage({ site });
    backstory("identify", { externalId: "a" });
    const old = cookie();
    document.cookie = `${VISITOR_COOKIE}=; path=/; max-age=0`;
    backstory("track", "anonymous");
    expect(cookie()).not.toBe(old);
    backstory("identify", { externalId: "b" });
    await queueIsEmpty(site);
    expect(collector.ofType("reset")).toEqual([]);
    expect(
      collector
        .received()
        .slice(1)
        .map(({ visitorId }) => visitorId),
    ).toEqual([cookie(), cookie()]);
  });

  it("leaves no external id in storage", () => {
    openPage()("identify", { externalId: "customer-4711" });
    const rest = Object.entries(localStorage).filter(([key]) => !key.includes(".message."));
    expect(JSON.stringify(rest)).not.toContain("4711");
  });
});

describe("reset", () => {
  it("goes out under the old id; what follows has a new one", async () => {
    const site = newSite();
    const backstory = openPage({ site });
    backstory("track", "before");
    const old = cookie();
    backstory("reset");
    backstory("track", "after");
    await queueIsEmpty(site);
    expect(everything()).toMatchObject([
      { name: "before", visitorId: old },
      { type: "reset", visitorId: old },
      { name: "after", visitorId: cookie() },
    ]);
    expect(cookie()).not.toBe(old);
  });
});

describe("subscribe", () => {
  it("carries address, lists and what was agreed to", async () => {
    const site = newSite();
    const wish = { email: "anna@shop.test", groups: ["News"], form: { id: "footer", text: "I want news" } };
    openPage({ site })("subscribe", wish);
    await queueIsEmpty(site);
    expect(collector.received()).toMatchObject([{ type: "subscribe", ...wish }]);
  });
});

describe("the visitor id", () => {
  it("is a nanoid in a cookie, and the cookie is asked each time", async () => {
    const site = newSite();
    const backstory = openPage({ site });
    backstory("track", "one");
    expect(cookie()).toMatch(/^[\w-]{21}$/);
    document.cookie = `${VISITOR_COOKIE}=set-by-the-server-01; path=/`;
    backstory("track", "two");
    await queueIsEmpty(site);
    expect(collector.received()[1]).toMatchObject({ visitorId: "set-by-the-server-01" });
  });

  it("that is malformed is replaced", async () => {
    document.cookie = `${VISITOR_COOKIE}=bad id!; path=/`;
    const site = newSite();
    openPage({ site })("track", "one");
    await queueIsEmpty(site);
    expect(collector.received()[0]?.["visitorId"]).toMatch(new RegExp(VISITOR_ID_PATTERN));
  });

  it("lives as long as the page where cookies are refused", async () => {
    const document = window.document;
    vi.spyOn(document, "cookie", "get").mockReturnValue("");
    vi.spyOn(document, "cookie", "set").mockImplementation(() => undefined);
    const site = newSite();
    const backstory = openPage({ site });
    backstory("track", "one");
    backstory("track", "two");
    backstory("reset");
    backstory("track", "three");
    await queueIsEmpty(site);
    const [one, two, reset, three] = everything().map(({ visitorId }) => visitorId);
    expect(one).toMatch(/^[\w-]{21}$/);
    expect([two, reset]).toEqual([one, one]);
    expect(three).not.toBe(one);
  });

  it("does not need cookies to be readable at all", async () => {
    vi.spyOn(window.document, "cookie", "get").mockImplementation(() => {
      throw new DOMException("sandboxed", "SecurityError");
    });
    const site = newSite();
    openPage({ site })("track", "one");
    await queueIsEmpty(site);
    expect(collector.received()).toHaveLength(1);
  });
});

describe("beforeSend", () => {
  it("may change a message in place, or drop it", async () => {
    const site = newSite();
    const backstory = openPage({
      site,
      beforeSend: (message) => {
        message["properties"] = { cleaned: true };
        return message["name"] === "secret" ? false : undefined;
      },
    });
    backstory("track", "secret");
    backstory("track", "one");
    await queueIsEmpty(site);
    expect(collector.received()).toMatchObject([{ name: "one", properties: { cleaned: true } }]);
  });

  it("that throws lets nothing through", async () => {
    const warn = vi.spyOn(console, "warn").mockReturnValue();
    const site = newSite();
    const backstory = openPage({ site });
    backstory("beforeSend", () => {
      throw new Error("broken filter");
    });
    backstory("track", "one");
    backstory("beforeSend", () => undefined);
    backstory("track", "two");
    await queueIsEmpty(site);
    expect(collector.received()).toMatchObject([{ name: "two" }]);
    expect(warn).toHaveBeenCalledOnce();
  });
});

describe("nonsense", () => {
  it("never throws into the page", async () => {
    const ways = [
      ["identify"],
      ["track"],
      ["toString"],
      ["nothing"],
      [],
      ["consent"],
      ["subscribe", null],
      ["page", 1],
    ];
    const site = newSite();
    const backstory = openPage({ site });
    vi.spyOn(console, "warn").mockReturnValue();
    for (const args of ways) expect(() => Reflect.apply(backstory, undefined, args)).not.toThrow();
    await queueIsEmpty(site);
  });

  it("before init waits for it; a second init does nothing", async () => {
    const site = newSite();
    const backstory = createBackstory();
    backstory("track", "early");
    backstory("init", { site, host: "https://collect.test", auto: false });
    backstory("init", { site: "another", host: "https://collect.test", auto: false });
    await queueIsEmpty(site);
    await eventually(() => expect(collector.batches).toMatchObject([{ site, messages: [{ name: "early" }] }]));
  });
});

describe("a page that is not to be counted", () => {
  it.each([{ domains: "other.test,another.test" }, { domains: ["other.test"] }])("by domains: %j", async (settings) => {
    const site = newSite();
    openPage({ site, ...settings })("track", "one");
    expect(stored(site)).toEqual([]);
  });

  it("by the visitor's own flag", () => {
    localStorage.setItem("backstory_ignore", "1");
    const site = newSite();
    openPage({ site })("track", "one");
    expect(stored(site)).toEqual([]);
  });
});

const stored = (site: string) => Object.keys(localStorage).filter((key) => key.startsWith(`backstory.${site}`));

// @vitest-environment happy-dom
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { eventually } from "../support/eventually.ts";
import { VISITOR_COOKIE } from "../../src/contract/wire.ts";
import { fakeCollector, newSite, openPage, queueIsEmpty, status } from "./support/page.ts";

const collector = fakeCollector();
beforeAll(() => collector.server.listen({ onUnhandledRequest: "error" }));
afterAll(() => collector.server.close());
afterEach(() => {
  vi.restoreAllMocks();
  collector.end();
  localStorage.clear();
  document.cookie = `${VISITOR_COOKIE}=; path=/; max-age=0`;
});

const left = () => [document.cookie, ...Object.keys(localStorage)].filter(Boolean);
const others = new Set<string>();
const ours = () => collector.batches.filter(({ site }) => !others.has(site));
const received = () => ours().flatMap(({ messages }) => messages);

/** Until another tracker on this page, which has just started, is through: had ours anything to send, it would have gone out. */
async function meanwhile(): Promise<void> {
  const other = newSite();
  others.add(other);
  openPage({ site: other, consent: "cookieless", auto: true })("track", "meanwhile");
  await eventually(() => {
    const theirs = collector.batches.filter(({ site }) => site === other).flatMap(({ messages }) => messages);
    expect(new Set(theirs.map(({ type }) => type))).toEqual(new Set(["page", "track"]));
  });
}

const types = () => received().map((message) => message["name"] ?? message.type);

describe("mode required", () => {
  it("stores and sends nothing before the decision", async () => {
    const backstory = openPage({ consent: "required", auto: true });
    backstory("track", "one");
    backstory("identify", { externalId: "a" });
    backstory("reset");
    await meanwhile();
    expect(left()).toEqual([]);
    expect(received()).toEqual([]);
  });

  it("sends what waited once consent is granted, stamped with when it happened", async () => {
    const site = newSite();
    const backstory = openPage({ site, consent: "required" });
    const before = Date.now();
    backstory("track", "one");
    const after = Date.now();
    await meanwhile();
    backstory("consent", "granted");
    await queueIsEmpty(site);
    const [one, consent] = received();
    expect([one?.["name"], consent?.["state"]]).toEqual(["one", "granted"]);
    expect(one?.at).toBeGreaterThanOrEqual(before);
    expect(one?.at).toBeLessThanOrEqual(after + 1);
    expect(one).not.toHaveProperty("attachable");
  });

  it("forgets what waited once consent is denied, also if it is granted later", async () => {
    const site = newSite();
    const backstory = openPage({ site, consent: "required" });
    backstory("track", "one");
    backstory("consent", "denied");
    backstory("track", "two");
    await meanwhile();
    expect(received()).toEqual([]);
    expect(document.cookie).toBe("");
    backstory("consent", "granted");
    backstory("track", "three");
    await queueIsEmpty(site);
    await eventually(() => expect(types().toSorted()).toEqual(["consent", "three"]));
  });

  it("remembers the decision on the next page, and repeating it says nothing new", async () => {
    const site = newSite();
    openPage({ site, consent: "required" })("consent", "granted");
    await queueIsEmpty(site);
    const next = openPage({ site, consent: "required" });
    next("consent", "granted");
    next("track", "one");
    await queueIsEmpty(site);
    expect(types()).toEqual(["consent", "one"]);
  });
});

describe("withdrawing consent", () => {
  it("is told to the server; then there is no cookie, no storage but the decision, and no message", async () => {
    const site = newSite();
    const backstory = openPage({ site });
    backstory("track", "one");
    backstory("identify", { externalId: "a" });
    await queueIsEmpty(site);
    backstory("consent", "denied");
    await eventually(() => expect(types()).toEqual(["one", "identify", "consent"]));
    expect(left()).toEqual([`backstory_consent.${site}`]);
    backstory("track", "two");
    openPage({ site })("track", "three");
    await meanwhile();
    expect(types()).toEqual(["one", "identify", "consent"]);
    expect(left()).toEqual([`backstory_consent.${site}`]);
  });

  it("reaches the server even if it is down at first, without being stored", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0.001);
    const site = newSite();
    const backstory = openPage({ site });
    backstory("track", "one");
    await queueIsEmpty(site);
    collector.answer(status(503), status(503));
    backstory("consent", "denied");
    await eventually(() => expect(types()).toEqual(["one", "consent", "consent", "consent"]));
    expect(new Set(collector.ofType("consent").map(({ id }) => id)).size).toBe(1);
    expect(left()).toEqual([`backstory_consent.${site}`]);
  });
});

describe("a decision in one tab", () => {
  it("counts in the others", async () => {
    const site = newSite();
    const [one, other] = [openPage({ site }), openPage({ site })];
    one("consent", "denied");
    other("track", "one");
    await eventually(() => expect(types()).toEqual(["consent"]));
    await meanwhile();
    expect(types()).toEqual(["consent"]);
  });
});

describe("mode cookieless", () => {
  it("stores nothing, and no history will ever be attached", async () => {
    const site = newSite();
    const backstory = openPage({ site, consent: "cookieless" });
    backstory("track", "one");
    backstory("track", "two");
    await eventually(() => expect(types()).toEqual(["one", "two"]));
    expect(received()).toMatchObject([{ attachable: false }, { attachable: false }]);
    openPage({ site, consent: "cookieless" })("track", "three");
    await eventually(() => expect(types()).toContain("three"));
    const [one, two, three] = received().map(({ visitorId }) => visitorId);
    expect(two).toBe(one);
    expect(three).not.toBe(one);
    expect(left()).toEqual([]);
  });

  it("becomes a full visit once consent is granted", async () => {
    const site = newSite();
    const backstory = openPage({ site, consent: "cookieless" });
    backstory("track", "one");
    backstory("consent", "granted");
    backstory("track", "two");
    await queueIsEmpty(site);
    await eventually(() => expect(new Set(types())).toEqual(new Set(["one", "consent", "two"])));
    const two = received().find(({ name }) => name === "two");
    expect(two).not.toHaveProperty("attachable");
    expect(document.cookie).toContain(String(two?.["visitorId"]));
  });
});

describe("Global Privacy Control", () => {
  it("makes every message one that is never attached", async () => {
    Object.defineProperty(navigator, "globalPrivacyControl", { value: true, configurable: true });
    const site = newSite();
    openPage({ site })("track", "one");
    await queueIsEmpty(site);
    Reflect.deleteProperty(navigator, "globalPrivacyControl");
    expect(received()).toMatchObject([{ attachable: false }]);
  });
});

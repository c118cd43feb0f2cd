// @vitest-environment happy-dom
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { eventually } from "../support/eventually.ts";
import {
  type Answer,
  fakeCollector,
  forgetResume,
  newSite,
  openPage,
  queueIsEmpty,
  resumeIsKnown,
  status,
  stored,
} from "./support/page.ts";

const collector = fakeCollector();
const down: Answer = status(503, { "retry-after": "3600" });
beforeAll(() => collector.server.listen({ onUnhandledRequest: "error" }));
afterAll(() => collector.server.close());
beforeEach(() => {
  vi.spyOn(Math, "random").mockReturnValue(0.001);
});
afterEach(() => {
  vi.restoreAllMocks();
  collector.end();
  localStorage.clear();
});

const names = () => collector.received().map(({ name }) => name);

describe("the queue", () => {
  it("survives a reload: the next page sends what this one could not", async () => {
    const site = newSite();
    collector.answer(down, down);
    const first = openPage({ site });
    first("track", "one");
    first("identify", { email: "anna@shop.test" });
    await eventually(() => expect(collector.received()).toHaveLength(2));
    expect(stored(site)).toHaveLength(2);
    const ids = stored(site).map((key) => key.split(".message.")[1]);
    collector.forget();

    await forgetResume(site);
    openPage({ site });
    await queueIsEmpty(site);
    expect(collector.received().map(({ id }) => id)).toEqual(ids);
  });

  it("of one site is not sent by another site of the same origin", async () => {
    const [one, other] = [newSite(), newSite()];
    collector.answer(down);
    openPage({ site: one })("track", "one");
    await eventually(() => expect(collector.batches).toHaveLength(1));
    openPage({ site: other })("track", "other");
    await queueIsEmpty(other);
    expect(stored(one)).toHaveLength(1);
    expect(collector.batches.at(-1)).toMatchObject({ site: other, messages: [{ name: "other" }] });
  });

  it("keeps the newest 1,000 messages, and the next batch says how many were dropped", async () => {
    const site = newSite();
    collector.answer(down);
    const backstory = openPage({ site });
    for (let i = 0; i < 1010; i++) backstory("track", `event ${i}`);
    expect(stored(site)).toHaveLength(1000);
    await eventually(() => expect(collector.batches).toHaveLength(1));
    collector.forget();
    await forgetResume(site);
    openPage({ site });
    await queueIsEmpty(site);
    expect(new Set(names()).size).toBe(1000);
    expect(names()).toContain("event 1009");
    expect(names()).not.toContain("event 9");
    expect(collector.batches.map(({ dropped }) => dropped)).toEqual([10, 0, 0]);
  });

  it("keeps to 1 MB", async () => {
    const site = newSite();
    collector.answer(down);
    const backstory = openPage({ site });
    for (let i = 0; i < 60; i++) backstory("track", `event ${i}`, { text: "x".repeat(20_000) });
    const bytes = stored(site).reduce((sum, key) => sum + (localStorage.getItem(key) ?? "").length, 0);
    expect(bytes).toBeLessThanOrEqual(1_000_000);
    expect(bytes).toBeGreaterThan(900_000);
  });

  it("works from memory when storage is full", async () => {
    vi.spyOn(Storage.prototype, "setItem").mockImplementation(() => {
      throw new DOMException("full", "QuotaExceededError");
    });
    const site = newSite();
    collector.answer(status(503), status(503));
    openPage({ site })("track", "one");
    await eventually(() => expect(collector.batches).toHaveLength(3));
    expect(new Set(collector.received().map(({ id }) => id)).size).toBe(1);
  });

  it("works from memory when storage is blocked", async () => {
    const error = () => {
      throw new DOMException("blocked", "SecurityError");
    };
    const storage = vi.spyOn(window, "localStorage", "get").mockImplementation(error);
    const site = newSite();
    collector.answer(status(503));
    openPage({ site })("track", "one");
    await eventually(() => expect(names()).toEqual(["one", "one"]));
    storage.mockRestore();
  });

  it("loses nothing when another script clears storage", async () => {
    const site = newSite();
    collector.answer(status(503, { "retry-after": "1" }));
    openPage({ site })("track", "one");
    await eventually(() => expect(collector.batches).toHaveLength(1));
    localStorage.clear();
    await eventually(() => expect(collector.received()).toHaveLength(2));
    expect(new Set(collector.received().map(({ id }) => id)).size).toBe(1);
  });

  it("forgets what another tab has delivered", async () => {
    const site = newSite();
    collector.answer(down);
    const backstory = openPage({ site });
    backstory("track", "one");
    await resumeIsKnown(site);
    const [key = ""] = stored(site);
    localStorage.removeItem(key);
    window.dispatchEvent(new StorageEvent("storage", { key, newValue: null }));
    window.dispatchEvent(new Event("online"));
    backstory("track", "two");
    await queueIsEmpty(site);
    expect(names()).toEqual(["one", "two"]);
  });

  it("is taken over from the snippet, calls and their times", async () => {
    const site = newSite();
    const at = Date.now() - 5000;
    localStorage.setItem(
      `backstory.${site}.early.0.5`,
      JSON.stringify([[at, "https://shop.test/left?token=1", "track", "left early", { n: 1 }]]),
    );
    openPage({ site });
    await queueIsEmpty(site);
    await eventually(() =>
      expect(collector.received()).toMatchObject([
        { type: "track", name: "left early", at, url: "https://shop.test/left", properties: { n: 1 } },
      ]),
    );
    expect(Object.keys(localStorage).filter((key) => key.includes(".early."))).toEqual([]);
  });
});

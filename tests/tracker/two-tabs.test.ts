// @vitest-environment happy-dom
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { accept, type Answer, fakeCollector, newSite, openPage, queueIsEmpty } from "./support/page.ts";

const collector = fakeCollector();
beforeAll(() => collector.server.listen({ onUnhandledRequest: "error" }));
afterAll(() => collector.server.close());
afterEach(() => {
  vi.restoreAllMocks();
  collector.end();
});
const names = () => collector.received().map(({ name }) => name);

describe("two tabs without Web Locks", () => {
  it("send what both have queued, each message once", async () => {
    const site = newSite();
    let underway = 0;
    let most = 0;
    const slow: Answer = async (batch, body) => {
      most = Math.max(most, ++underway);
      await new Promise((resolve) => setTimeout(resolve, 100));
      underway--;
      return accept(batch, body);
    };
    collector.answer(...Array.from({ length: 9 }, () => slow));
    const removeItem = Storage.prototype.removeItem;
    vi.spyOn(Storage.prototype, "removeItem").mockImplementation(function (this: Storage, key) {
      removeItem.call(this, key);
      // What the browser tells the other tab.
      window.dispatchEvent(new StorageEvent("storage", { key, newValue: null }));
    });
    const tabs = [openPage({ site }), openPage({ site })];
    tabs.forEach((backstory, i) => backstory("track", `tab ${i}`));
    await queueIsEmpty(site);
    expect(names().toSorted()).toEqual(["tab 0", "tab 1"]);
    expect(most).toBe(1);
  });

  it("wait no longer than the lease for one that died, nor for a lease from the future", async () => {
    const site = newSite();
    const leaseEnds = Date.now() + 400;
    let sentAt = 0;
    collector.answer((batch, body) => {
      sentAt = Date.now();
      return accept(batch, body);
    });
    localStorage.setItem(`backstory.${site}.lease`, `${leaseEnds}`);
    openPage({ site })("track", "one");
    await queueIsEmpty(site);
    expect(sentAt).toBeGreaterThanOrEqual(leaseEnds);
    const other = newSite();
    localStorage.setItem(`backstory.${other}.lease`, `${Date.now() + 999_999}`);
    openPage({ site: other })("track", "two");
    await queueIsEmpty(other);
    expect(names()).toEqual(["one", "two"]);
  });
});

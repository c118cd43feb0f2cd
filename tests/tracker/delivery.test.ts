// @vitest-environment happy-dom
import { HttpResponse } from "msw";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import {
  accept,
  type Answer,
  cutConnection,
  fakeCollector,
  newSite,
  openPage,
  queueIsEmpty,
  resumeIsKnown,
  status,
  stored,
} from "./support/page.ts";

const collector = fakeCollector();
beforeAll(() => collector.server.listen({ onUnhandledRequest: "error" }));
afterAll(() => collector.server.close());
beforeEach(() => {
  // Back-off is random up to its bound: next to nothing here.
  vi.spyOn(Math, "random").mockReturnValue(0.001);
});
afterEach(() => {
  vi.restoreAllMocks();
  collector.end();
});

const ids = () => collector.received().map(({ id }) => id);

describe("a message", () => {
  it("is in storage before it is sent, and gone after the answer", async () => {
    const site = newSite();
    let seen: string[] = [];
    collector.answer((batch, body) => {
      seen = stored(site);
      return accept(batch, body);
    });
    openPage({ site })("track", "one");
    expect(stored(site)).toHaveLength(1);
    await queueIsEmpty(site);
    expect(seen).toHaveLength(1);
    expect(collector.received()).toMatchObject([{ type: "track", name: "one" }]);
  });

  it("keeps its id and time through every retry", async () => {
    const site = newSite();
    collector.answer(status(503), cutConnection, status(429), status(408), status(500));
    openPage({ site })("track", "one");
    await queueIsEmpty(site);
    expect(collector.batches).toHaveLength(6);
    expect(new Set(ids()).size).toBe(1);
    expect(new Set(collector.received().map(({ at }) => at)).size).toBe(1);
  });

  it("whose answer was lost is sent again under the same id", async () => {
    const site = newSite();
    // The collector has noted the batch by then.
    collector.answer(cutConnection);
    openPage({ site })("track", "one");
    await queueIsEmpty(site);
    expect(new Set(ids()).size).toBe(1);
    expect(ids().length).toBeGreaterThan(1);
  });

  it("is not taken for delivered by a login page that says 200", async () => {
    const site = newSite();
    collector.answer(
      () => HttpResponse.html("<h1>Please log in</h1>"),
      () => HttpResponse.json({ hello: 1 }),
    );
    openPage({ site })("track", "one");
    await queueIsEmpty(site);
    expect(collector.batches).toHaveLength(3);
  });

  it.each([400, 401, 403, 415])("refused with %d is reported and not sent again", async (code) => {
    const warn = vi.spyOn(console, "warn").mockReturnValue();
    const site = newSite();
    collector.answer(status(code));
    openPage({ site })("track", "one");
    await queueIsEmpty(site);
    expect(collector.batches).toHaveLength(1);
    expect(warn).toHaveBeenCalledWith("backstory:", code, [expect.stringContaining('"one"')]);
  });

  it("that the server rejects is reported, and the others of its batch are done", async () => {
    const warn = vi.spyOn(console, "warn").mockReturnValue();
    const site = newSite();
    const rejectTwo: Answer = ({ messages }) => {
      const index = messages.findIndex(({ name }) => name === "two");
      const rejected = index < 0 ? [] : [{ index, code: "invalid_email", reason: "The email has no @." }];
      return HttpResponse.json({ accepted: messages.length - rejected.length, rejected });
    };
    collector.answer(rejectTwo, rejectTwo, rejectTwo);
    const backstory = openPage({ site });
    for (const name of ["one", "two", "three"]) backstory("track", name);
    await queueIsEmpty(site);
    expect(ids()).toHaveLength(3);
    expect(warn).toHaveBeenCalledWith("backstory:", "The email has no @.", expect.stringContaining('"two"'));
  });

  it("that no server takes is reported instead of sent: over 32 KB, or not JSON", async () => {
    const warn = vi.spyOn(console, "warn").mockReturnValue();
    const site = newSite();
    const backstory = openPage({ site });
    const circle: Record<string, unknown> = {};
    circle["self"] = circle;
    backstory("track", "circle", circle);
    backstory("track", "big", { text: "x".repeat(33_000) });
    backstory("track", "good");
    await queueIsEmpty(site);
    expect(collector.received()).toMatchObject([{ name: "good" }]);
    expect(warn).toHaveBeenCalledTimes(2);
  });
});

describe("a batch", () => {
  it("holds what was called in one task", async () => {
    const site = newSite();
    const backstory = openPage({ site });
    for (let i = 0; i < 20; i++) backstory("track", `event ${i}`);
    await queueIsEmpty(site);
    expect(collector.received().map(({ name }) => name)).toEqual(Array.from({ length: 20 }, (_, i) => `event ${i}`));
    expect(collector.batches.length).toBeLessThan(3);
  });

  it("stays under 64 KiB, whatever the messages weigh", async () => {
    const site = newSite();
    const sizes: number[] = [];
    collector.answer(
      ...Array.from({ length: 50 }, (): Answer => (batch, body) => {
        sizes.push(new TextEncoder().encode(body).length);
        return accept(batch, body);
      }),
    );
    const backstory = openPage({ site });
    for (let i = 0; i < 30; i++) backstory("track", `event ${i}`, { text: "ї".repeat(4000) });
    await queueIsEmpty(site);
    expect(new Set(ids()).size).toBe(30);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(65_536);
  });

  it("that is too large is halved, never sent the same again", async () => {
    const site = newSite();
    const lengths: number[] = [];
    const atMostThree: Answer = (batch, body) => {
      lengths.push(batch.messages.length);
      return batch.messages.length > 3 ? status(413)(batch, body) : accept(batch, body);
    };
    collector.answer(...Array.from({ length: 40 }, () => atMostThree));
    const backstory = openPage({ site });
    for (let i = 0; i < 16; i++) backstory("track", `event ${i}`);
    await queueIsEmpty(site);
    expect(new Set(ids()).size).toBe(16);
    expect(lengths.filter((length) => length === 16).length).toBeLessThanOrEqual(1);
  });

  it("of one message that is too large is given up and reported", async () => {
    const warn = vi.spyOn(console, "warn").mockReturnValue();
    const site = newSite();
    collector.answer(status(413));
    openPage({ site })("track", "one");
    await queueIsEmpty(site);
    expect(collector.batches).toHaveLength(1);
    expect(warn).toHaveBeenCalledOnce();
  });

  it("is stamped no earlier than the messages in it", async () => {
    const site = newSite();
    const backstory = openPage({ site });
    for (let i = 0; i < 30; i++) backstory("identify", { email: "a@shop.test" });
    await queueIsEmpty(site);
    for (const { sentAt, messages } of collector.batches) {
      expect(sentAt).toBeGreaterThanOrEqual(Math.max(...messages.map(({ at }) => at)));
    }
  });
});

describe("Retry-After", () => {
  it.each([503, 429])("of a %d is obeyed by everything, also by what does not wait otherwise", async (refusal) => {
    const site = newSite();
    const times: number[] = [];
    const noted =
      (answer: Answer): Answer =>
      (batch, body) => {
        times.push(Date.now());
        return answer(batch, body);
      };
    collector.answer(noted(status(refusal, { "retry-after": "1" })), ...Array.from({ length: 9 }, () => noted(accept)));
    const backstory = openPage({ site });
    backstory("track", "one");
    await resumeIsKnown(site);
    backstory("identify", { email: "a@shop.test" });
    backstory("track", "two");
    openPage({ site })("track", "other tab");
    await queueIsEmpty(site);
    const [told = 0, next = 0] = times;
    expect(next - told).toBeGreaterThanOrEqual(1000);
    expect(new Set(ids()).size).toBe(4);
  });
});

describe("coming online", () => {
  it("sends at once what waited", async () => {
    vi.spyOn(Math, "random").mockReturnValue(1);
    const site = newSite();
    collector.answer(...Array.from({ length: 3 }, () => cutConnection));
    openPage({ site })("track", "one");
    await resumeIsKnown(site);
    collector.answer();
    window.dispatchEvent(new Event("online"));
    await queueIsEmpty(site);
    expect(new Set(ids()).size).toBe(1);
  });
});

import { describe, expect, test, vi } from "vitest";
import type { Dropped } from "../../src/device/api.ts";
import { openDevice } from "../../src/device/index.ts";
import { eventually } from "../support/eventually.ts";
import { collector, memory, namesIn, optionsFor, type Answer, type Memory } from "./support.ts";

/** An app's life on this storage, as long as it lasts; answers with the names of the events that were kept. */
async function live(server: ReturnType<typeof collector>, storage: Memory): Promise<string[]> {
  const kept: string[] = [];
  const device = openDevice(optionsFor(server, storage));
  const track = (name: string) => void device.track(name, { name }).then(() => kept.push(name));
  const life = async (): Promise<void> => {
    track("one");
    await device.flush();
    track("two");
    void device.identify({ externalId: "E1", email: "e1@shop.example", firstName: "E" });
    track("three");
    await device.flush();
    track("four");
    await device.status();
    track("five");
    await device.flush();
    await device.close();
  };
  // With a dead battery nothing is ever resolved again.
  const dead = new Promise<void>((resolve) => {
    const look = (): unknown => (storage.changes > storage.diesAt ? resolve() : setImmediate(look));
    look();
  });
  await Promise.race([life(), dead]);
  return kept;
}

describe("whenever the battery ends", () => {
  const courses: Answer[][] = [[], ["lost", "taken", "lost", "lost"], ["cut", "overloaded", "lost", "login wall"]];
  test.each(courses.map((moods) => [moods.join(", ") || "all is well", moods] as const))(
    "what was kept arrives and nothing counts twice, under one device id (%s)",
    async (_, moods) => {
      const whole = memory();
      const first = collector();
      first.moods.push(...moods);
      await live(first, whole);
      expect(whole.changes).toBeGreaterThan(3);

      for (let diesAt = 0; diesAt <= whole.changes; diesAt += 1) {
        const server = collector();
        server.moods.push(...moods);
        const storage = memory();
        storage.diesAt = diesAt;
        const kept = await live(server, storage);
        server.moods.length = 0;
        const next = openDevice(optionsFor(server, memory(storage.entries)));
        await next.track("next");
        await next.flush();

        const names = namesIn(server);
        expect(names.filter((name, position) => names.indexOf(name) !== position)).toEqual([]);
        expect([...kept, "next"].filter((name) => !names.includes(name))).toEqual([]);
        expect(new Set(server.calls.map(({ body }) => body["deviceId"])).size).toBe(1);
        expect(await next.status()).toMatchObject({ pending: 0, problem: undefined });
        await next.close();
        // Only the head is left.
        expect([...storage.entries.keys()]).toEqual(["backstory.head"]);
      }
    },
  );
});

describe("the queue", () => {
  test("sends things in the order in which they happened, events of one time together", async () => {
    const server = collector();
    const device = openDevice(optionsFor(server, memory()));
    void device.track("a");
    void device.track("b");
    void device.identify({ externalId: 7, firstName: "Ada" });
    void device.track("c");
    await device.flush();

    expect(server.calls.map(({ path }) => path)).toEqual(["device", "events", "device", "user", "events"]);
    expect(namesIn(server)).toEqual(["a", "b", "c"]);
    const times = server.calls.flatMap(({ body }) =>
      ((body["events"] as { occurred: string }[] | undefined) ?? [body as { occurred: string }]).map(
        ({ occurred }) => occurred,
      ),
    );
    expect(new Set(times).size).toBe(times.length);
    expect(times.toSorted()).toEqual(times);
    await device.close();
  });

  test("gives equal events of one millisecond different times, so that the server keeps both, also after a restart", async () => {
    const server = collector();
    const storage = memory();
    const now = (): number => 1_790_000_000_000;
    for (const _ of [1, 2]) {
      const device = openDevice({ ...optionsFor(server, storage), now });
      void device.track("tap");
      void device.track("tap");
      await device.flush();
      await device.close();
    }
    expect([...server.events.values()]).toEqual([1, 1, 1, 1]);
  });

  test("obeys Retry-After even when the app asks to hurry, and says what is the matter", async () => {
    const server = collector();
    let time = 1_790_000_000_000;
    const fetch = vi.fn(async () => ({
      status: 503,
      headers: { get: () => "120" },
      text: () => Promise.resolve(`{"title":"Service Unavailable","detail":"Try again."}`),
    }));
    const device = openDevice({ ...optionsFor(server, memory()), fetch, now: () => time });
    await device.flush();
    await device.flush();
    expect(fetch).toHaveBeenCalledTimes(1);
    expect(await device.status()).toMatchObject({ pending: 1, problem: "Try again." });
    time += 121_000;
    await device.flush();
    expect(fetch).toHaveBeenCalledTimes(2);
    await device.close();
  });

  test("tries again by itself", async () => {
    const server = collector();
    server.moods.push("cut", "cut");
    // The least of chances: no pause.
    const device = openDevice({ ...optionsFor(server, memory()), random: (bytes) => new Uint8Array(bytes) });
    void device.track("once");
    await eventually(async () => expect(await device.status()).toMatchObject({ pending: 0 }));
    expect(namesIn(server)).toEqual(["once"]);
    await device.close();
  });

  test("keeps everything while the key is not good, or somebody else answers", async () => {
    const server = collector();
    server.standing = "bad key";
    const device = openDevice(optionsFor(server, memory()));
    void device.track("patient");
    await device.flush();
    expect((await device.status()).problem).toBe("Unauthorized");
    server.standing = "login wall";
    await device.flush();
    expect((await device.status()).problem).toBe("Something else answered, with 200.");
    server.standing = "taken";
    await device.flush();
    expect(namesIn(server)).toEqual(["patient"]);
    expect(await device.status()).toMatchObject({ pending: 0, dropped: 0, problem: undefined });
    await device.close();
  });

  test("finds the one event that the server refuses, drops it by itself and says so", async () => {
    const server = collector();
    const dropped: Dropped[] = [];
    server.judge = (_, body) => (JSON.stringify(body).includes("poison") ? "events.3 is not valid." : undefined);
    const device = openDevice({ ...optionsFor(server, memory()), onDropped: (what) => dropped.push(what) });
    for (let number = 0; number < 9; number += 1) void device.track(number === 3 ? "poison" : `good ${number}`);
    await device.flush();

    expect(namesIn(server)).toHaveLength(8);
    expect(dropped).toMatchObject([
      { reason: "refused", sentence: "events.3 is not valid.", what: { event: { eventTypeKey: "poison" } } },
    ]);
    expect(await device.status()).toMatchObject({ pending: 0, dropped: 1 });
    await device.close();
  });

  test("holds a thousand calls; beyond, the oldest events go and are named, never what says who somebody is", async () => {
    const server = collector();
    const storage = memory();
    const dropped: Dropped[] = [];
    const options = { ...optionsFor(server, storage), onDropped: (what: Dropped) => void dropped.push(what) };
    server.standing = "bad key";
    const device = openDevice(options);
    void device.identify({ externalId: "E1" });
    await Promise.all(Array.from({ length: 500 }, (_, number) => device.track(`early ${number}`)));
    await Promise.all(Array.from({ length: 510 }, (_, number) => device.track(`late ${number}`)));

    expect(await device.status()).toMatchObject({ pending: 1_000, dropped: 12 });
    expect(dropped.map(({ reason }) => reason)).toEqual(Array.from({ length: 12 }, () => "full"));
    await device.close();
    const next = openDevice(options);
    expect(await next.status()).toMatchObject({ pending: 1_000, dropped: 12, externalId: "E1" });
    server.standing = "taken";
    await next.flush();
    expect(namesIn(server)).toHaveLength(998);
    expect(namesIn(server)).not.toContain("early 11");
    expect(namesIn(server)).toContain("early 12");
    expect(server.calls.map(({ path }) => path)).toContain("device");
    await next.close();
  });

  test("says once that the app was started, however often it is without a network", async () => {
    const server = collector();
    const storage = memory();
    for (const appVersion of ["1.0", "1.0", "1.0", "1.1"]) {
      server.standing = "cut";
      const device = openDevice({ ...optionsFor(server, storage), device: { appVersion } });
      await device.flush();
      await device.close();
    }
    server.standing = "taken";
    const device = openDevice({ ...optionsFor(server, storage), device: { appVersion: "1.1" } });
    await device.flush();
    expect(server.calls.map(({ body }) => body["appVersion"])).toEqual(["1.0", "1.1"]);
    await device.close();
  });
});

describe("a storage that fails", () => {
  test("when it takes nothing, everything still arrives", async () => {
    const server = collector();
    const set = (): never => {
      throw new Error("disk full");
    };
    const device = openDevice(optionsFor(server, { get: () => null, set, remove: set }));
    await device.track("one");
    await device.track("two");
    await device.flush();
    expect(namesIn(server)).toEqual(["one", "two"]);
    expect(await device.status()).toMatchObject({ pending: 0 });
    await device.close();
  });

  test("when it takes nothing for a while, no event is missing between others afterwards", async () => {
    const server = collector();
    const storage = memory();
    let full = false;
    const set = (key: string, value: string) => (full ? Promise.reject(new Error("full")) : storage.set(key, value));
    server.standing = "cut";
    const device = openDevice({ ...optionsFor(server, { ...storage, set }) });
    await device.track("before");
    full = true;
    await device.track("meanwhile");
    full = false;
    await device.track("afterwards");
    await device.close();
    server.standing = "taken";
    const next = openDevice(optionsFor(server, memory(storage.entries)));
    await next.flush();
    expect(namesIn(server)).toEqual(["before", "meanwhile", "afterwards"]);
    await next.close();
  });

  test("when it cannot be read, nothing in it is written over", async () => {
    const server = collector();
    const storage = memory();
    const first = openDevice(optionsFor(server, storage));
    await first.flush();
    await first.close();
    const before = new Map(storage.entries);
    const broken = { ...storage, get: () => Promise.reject(new Error("locked")) };
    const device = openDevice(optionsFor(server, broken));
    await device.track("in memory");
    await device.flush();
    expect(namesIn(server)).toEqual(["in memory"]);
    expect(storage.entries).toEqual(before);
    await device.close();
  });

  test("a damaged entry is told of, the ones around it are read", async () => {
    const server = collector();
    const storage = memory();
    server.standing = "cut";
    const device = openDevice(optionsFor(server, storage));
    for (const name of ["a", "b", "c"]) await device.track(name);
    await device.close();
    server.standing = "taken";
    const page = [...storage.entries].find(([, text]) => text.includes(`"b"`))?.[0] ?? "";
    storage.entries.set(page, `{"entries":[{"ki`);
    const dropped: Dropped[] = [];
    const next = openDevice({ ...optionsFor(server, storage), onDropped: (what) => dropped.push(what) });
    await next.flush();
    expect(namesIn(server)).toEqual(["a", "c"]);
    expect(dropped).toMatchObject([{ reason: "unreadable", what: `{"entries":[{"ki` }]);
    await next.close();
  });
});

describe("nonsense", () => {
  test("is named and harms nothing", async () => {
    const server = collector();
    const dropped: Dropped[] = [];
    const device = openDevice({ ...optionsFor(server, memory()), onDropped: (what) => dropped.push(what) });
    const circle: Record<string, unknown> = {};
    circle["self"] = circle;
    await device.track(" ");
    await device.track("big", { text: "x".repeat(40_000) });
    await device.track("circle", circle);
    await device.track("number", { id: 10n });
    await device.identify({ externalId: "undefined" });
    await device.identify({ externalId: "" });
    // What JavaScript lets through although the types do not.
    await device.track(...([undefined] as unknown as [string]));
    await device.identify(...([null] as unknown as [{ externalId: string }]));
    await device.track("half a pair", { text: "a\ud800b\u0000c", emoji: "🌵" });
    await device.flush();

    expect(dropped.map(({ reason }) => reason)).toEqual(Array.from({ length: 8 }, () => "invalid"));
    expect(await device.status()).toMatchObject({ externalId: undefined, pending: 0, dropped: 8 });
    const [id = ""] = server.events.keys();
    expect(JSON.parse(id)[1].params).toEqual([
      { name: "text", value: "a\ufffdb\ufffdc" },
      { name: "emoji", value: "🌵" },
    ]);
    await device.close();
  });

  test("a platform without secure randomness is told at once what it lacks", () => {
    vi.stubGlobal("crypto", undefined);
    expect(() => openDevice(optionsFor(collector(), memory()))).toThrow("crypto.getRandomValues");
    vi.unstubAllGlobals();
  });
});

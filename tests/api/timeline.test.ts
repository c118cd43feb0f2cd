import { beforeEach, describe, expect, test } from "vitest";
import type { ContactId, Instant, MessageId } from "../../src/contract/identifiers.ts";
import { readTimeline, type TimelineCursor, type TimelineEntry } from "../../src/server/contacts/timeline.ts";
import { uuidv7 } from "../../src/server/lib/uuid.ts";
import { appendEvents, bareContact, bind, type EventRow } from "../support/history.ts";
import { testDatabase, type TestDatabase } from "../support/postgres.ts";

const noon = Date.UTC(2026, 5, 1, 12);
const minutes = (count: number): Instant => noon + count * 60_000;

let db: TestDatabase;
beforeEach(async () => {
  db = await testDatabase();
});

/** Every page after the other, as a reader would turn them. */
async function everyPage(contactId: ContactId, limit: number) {
  const entries: TimelineEntry[] = [];
  const landmarks: number[] = [];
  let before: TimelineCursor | undefined;
  do {
    const page = await readTimeline(db, { contactId, limit, ...(before !== undefined && { before }) });
    entries.push(...page.entries);
    landmarks.push(...page.landmarks.map(({ boundAt }) => boundAt));
    before = page.next;
  } while (before !== undefined);
  return { entries, landmarks };
}
const eventIds = (entries: readonly TimelineEntry[]): MessageId[] => entries.map(({ eventId }) => eventId);
const times = (entries: readonly TimelineEntry[]): Instant[] => entries.map(({ occurredAt }) => occurredAt);

describe("a timeline", () => {
  test("shows what a browser did before anybody knew whose it was, newest first, marked as such", async () => {
    const contactId = await bareContact(db);
    await appendEvents(
      db,
      [1, 2, 3].map((minute) => ({ sourceId: "browser-1", at: minutes(minute) })),
    );
    await bind(db, { sourceId: "browser-1", contactId, boundAt: minutes(4) });
    await appendEvents(db, [{ sourceId: "browser-1", at: minutes(5), name: "order" }]);

    const page = await readTimeline(db, { contactId, limit: 50 });

    expect(
      page.entries.map(({ name, occurredAt, beforeIdentification }) => [name, occurredAt, beforeIdentification]),
    ).toEqual([
      ["order", minutes(5), false],
      ["page", minutes(3), true],
      ["page", minutes(2), true],
      ["page", minutes(1), true],
    ]);
    expect(page.entries[0]?.source).toEqual({ kind: "visitor", id: "browser-1" });
    expect(page.landmarks).toMatchObject([
      { source: { kind: "visitor", id: "browser-1" }, boundAt: minutes(4), earlierEvents: 3, reason: "test" },
    ]);
    expect(page.next).toBeUndefined();
  });

  test("pages through 10,000 events of several sources without a gap or a double, ties in one millisecond included", async () => {
    const contactId = await bareContact(db);
    const loser = await bareContact(db, { status: "merged", mergedInto: contactId });
    const sources: Partial<EventRow>[] = [
      ...[1, 2, 3, 4, 5].map((n) => ({ sourceId: `browser-${n}` })),
      { sourceKind: "device", sourceId: "phone" },
      { sourceKind: "contact", sourceId: String(contactId) },
      { sourceKind: "contact", sourceId: String(loser) },
    ];
    // 40 events share each millisecond.
    const rows = Array.from({ length: 10_000 }, (_, n): EventRow => ({
      sourceId: "",
      ...sources[(n * 7) % sources.length],
      at: noon + Math.floor(n / 40),
    }));
    const appended = await appendEvents(db, rows);
    for (const source of ["browser-1", "browser-2", "browser-3", "browser-4", "browser-5"])
      await bind(db, { sourceId: source, contactId, boundAt: noon + 100 });
    await bind(db, { sourceKind: "device", sourceId: "phone", contactId, boundAt: noon });

    const { entries, landmarks } = await everyPage(contactId, 47);

    expect(entries).toHaveLength(10_000);
    expect(new Set(eventIds(entries))).toEqual(new Set(appended));
    const order = entries.map(({ occurredAt, eventId }) => `${occurredAt} ${eventId}`);
    expect(order).toEqual([...order].sort().reverse());
    expect(landmarks).toEqual([...Array<number>(5).fill(noon + 100), noon]);
  });

  test("keeps two events apart that share their id on two sites, also where a page ends between them", async () => {
    const contactId = await bareContact(db);
    const eventId = uuidv7(noon);
    await appendEvents(
      db,
      [1, 2, 3].map((siteId) => ({ sourceId: "browser-1", at: noon, eventId, siteId })),
    );
    await bind(db, { sourceId: "browser-1", contactId, boundAt: noon });

    const { entries } = await everyPage(contactId, 1);

    expect(entries.map(({ siteId }) => siteId)).toEqual([3, 2, 1]);
  });

  test("takes of a shared browser only the stretches that are the contact's, half-open", async () => {
    const [anna, boris] = [await bareContact(db), await bareContact(db)];
    await appendEvents(
      db,
      [0, 5, 10, 15, 20, 25, 30].map((minute) => ({ sourceId: "shared", at: minutes(minute) })),
    );
    await bind(db, { sourceId: "shared", contactId: anna, boundAt: minutes(5), to: minutes(10) });
    await bind(db, { sourceId: "shared", contactId: boris, from: minutes(10), boundAt: minutes(10), to: minutes(20) });
    await bind(db, { sourceId: "shared", contactId: anna, from: minutes(25), boundAt: minutes(26) });

    expect(times((await everyPage(anna, 2)).entries)).toEqual([30, 25, 5, 0].map(minutes));
    expect(times((await everyPage(boris, 2)).entries)).toEqual([15, 10].map(minutes));
    expect(
      (await readTimeline(db, { contactId: anna, limit: 10 })).entries.map((entry) => entry.beforeIdentification),
    ).toEqual([false, true, false, true]);
  });

  test("never shows what was recorded without consent to attach", async () => {
    const contactId = await bareContact(db);
    await appendEvents(db, [
      { sourceId: "browser-1", at: minutes(1), attachable: false },
      { sourceId: "browser-1", at: minutes(2) },
    ]);
    await bind(db, { sourceId: "browser-1", contactId, boundAt: minutes(3) });

    const page = await readTimeline(db, { contactId, limit: 10 });

    expect(times(page.entries)).toEqual([minutes(2)]);
    expect(page.landmarks.map(({ earlierEvents }) => earlierEvents)).toEqual([1]);
  });

  test("of a merged contact is that of the contact it went into", async () => {
    const survivor = await bareContact(db);
    const loser = await bareContact(db, { status: "merged", mergedInto: survivor });
    await appendEvents(db, [{ sourceKind: "contact", sourceId: String(loser), at: minutes(1), name: "invoice" }]);

    expect(await readTimeline(db, { contactId: loser, limit: 10 })).toEqual(
      await readTimeline(db, { contactId: survivor, limit: 10 }),
    );
    expect((await readTimeline(db, { contactId: loser, limit: 10 })).entries).toMatchObject([{ name: "invoice" }]);
  });

  test.each(["deleted", "erased"] as const)("of a contact that is %s is empty", async (status) => {
    const contactId = await bareContact(db, { status });
    await appendEvents(db, [
      { sourceId: "browser-1", at: minutes(1) },
      { sourceKind: "contact", sourceId: String(contactId), at: minutes(1) },
    ]);
    await bind(db, { sourceId: "browser-1", contactId, boundAt: minutes(2), to: minutes(3) });

    expect(await readTimeline(db, { contactId, limit: 10 })).toEqual({ entries: [], landmarks: [] });
  });

  test("counts what a browser brought only as far as it is cheap", async () => {
    const contactId = await bareContact(db);
    await appendEvents(
      db,
      Array.from({ length: 1_500 }, (_, n) => ({ sourceId: "browser-1", at: noon + n })),
    );
    await bind(db, { sourceId: "browser-1", contactId, boundAt: minutes(5) });

    const page = await readTimeline(db, { contactId, limit: 5 });

    expect(page.landmarks.map(({ earlierEvents }) => earlierEvents)).toEqual([1_001]);
  });

  test("shows a late event where its own time says", async () => {
    const contactId = await bareContact(db);
    await bind(db, { sourceId: "browser-1", contactId, boundAt: minutes(10) });
    await appendEvents(db, [{ sourceId: "browser-1", at: minutes(20) }]);
    await appendEvents(db, [{ sourceId: "browser-1", at: minutes(5), name: "queued offline" }]);

    const page = await readTimeline(db, { contactId, limit: 10 });

    expect(page.entries.map(({ name, beforeIdentification }) => [name, beforeIdentification])).toEqual([
      ["page", false],
      ["queued offline", true],
    ]);
  });
});

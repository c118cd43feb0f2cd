import { expect, test } from "vitest";
import { ensurePartitions, monthsAround } from "../../src/server/db/partitions.ts";
import { uuidv7 } from "../../src/server/lib/uuid.ts";
import { testDatabase, type TestDatabase } from "../support/postgres.ts";

const at = (text: string): number => Date.parse(text);

async function insertEvent(db: TestDatabase, moment: number): Promise<string> {
  const id = uuidv7(moment);
  await db.query(
    `INSERT INTO event (event_id, site_id, source_kind, source_id, name, occurred_at, received_at, trust)
     VALUES ($1, 1, 'visitor', 'visitor-1', 'page', now(), now(), 'browser')`,
    [id],
  );
  return id;
}

async function placeOf(db: TestDatabase, id: string): Promise<string | undefined> {
  const [row] = await db.query<{ place: string }>(
    "SELECT tableoid::regclass::text AS place FROM event WHERE event_id = $1",
    [id],
  );
  return row?.place;
}

test("months are made from one back to two ahead, across the turn of the year", () => {
  expect(monthsAround(at("2026-12-31T23:59:59Z")).map((month) => month.name)).toEqual([
    "event_y2026m11",
    "event_y2026m12",
    "event_y2027m01",
    "event_y2027m02",
  ]);
});

test("one month ends where the next begins", () => {
  const months = monthsAround(at("2026-02-10T00:00:00Z"));
  expect(months.slice(1).map((month) => month.firstId)).toEqual(months.slice(0, -1).map((month) => month.endId));
});

test("an event lies in the month of its id, and far-off ones in the default", async () => {
  const db = await testDatabase();
  await ensurePartitions(db, at("2026-05-15T00:00:00Z"));
  const ids = await Promise.all([
    insertEvent(db, at("2026-04-30T23:59:59.999Z")),
    insertEvent(db, at("2026-05-01T00:00:00.000Z")),
    insertEvent(db, at("1999-01-01T00:00:00Z")),
    insertEvent(db, at("2099-01-01T00:00:00Z")),
  ]);
  expect(await Promise.all(ids.map((id) => placeOf(db, id)))).toEqual([
    "event_y2026m04",
    "event_y2026m05",
    "event_default",
    "event_default",
  ]);
});

test("events that came before their month existed are moved into it, none lost and none twice", async () => {
  const db = await testDatabase();
  const early: string[] = [];
  for (let day = 1; day <= 28; day += 1)
    early.push(await insertEvent(db, at("2026-06-01T12:00:00Z") + day * 86_400_000));
  const stays = await insertEvent(db, at("2030-01-01T00:00:00Z"));

  expect(await ensurePartitions(db, at("2026-06-15T00:00:00Z"))).toContain("event_y2026m06");

  expect(new Set(await Promise.all(early.map((id) => placeOf(db, id))))).toEqual(new Set(["event_y2026m06"]));
  expect(await placeOf(db, stays)).toBe("event_default");
  expect(await db.query("SELECT count(*) AS n FROM event")).toEqual([{ n: 29 }]);
});

test("processes that start at once make each month once", async () => {
  const db = await testDatabase();
  const now = at("2026-08-20T00:00:00Z");
  const made = await Promise.all([ensurePartitions(db, now), ensurePartitions(db, now), ensurePartitions(db, now)]);
  expect(made.flat().sort()).toEqual(monthsAround(now).map((month) => month.name));
});

test("the same event sent again after its month was made is still the same event", async () => {
  const db = await testDatabase();
  const id = await insertEvent(db, at("2026-06-02T00:00:00Z"));
  await ensurePartitions(db, at("2026-06-15T00:00:00Z"));
  await expect(
    db.query(
      `INSERT INTO event (event_id, site_id, source_kind, source_id, name, occurred_at, received_at, trust)
       VALUES ($1, 1, 'visitor', 'visitor-1', 'page', now(), now(), 'browser')`,
      [id],
    ),
  ).rejects.toThrow("duplicate key");
});

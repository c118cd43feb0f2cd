import { beforeEach, describe, expect, test } from "vitest";
import { carryOutCarefully, chores } from "../../src/server/chores.ts";
import { timestamp } from "../../src/server/db/database.ts";
import { waitsUntil, watchClock } from "../../src/server/jobs/index.ts";
import { silentLog } from "../../src/server/lib/log.ts";
import { uuidv7 } from "../../src/server/lib/uuid.ts";
import { testDatabase, type TestDatabase } from "../support/postgres.ts";
import { privacyWorld } from "../support/privacy-world.ts";

// P17: what is old by a clock that was set ahead is not old. Nothing is removed for its age until it is clear that the
// clock is right.

const HOUR = 60 * 60_000;
const DAY = 24 * HOUR;

describe("the watch", () => {
  let db: TestDatabase;
  beforeEach(async () => {
    db = await testDatabase();
  });

  /** As if the clock had been looked at then for the last time, and had gone on steadily for so long before. */
  const lastSeen = (ago: number, steadyFor: number) =>
    db.query("INSERT INTO clock_watch (seen_at, steady_since) VALUES ($1, $2)", [
      timestamp(Date.now() - ago),
      timestamp(Date.now() - ago - steadyFor),
    ]);
  /** So much time goes by, in which the clock is looked at often enough. */
  const goOn = (milliseconds: number) =>
    db.query("UPDATE clock_watch SET steady_since = steady_since - make_interval(secs => $1)", [milliseconds / 1_000]);
  const kind = async (now = Date.now()) => (await watchClock(db, now)).kind;

  test("P17: a clock that goes on as it did is believed", async () => {
    await lastSeen(HOUR, 30 * DAY);
    expect(await kind()).toBe("steady");
    expect(await kind()).toBe("steady");
  });

  test("P17: a server that was off over a long weekend is not in doubt", async () => {
    await lastSeen(3 * DAY - HOUR, 30 * DAY);
    expect(await kind()).toBe("steady");
  });

  test.each([
    ["45 days ahead", 45 * DAY],
    ["45 days back", -45 * DAY],
  ])("P17: a clock that was set %s is believed again when it has gone on for three days", async (_what, leap) => {
    await lastSeen(leap, 400 * DAY);
    expect(await waitsUntil(db)).toBeUndefined();
    expect(await kind()).toBe("leapt");
    expect(await waitsUntil(db)).toBeGreaterThan(Date.now() + 2 * DAY);
    await goOn(3 * DAY - HOUR);
    expect(await kind()).toBe("leapt");
    await goOn(2 * HOUR);
    expect(await kind()).toBe("steady");
    expect(await waitsUntil(db)).toBeUndefined();
  });

  test("P17: a second leap begins the wait anew", async () => {
    await lastSeen(45 * DAY, 400 * DAY);
    expect(await kind()).toBe("leapt");
    await goOn(2 * DAY);
    await db.query("UPDATE clock_watch SET seen_at = seen_at + interval '45 days'");
    expect(await kind()).toBe("leapt");
    await goOn(2 * DAY);
    expect(await kind()).toBe("leapt");
  });

  test("P17: a clock that is far from the database's is not believed, however steady it is", async () => {
    await lastSeen(HOUR, 30 * DAY);
    for (const apart of [33 * HOUR, -33 * HOUR]) expect(await kind(Date.now() + apart)).toBe("apart");
    expect(await kind()).toBe("steady");
  });

  test("P17: on a new database nothing is removed for three days", async () => {
    expect(await kind()).toBe("leapt");
    await goOn(3 * DAY + HOUR);
    expect(await kind()).toBe("steady");
  });
});

test("P17: with the clock years ahead every chore leaves what there is, and would not have without the watch", async () => {
  const world = await privacyWorld();
  const { db, services } = world;
  await world.upsert({ channels: [{ type: "email", value: "ann@shop.example" }] });
  await world.api("POST", "/contact", { externalCustomerId: "E1" }, { "idempotency-key": "once" });
  await world.say("visitor-1", { type: "page", url: "https://shop.example/" }, { type: "purchase" });
  await world.say("visitor-2", { type: "subscribe", email: "ann@shop.example" });
  await db.query(
    `INSERT INTO event (event_id, site_id, source_kind, source_id, name, occurred_at, received_at, trust, attachable)
     VALUES ($1, $2, 'visitor', 'stranger', 'page', now(), now(), 'browser', true)`,
    [uuidv7(Date.now()), world.site.siteId],
  );
  const rows = async (): Promise<Record<string, number>> => {
    const tables = [
      "event",
      "rejected",
      "optin_request",
      "optin_mail",
      "pending_claim",
      "idempotency_key",
      "captured_mail",
    ];
    const counts = tables.map(
      async (table) => [table, (await db.query(`SELECT 1 AS one FROM ${table}`)).length] as const,
    );
    return Object.fromEntries(await Promise.all(counts));
  };
  const before = await rows();
  for (const [table, count] of Object.entries(before)) expect([table, count]).not.toEqual([table, 0]);
  await watchClock(db, Date.now());
  await db.query("UPDATE clock_watch SET steady_since = '-infinity'");

  world.pass(1_000 * DAY);
  const deps = { ...services, log: silentLog };
  for (const chore of chores(services)) await carryOutCarefully(chore, deps);
  expect(await rows()).toEqual(before);

  for (const chore of chores(services)) await chore.carryOut();
  const after = await rows();
  for (const [table, count] of Object.entries(before)) expect([table, after[table]]).not.toEqual([table, count]);
});

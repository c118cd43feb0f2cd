import pg from "pg";
import { expect, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { exportSetting } from "../support/export-setting.ts";

// What happens to an export while it runs, and what its clock does.

const at = exportSetting();

/** A run that stands still in the middle for as long as the work takes. */
async function during<T>(work: () => Promise<T>) {
  const holder = new pg.Client(at.world.warehouse.connection);
  await holder.connect();
  try {
    await holder.query("BEGIN; LOCK TABLE events IN SHARE MODE");
    const running = at.world.exports.run(at.exportId);
    await eventually(async () => {
      const waiting = await at.db.query(
        "SELECT FROM pg_stat_activity WHERE application_name = 'backstory export' AND wait_event_type = 'Lock'",
      );
      expect(waiting).toHaveLength(1);
    }, 60_000);
    await work();
    await holder.query("ROLLBACK");
    return await running;
  } finally {
    await holder.end();
  }
}

const known = async () => (await at.world.exports.find(at.exportId))?.export;
const isDue = async () => (await at.world.exports.due()).length > 0;

/** A run behind it, and something to write. */
async function before(): Promise<void> {
  await at.someHistory();
  await at.run();
  await at.people.hits(2, "visitor-1");
  await at.people.upsert({ email: "ben@shop.example" });
}

test("a destination that is stopped in the middle of a run loses nothing, and the log says that it is tried again", async () => {
  await before();
  const then = await at.contents();
  const outcome = await during(() =>
    at.db.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'backstory export' AND wait_event_type = 'Lock'",
    ),
  );
  expect(outcome).toMatchObject({
    kind: "failed",
    fault: { code: "57P01", detail: expect.stringContaining("tried again by itself") as string },
  });
  expect(await at.contents()).toEqual(then);
  await at.run();
  expect(await at.contents()).toEqual(await at.everythingNow());
});

test("an export that is paused while it runs ends its run, and starts no other", async () => {
  await before();
  expect(await during(() => at.world.exports.change(at.exportId, { paused: true }))).toMatchObject({
    kind: "finished",
  });
  expect(await at.contents()).toEqual(await at.everythingNow());
  at.world.wait(10 * 60 * 60_000);
  expect(await isDue()).toBe(false);
  expect((await known())?.nextRunAt).toBeNull();
});

test("an export that is removed while it runs is gone, and its run harms nobody", async () => {
  await before();
  await during(() => at.world.exports.remove(at.exportId));
  expect(await at.world.exports.list()).toEqual([]);
  expect(await at.db.query("SELECT FROM export_run")).toEqual([]);
});

test("asked to compare everything while an asked run is under way, it runs once more and compares everything", async () => {
  await before();
  await at.world.exports.change(at.exportId, { paused: true });
  await at.world.exports.ask(at.exportId, false);
  at.world.wait(1_000);
  await during(() => at.world.exports.ask(at.exportId, true));
  expect(await isDue()).toBe(true);
  const { tables } = await at.run();
  expect(tables.every(({ whole }) => whole)).toBe(true);
  expect(await isDue()).toBe(false);
});

test("an export that ran under a clock far ahead runs again when the clock is right, and compares all rows in time", async () => {
  const tenYears = 10 * 365 * 24 * 60 * 60_000;
  await at.someHistory();
  at.world.wait(tenYears);
  await at.run();
  at.world.wait(-tenYears);
  expect(await isDue()).toBe(true);
  await at.world.warehouse.pool.query("UPDATE contacts SET email = 'forged@shop.example'");
  await at.run();
  expect(await at.contents()).toEqual(await at.everythingNow());
  expect(await isDue()).toBe(false);
});

test("a failure under a clock far ahead does not keep an export from being tried", async () => {
  const order = at.world.order();
  at.exportId = await at.world.exports.create({ ...order, place: { ...order.place, database: "away" } as never });
  at.world.wait(365 * 24 * 60 * 60_000);
  expect(await at.world.exports.run(at.exportId)).toMatchObject({ kind: "failed" });
  at.world.wait(-365 * 24 * 60 * 60_000);
  expect((await at.world.exports.due()).map(({ exportId }) => exportId)).toContain(at.exportId);
});

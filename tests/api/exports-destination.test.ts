import { expect, test } from "vitest";
import { exportSetting } from "../support/export-setting.ts";

// A destination that is away, not ours alone, or not to be entered.

const at = exportSetting();

test("while the destination is away nothing is lost, and the first run after it brings all (131)", async () => {
  await at.someHistory();
  await at.run();
  const { database } = at.world.warehouse.connection;
  const allow = (allowed: boolean) =>
    at.db.query("UPDATE pg_database SET datallowconn = $2 WHERE datname = $1", [database, allowed]);
  await allow(false);
  try {
    for (let hour = 0; hour < 3; hour += 1) {
      at.world.wait(60 * 60_000);
      await at.people.hits(2, "visitor-1");
      await at.people.upsert({ email: `late-${hour}@shop.example` });
      expect(await at.world.exports.run(at.exportId)).toMatchObject({ kind: "failed" });
    }
  } finally {
    await allow(true);
  }
  const failed = await at.world.exports.find(at.exportId);
  expect(failed?.runs.map(({ state }) => state)).toEqual(["failed", "failed", "failed", "finished"]);
  expect(failed?.runs[0]?.error?.detail).toContain("is not currently accepting connections");
  // Three failures: it comes back after four minutes, sooner than the timetable says.
  expect((failed?.export.nextRunAt ?? 0) - (failed?.runs[0]?.finishedAt ?? 0)).toBe(4 * 60_000);
  await at.run();
  expect(await at.contents()).toEqual(await at.everythingNow());
});

test("a column of somebody else with the same name and another type stops the run, and is not touched (132)", async () => {
  await at.someHistory();
  await at.run();
  const before = await at.contents();
  await at.world.warehouse.pool.query("ALTER TABLE contacts DROP COLUMN town, ADD COLUMN town integer DEFAULT 7");
  await at.people.upsert({ email: "ben@shop.example" });
  const outcome = await at.world.exports.run(at.exportId);
  expect(outcome).toMatchObject({ kind: "failed", fault: { code: "column.foreign" } });
  expect(outcome.kind === "failed" && outcome.fault.detail).toContain("contacts has a column town of another type");
  expect((await at.rows("contacts"))[0]).toMatchObject({ town: 7 });
  expect((await at.rows("contacts")).length).toBe((before["contacts"] as unknown[]).length);
});

test("a table of somebody else is never written into", async () => {
  await at.world.warehouse.pool.query(`CREATE TABLE contacts ("contactId" bigint PRIMARY KEY, note text);
    INSERT INTO contacts VALUES (1, 'mine')`);
  expect(await at.world.exports.run(at.exportId)).toMatchObject({ kind: "failed", fault: { code: "table.foreign" } });
  expect(await at.rows("contacts")).toEqual([{ contactId: 1, note: "mine" }]);
  // Nothing was made beside it either.
  const { rows: made } = await at.world.warehouse.pool.query("SELECT FROM pg_class WHERE relname = 'events'");
  expect(made).toEqual([]);
});

test("two exports never share a table", async () => {
  await at.run();
  const second = await at.world.exports.create(at.world.order({ name: "Second" }));
  expect(await at.world.exports.run(second)).toMatchObject({ kind: "failed", fault: { code: "table.taken" } });
});

test("columns that somebody added at the destination are left alone", async () => {
  const ann = await at.someHistory();
  await at.run();
  await at.world.warehouse.pool.query("ALTER TABLE contacts ADD COLUMN score integer DEFAULT 3");
  await at.people.upsert({ externalCustomerId: "C-1", fields: { town: "Lviv" } });
  await at.run();
  expect((await at.rows("contacts"))[0]).toMatchObject({ contactId: ann, town: "Lviv", score: 3 });
});

test("the secret lies sealed: in no table, no log and no answer is it to be read", async () => {
  const secret = "hunter2-very-secret-password";
  await at.world.exports.remove(at.exportId);
  const order = at.world.order({ secret });
  at.exportId = await at.world.exports.create({ ...order, place: { ...order.place, port: 1 } as never });
  const outcome = await at.world.exports.run(at.exportId);
  expect(outcome).toMatchObject({ kind: "failed", fault: { code: "ENOENT" } });
  const stored = await at.db.query("SELECT encode(secret, 'escape') AS secret, export::text AS row FROM export");
  const runs = await at.db.query("SELECT export_run::text AS row FROM export_run");
  const told = [stored, runs, outcome, await at.world.exports.find(at.exportId), await at.world.exports.list()];
  expect(JSON.stringify(told)).not.toContain(secret);
  expect(JSON.stringify(told)).not.toContain(Buffer.from(secret).toString("hex"));
});

test("a secret that was sealed with another key says so", async () => {
  await at.db.query("UPDATE export SET secret = '\\x01' || repeat('00', 40)::bytea");
  expect(await at.world.exports.run(at.exportId)).toMatchObject({
    kind: "failed",
    fault: { code: "secret.unreadable" },
  });
});

test("a trial shows the first five rows and leaves nothing behind", async () => {
  for (let index = 0; index < 7; index += 1) await at.people.upsert({ externalCustomerId: `007${index}` });
  const { place, secret } = at.world.order();
  const trial = await at.world.exports.tryOut({ place, secret });
  expect(trial.fault).toBeNull();
  expect(trial.server).toMatch(/^PostgreSQL \d+/);
  const column = trial.columns.indexOf("externalCustomerId");
  expect(trial.rows.map((row) => row[column])).toEqual(["0070", "0071", "0072", "0073", "0074"]);
  const { rows: left } = await at.world.warehouse.pool.query("SELECT FROM pg_class WHERE relname LIKE 'backstory%'");
  expect(left).toEqual([]);
});

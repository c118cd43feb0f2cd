import { once } from "node:events";
import pg from "pg";
import { expect, onTestFinished, test } from "vitest";
import type { ContactId } from "../../src/contract/identifiers.ts";
import { mergeContacts } from "../../src/server/identity/index.ts";
import { erasePerson } from "../../src/server/privacy/index.ts";
import { eventually } from "../support/eventually.ts";
import { exportSetting } from "../support/export-setting.ts";
import { ALL_TABLES, exportingProcess } from "../support/export-world.ts";
import { earlierTransactionsEnded } from "../support/postgres.ts";

// Runs after one another, at once, cut off and late: the destination ends as if everything were copied anew.

const at = exportSetting();

test("run twice without changes, nothing is written again (125)", async () => {
  await at.someHistory();
  await at.people.upsert({ email: "ben@shop.example" });
  await at.run();
  const before = await at.versions();
  const again = await at.effects();
  expect(await at.versions()).toEqual(before);
  for (const [read, written, removed] of Object.values(again)) expect([read, written, removed]).toEqual([read, 0, 0]);
  // Not even when every row is compared.
  await at.world.exports.ask(at.exportId, true);
  const compared = await at.run();
  expect(compared.tables.map(({ name, whole, written, removed }) => [name, whole, written, removed])).toEqual(
    ALL_TABLES.map((name) => [name, true, 0, 0]),
  );
  expect(await at.versions()).toEqual(before);
});

test("an export in the middle of merges shows one moment: no contact missing, none double (128)", async () => {
  const ids: ContactId[] = [];
  for (let index = 0; index < 12; index += 1)
    ids.push((await at.people.upsert({ email: `p${index}@shop.example`, visitorIds: [`visitor-${index}`] })).contactId);
  await at.people.hits(12, "visitor-0");
  const exporting = (async () => {
    for (let turn = 0; turn < 4; turn += 1) {
      await at.run();
      const { rows: odd } = await at.world.warehouse.pool.query(
        `SELECT c."contactId" FROM contacts c LEFT JOIN contacts w ON w."contactId" = c."mergedInto"
         WHERE (c.status = 'merged') <> (w.status IS NOT NULL AND w.status = 'live')
         UNION ALL SELECT b."bindingId" FROM bindings b LEFT JOIN contacts c USING ("contactId")
         WHERE c.status IS DISTINCT FROM 'live'`,
      );
      expect(odd).toEqual([]);
      const { rows: emails } = await at.world.warehouse.pool.query<{ count: string; all: string }>(
        `SELECT count(*) FILTER (WHERE status = 'live') AS count, count(*) AS all FROM contacts`,
      );
      expect(emails[0]?.all).toBe("12");
    }
  })();
  const [winner, ...losers] = ids;
  for (const loser of losers)
    await mergeContacts(at.people.deps, {
      contactIds: [winner ?? loser, loser],
      at: at.people.tick(),
      cause: at.cause,
    });
  await exporting;
  await at.run();
  expect(await at.contents()).toEqual(await at.everythingNow());
});

test("what a transaction writes that commits after the run is taken by the next", async () => {
  await at.run();
  const late = new pg.Client(at.db.connection);
  await late.connect();
  onTestFinished(() => late.end());
  await late.query("BEGIN");
  await late.query(
    `INSERT INTO event (event_id, site_id, source_kind, source_id, name, occurred_at, received_at, trust)
     VALUES (gen_random_uuid(), 1, 'visitor', 'slow-visitor', 'page', '2020-01-01', '2020-01-01', 'browser')`,
  );
  await late.query(
    "INSERT INTO contact (contact_source, created_at, updated_at) VALUES ('LATE', '2020-01-01', '2020-01-01')",
  );
  await at.people.hit("visitor-1");
  await at.run();
  expect(await at.rows("events")).toHaveLength(1);
  await late.query("COMMIT");
  await at.people.hit("visitor-1");
  await at.run();
  expect(await at.rows("events")).toHaveLength(3);
  expect(await at.rows("contacts")).toMatchObject([{ contactSource: "LATE" }]);
});

test("taking only what changed ends where taking everything ends, whatever happened between", async () => {
  const kinds = [
    (n: number) =>
      at.people.upsert({
        externalCustomerId: `C-${n % 4}`,
        email: `p${n % 6}@shop.example`,
        visitorIds: [`visitor-${n % 5}`],
      }),
    (n: number) => at.people.upsert({ email: `p${n % 6}@shop.example`, phone: `+38044123456${n % 5}` }),
    (n: number) => at.people.hit(`visitor-${n % 5}`),
    (n: number) => at.people.device({ deviceId: `device-${n % 3}-abcdefgh` }),
    async (n: number) => {
      const all = await at.db.query<{ contactId: ContactId }>("SELECT contact_id FROM contact WHERE status = 'live'");
      const one = all[n % Math.max(all.length, 1)];
      const two = all[(n * 7) % Math.max(all.length, 1)];
      if (one === undefined || two === undefined) return;
      if (n % 3 === 0) await at.people.delete(one.contactId);
      else if (n % 3 === 1 && one !== two)
        await mergeContacts(at.people.deps, {
          contactIds: [one.contactId, two.contactId],
          at: at.people.tick(),
          cause: at.cause,
        });
      else await erasePerson(at.people.deps)({ contactId: one.contactId, at: at.people.tick(), cause: at.cause });
    },
  ];
  let seed = 20_261_125;
  const next = (below: number) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((seed / 2_147_483_648) * below);
  };
  for (let step = 0; step < 40; step += 1) {
    await kinds[next(kinds.length)]?.(next(1_000));
    if (step % 10 === 9) {
      await at.run();
      expect(await at.contents()).toEqual(await at.everythingNow());
    }
  }
});

test("a database restored from an older backup is noticed, and everything is compared", async () => {
  await at.someHistory();
  await at.run();
  await at.world.warehouse.pool.query(`UPDATE backstory_export SET snapshot = '4000000000:4000000001:'`);
  const { tables } = await at.run();
  expect(tables.every(({ whole }) => whole)).toBe(true);
  await at.world.warehouse.pool.query(`UPDATE backstory_export SET cluster = '1'`);
  expect((await at.run()).tables.every(({ whole }) => whole)).toBe(true);
  // A table that is empty there costs nothing to be compared whole, and may have been emptied by somebody.
  expect((await at.run()).tables.filter(({ whole }) => whole).map(({ name }) => name)).toEqual([
    "segments_members",
    "identity_changes",
  ]);
});

test("rows changed by hand at the destination are put right within a week, and by a back-fill at once", async () => {
  const ann = await at.someHistory();
  await earlierTransactionsEnded(at.db);
  await at.run();
  await at.world.warehouse.pool.query("UPDATE contacts SET email = 'forged@shop.example'; DELETE FROM bindings");
  await at.run();
  expect((await at.rows("contacts"))[0]).toMatchObject({ contactId: ann, email: "forged@shop.example" });
  await at.world.exports.ask(at.exportId, true);
  await at.run();
  expect(await at.contents()).toEqual(await at.everythingNow());
  await at.world.warehouse.pool.query("UPDATE contacts SET email = 'forged@shop.example'");
  at.world.wait(8 * 24 * 60 * 60_000);
  await at.run();
  expect(await at.contents()).toEqual(await at.everythingNow());
});

test("of two processes one runs an export, the other finds it busy", async () => {
  await at.someHistory();
  await at.run();
  await at.people.upsert({ email: "ben@shop.example" });
  const first = await holding("contacts", async () => {
    const running = at.world.exports.run(at.exportId);
    await waitsForLock();
    expect(await at.world.exports.run(at.exportId)).toEqual({ kind: "busy" });
    return { running };
  });
  expect(await first.running).toMatchObject({ kind: "finished" });
});

/** Nobody writes into a table of the warehouse before the work is done. */
async function holding<T>(table: string, work: () => Promise<T>): Promise<T> {
  const holder = new pg.Client(at.world.warehouse.connection);
  await holder.connect();
  try {
    await holder.query(`BEGIN; LOCK TABLE ${table} IN SHARE MODE`);
    return await work();
  } finally {
    await holder.end();
  }
}

async function waitsForLock(): Promise<void> {
  await eventually(async () => {
    const waiting = await at.db.query(
      "SELECT FROM pg_stat_activity WHERE application_name = 'backstory export' AND wait_event_type = 'Lock'",
    );
    expect(waiting).toHaveLength(1);
  }, 60_000);
}

test.each([...ALL_TABLES, "backstory_export"])(
  "a process killed while it writes %s leaves the last state, and the next run ends as one that nobody disturbed",
  async (table) => {
    await at.someHistory();
    await at.run();
    const before = await at.contents();
    const ann = await at.people.upsert({ externalCustomerId: "C-1", fields: { town: "Lviv" } });
    await at.people.hits(5, "visitor-1");
    await at.people.upsert({ email: "ben@shop.example", visitorIds: ["visitor-2"] });
    await at.people.device({ deviceId: "device-2-abcdefgh" });
    await at.db.query(
      "INSERT INTO device (device_id, os_type, first_seen_at, last_seen_at) VALUES ('device-2-abcdefgh', 'ios', now(), now())",
    );
    await at.db.query("UPDATE segment SET name = 'Good readers'");
    const gone = await at.people.upsert({ email: "cy@shop.example" });
    await at.people.delete(gone.contactId);
    await erasePerson(at.people.deps)({ contactId: ann.contactId, at: at.people.tick(), cause: at.cause });
    // It stops here: the tables before it are written, this one and those after it are not.
    await holding(table, async () => {
      const child = exportingProcess(at.db, at.exportId);
      try {
        await waitsForLock();
      } finally {
        child.kill("SIGKILL");
        await once(child, "exit");
      }
    });
    expect(await at.contents()).toEqual(before);

    await eventually(async () => {
      const due = await at.world.exports.due();
      expect(due.map((one) => one.exportId)).toEqual([at.exportId]);
    });
    expect((await at.world.exports.find(at.exportId))?.runs[0]?.state).toBe("interrupted");
    await at.run();
    const after = await at.contents();
    expect(after).toEqual(await at.everythingNow());
    for (const name of ALL_TABLES) expect([name, after[name]]).not.toEqual([name, before[name]]);
  },
);

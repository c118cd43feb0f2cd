import { beforeAll, expect, test } from "vitest";
import { timestamp } from "../../src/server/db/database.ts";
import { ensurePartitions } from "../../src/server/db/partitions.ts";
import { silentLog } from "../../src/server/lib/log.ts";
import { uuidv7 } from "../../src/server/lib/uuid.ts";
import { removeOldAnonymous } from "../../src/server/visitors/index.ts";
import { testDatabase, type TestDatabase } from "../support/postgres.ts";

const at = (text: string): number => Date.parse(text);
const NOW = at("2026-11-15T12:00:00Z");

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
  for (const month of ["2025-03-15", "2025-07-15", "2026-11-15"]) await ensurePartitions(db, at(month));
  await db.query(
    "INSERT INTO site (site_id, site_key, name) OVERRIDING SYSTEM VALUE VALUES (1, 'long', 'a'), (2, 'short', 'b')",
  );
  await db.query("UPDATE site SET anonymous_months = 3 WHERE site_id = 2");
  await db.query("INSERT INTO contact (contact_source, created_at, updated_at) VALUES ('TEST', now(), now())");
  await bind("known", "-infinity", null);
});

const bind = (visitor: string, from: string, to: string | null) =>
  db.query(
    `INSERT INTO binding (source_kind, source_id, contact_id, valid_from, valid_to, bound_at, reason)
     SELECT 'visitor', $1, contact_id, $2, $3, now(), 'test' FROM contact`,
    [visitor, from, to],
  );

interface Given {
  readonly visitor?: string;
  readonly kind?: "visitor" | "contact";
  readonly siteId?: number;
  readonly attachable?: false;
  /** By the sender's clock, when it was another. */
  readonly minted?: string;
}

async function event(moment: string, given: Given = {}): Promise<string> {
  const { visitor = "stranger", kind = "visitor", siteId = 1, attachable = true, minted = moment } = given;
  const id = uuidv7(at(minted));
  await db.query(
    `INSERT INTO event (event_id, site_id, source_kind, source_id, name, occurred_at, received_at, trust, attachable)
     VALUES ($1, $2, $3, $4, 'page', $5, $5, 'browser', $6)`,
    [id, siteId, kind, visitor, timestamp(at(moment)), attachable],
  );
  return id;
}

const run = () => removeOldAnonymous({ db, clock: () => NOW, log: silentLog, anonymousMonths: 13 });
const left = async () =>
  (await db.query<{ eventId: string }>("SELECT event_id FROM event")).map(({ eventId }) => eventId);
const partitions = async () =>
  (
    await db.query<{ name: string }>(
      "SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'event'::regclass",
    )
  ).map(({ name }) => name);

test("anonymous history goes when its months are over, and a contact's history follows the contact", async () => {
  await bind("left", "2025-01-01", "2025-06-10");
  const gone = [
    await event("2025-06-01"),
    await event("2025-10-15T11:00:00Z"),
    await event("2025-06-20", { visitor: "left" }),
    await event("2025-06-01", { visitor: "known", attachable: false }),
    await event("2026-08-01", { siteId: 2 }),
    await event("2025-06-01", { minted: "2099-01-01" }),
  ];
  const kept = [
    await event("2025-10-15T13:00:00Z"),
    await event("2026-11-01"),
    await event("2025-06-01", { visitor: "known" }),
    await event("2025-06-01", { visitor: "left" }),
    await event("2025-06-01", { visitor: "1", kind: "contact" }),
    await event("2026-08-20", { siteId: 2 }),
    await event("2026-11-14", { minted: "1999-01-01" }),
    await event("2020-01-01", { visitor: "known" }),
  ];
  await run();
  expect((await left()).sort()).toEqual(kept.sort());
  expect(gone).not.toEqual(expect.arrayContaining(await left()));
});

test("a month of which nothing stays is dropped whole, one with a contact's event in it is not", async () => {
  await ensurePartitions(db, at("2025-07-15"));
  const before = await partitions();
  expect(before).toEqual(expect.arrayContaining(["event_y2025m06", "event_y2025m07"]));
  await event("2025-07-02");
  await run();
  const after = await partitions();
  expect(after).toContain("event_y2025m06");
  expect(after).not.toContain("event_y2025m07");
  expect(after).toEqual(expect.arrayContaining(["event_y2026m11", "event_default"]));
});

test("more than one walk's worth of rows between kept ones goes in one run", async () => {
  await db.query(
    `INSERT INTO event (event_id, site_id, source_kind, source_id, name, occurred_at, received_at, trust)
     SELECT (lpad(to_hex(extract(epoch FROM at)::bigint * 1000), 12, '0') || '70008000' || lpad(to_hex(n), 12, '0'))::uuid,
       1, 'visitor', CASE WHEN n % 10 = 0 THEN 'known' ELSE 'stranger' END, 'page', at, at, 'browser'
     FROM (SELECT n, timestamptz '2025-06-02' + n * interval '1 second' AS at FROM generate_series(1, 12000) n) made`,
  );
  await run();
  const [counted] = await db.query(
    "SELECT count(*) AS rows, count(*) FILTER (WHERE source_id = 'stranger') AS strangers FROM event_y2025m06",
  );
  expect(counted).toEqual({ rows: 1_203, strangers: 0 });
});

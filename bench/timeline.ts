// Pages of the timeline of one person with 100,000 events among EVENTS (default 2,000,000) of a year.
// npx tsx bench/timeline.ts
import type { ContactId } from "../src/contract/identifiers.ts";
import { readTimeline, type TimelineCursor } from "../src/server/contacts/timeline.ts";
import type { Database } from "../src/server/db/database.ts";
import { withDatabase } from "./database.ts";
import { line, measure } from "./measure.ts";
import { processorMeter } from "./processor.ts";

const EVENTS = Number(process.env["EVENTS"] ?? 2_000_000);
const RUNS = 300;
const YEAR_START = Date.UTC(2025, 0, 1);
const MONTHS = 13;

/** UUIDv7 whose time is `at`, as the tracker mints them. */
const MINT = `
  CREATE FUNCTION mint(at timestamptz) RETURNS uuid LANGUAGE sql AS $$
    SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || substr(md5(random()::text), 1, 3)
      || '8' || substr(md5(random()::text), 1, 15))::uuid $$`;

async function makeMonths(db: Database): Promise<void> {
  const bound = (month: number) => `${Date.UTC(2025, month, 1).toString(16).padStart(12, "0")}${"0".repeat(20)}`;
  for (let month = 0; month < MONTHS; month += 1)
    await db.query(
      `CREATE TABLE event_bench_${month} PARTITION OF event FOR VALUES FROM ('${bound(month)}') TO ('${bound(month + 1)}')`,
    );
}

/** Contact 1: 100,000 events on 5 browsers. Contact 2: 1,000 events on one. Contact 3: 1,000 browsers. */
async function fill(db: Database): Promise<void> {
  await db.query(MINT);
  await makeMonths(db);
  await db.query(
    `INSERT INTO contact (contact_source, created_at, updated_at)
     SELECT 'BENCH', now(), now() FROM generate_series(1, 3)`,
  );
  const step = 200_000;
  for (let first = 0; first < EVENTS; first += step)
    await db.query(
      `INSERT INTO event (event_id, site_id, source_kind, source_id, name, occurred_at, received_at, url, properties, trust)
       SELECT mint(at), 1, 'visitor',
              CASE WHEN n % $4 = 0 THEN 'heavy-browser-' || (n / $4) % 5
                   WHEN n % ($4 * 100) = 1 THEN 'usual-browser-xxxxxxx'
                   WHEN n % 20 = 3 THEN 'one-of-many-' || (n / 20) % 1000
                   ELSE 'other-' || (random() * $3 / 7)::int END,
              'page', at, at, 'https://shop.example/products/' || n, '{"price": 10}', 'browser'
       FROM (SELECT n, date_trunc('milliseconds', to_timestamp($5::float8 / 1000 + n * 31536000.0 / $3)) AS at
             FROM generate_series($1::int, $2::int) n) made`,
      [first, first + step - 1, EVENTS, Math.round(EVENTS / 100_000), YEAR_START],
    );
  await db.query(
    `INSERT INTO binding (source_kind, source_id, contact_id, bound_at, reason)
     SELECT 'visitor'::source_kind, 'heavy-browser-' || n, 1, '2025-07-01'::timestamptz, 'bench' FROM generate_series(0, 4) n
     UNION ALL SELECT 'visitor', 'usual-browser-xxxxxxx', 2, '2025-07-01', 'bench'
     UNION ALL SELECT 'visitor', 'one-of-many-' || n, 3, '2025-07-01', 'bench' FROM generate_series(0, 999) n`,
  );
  await db.query("VACUUM ANALYZE");
}

/** Where the page begins that has `skip` newer events. */
async function cursorAt(db: Database, contactId: ContactId, skip: number): Promise<TimelineCursor> {
  const [row] = await db.query<TimelineCursor>(
    `SELECT e.occurred_at, e.event_id, e.site_id FROM binding b JOIN event e USING (source_kind, source_id)
     WHERE b.contact_id = $1 ORDER BY e.occurred_at DESC, e.event_id DESC OFFSET $2 LIMIT 1`,
    [contactId, skip],
  );
  if (row === undefined) throw new Error("The person has fewer events.");
  return row;
}

await withDatabase(async (db) => {
  const started = performance.now();
  await fill(db);
  console.log(`${EVENTS} events in ${((performance.now() - started) / 1000).toFixed(0)} s\n`);
  const meter = await processorMeter(db);
  const page = (contactId: number, before?: TimelineCursor) =>
    readTimeline(db, {
      contactId: contactId as ContactId,
      limit: 50,
      ...(before !== undefined && { before }),
    });

  const floor = await measure(
    RUNS,
    () =>
      db.queryNamed(
        "floor",
        `SELECT * FROM event WHERE source_kind = 'visitor' AND source_id = 'heavy-browser-0'
       ORDER BY occurred_at DESC, event_id DESC LIMIT 50`,
      ),
    meter,
  );
  console.log(line("floor: 50 newest events of one browser", floor));
  const deep = await cursorAt(db, 1 as ContactId, 50_000);
  console.log(line("1,000 events: first page", await measure(RUNS, () => page(2), meter), floor));
  console.log(line("100,000 events, 5 browsers: first page", await measure(RUNS, () => page(1), meter), floor));
  console.log(line("100,000 events: page after 50,000", await measure(RUNS, () => page(1, deep), meter), floor));
  console.log(line("1,000 browsers: first page", await measure(RUNS / 10, () => page(3), meter), floor));
  const middle = await cursorAt(db, 3 as ContactId, Math.trunc(EVENTS / 40));
  console.log(line("1,000 browsers: deep page", await measure(RUNS / 10, () => page(3, middle), meter), floor));
}, 1);

// Whether it gets slower as it fills up: the rate of the intake, the first page of a timeline, and bytes on disk.
// npx tsx bench/growth.ts [thousands of events, e.g. 0 1000 2000 5000]
import { readTimeline } from "../src/server/contacts/timeline.ts";
import type { ContactId } from "../src/contract/identifiers.ts";
import type { Database } from "../src/server/db/database.ts";
import { line, measure } from "./measure.ts";
import { withIngest } from "./support/ingest-world.ts";

const sizes = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [0, 1_000, 2_000, 5_000];
const STEP = 100_000;
const VISITORS = 20_000;
const PAGES = 300;

// Of this month, as fresh events are; each visitor has its share, and one of them is a contact's.
const FILL = `
  INSERT INTO event (event_id, site_id, source_kind, source_id, name, occurred_at, received_at, url, title, referrer,
    properties, context, trust)
  SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || substr(md5(random()::text), 1, 3)
      || '8' || substr(md5(random()::text), 1, 15))::uuid,
    1, 'visitor', 'visitor-' || n % $3::int, 'page', at, at, 'https://shop.example/products/' || n || '?utm_source=letter',
    'A product of the shop', 'https://shop.example/products',
    '{"price": 39.5, "currency": "EUR", "tags": ["new", "kitchen"]}',
    '{"library": "backstory/0.1", "language": "en-GB", "timeZone": "Europe/Kyiv", "userAgent": "Chrome 140, Linux"}', 'browser'
  FROM (SELECT n, date_trunc('month', now()) + n * interval '100 milliseconds' AS at
        FROM generate_series($1::int, $2::int) n) made`;
const BYTES = `
  SELECT sum(pg_total_relation_size(inhrelid)) AS bytes FROM pg_inherits WHERE inhparent = 'event'::regclass`;

async function fill(db: Database, from: number, to: number): Promise<void> {
  for (let first = from; first < to; first += STEP)
    await db.query(FILL, [first, Math.min(first + STEP, to) - 1, VISITORS]);
}

async function bytesAnEvent(db: Database): Promise<number> {
  const [size] = await db.query<{ bytes: string }>(BYTES);
  const [all] = await db.query<{ rows: number }>("SELECT count(*) AS rows FROM event");
  return Number(size?.bytes) / (all?.rows ?? NaN);
}

await withIngest(async ({ db, load }) => {
  await db.query("INSERT INTO contact (contact_source, created_at, updated_at) VALUES ('BENCH', now(), now())");
  await db.query(
    `INSERT INTO binding (source_kind, source_id, contact_id, bound_at, reason)
     SELECT 'visitor', 'visitor-7', contact_id, now(), 'bench' FROM contact`,
  );
  await load({ connections: 50, eventsPerRequest: 10, seconds: 2 });
  let filled = 0;
  for (const thousands of sizes) {
    await fill(db, filled, thousands * 1_000);
    filled = thousands * 1_000;
    await db.query("ANALYZE event");
    const { requestsPerSecond, p99 } = await load({ connections: 50, eventsPerRequest: 10, seconds: 5 });
    const rate = Math.round(requestsPerSecond * 10).toLocaleString("en");
    console.log(`${filled.toLocaleString("en")} events: ${rate} events/s, p99 ${p99.toFixed(0)} ms`);
    console.log(
      line(
        "  first page of a timeline",
        await measure(PAGES, () => readTimeline(db, { contactId: 1 as ContactId, limit: 50 })),
      ),
    );
    console.log(`  ${(await bytesAnEvent(db)).toFixed(0)} bytes on disk an event`);
  }
});

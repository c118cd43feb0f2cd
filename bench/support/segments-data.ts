import type { Database } from "../../src/server/db/database.ts";

/** What the data counts back from. */
export const NOW = Date.UTC(2026, 10, 25, 12);
const MONTHS = 13;

export interface Size {
  readonly contacts: number;
  readonly events: number;
}

export async function fill(db: Database, size: Size): Promise<void> {
  await fillContacts(db, size);
  await fillEvents(db, size);
  await db.query("VACUUM ANALYZE");
}

async function makeMonths(db: Database): Promise<void> {
  const bound = (month: number) =>
    `${Date.UTC(2025, 10 + month, 1)
      .toString(16)
      .padStart(12, "0")}${"0".repeat(20)}`;
  for (let month = 0; month < MONTHS; month += 1)
    await db.query(
      `CREATE TABLE event_bench_${month} PARTITION OF event FOR VALUES FROM ('${bound(month)}') TO ('${bound(month + 1)}')`,
    );
}

/** One in ten has no external id, nine in ten an email, one in four a device; everybody has one browser, whose id looks like ours. */
async function fillContacts(db: Database, { contacts }: Size): Promise<void> {
  await db.query(
    `INSERT INTO contact (external_customer_id, first_name, last_name, language_code, town, contact_source, created_at, updated_at)
     SELECT CASE WHEN n % 10 > 0 THEN 'customer-' || n END,
            (ARRAY['Anna', 'Олена', 'Jürgen', 'Zoé', 'Іван', NULL, 'Piotr'])[1 + n % 7],
            (ARRAY['Kowalska', 'Шевченко', 'Müller', NULL, 'Nowak'])[1 + n % 5],
            (ARRAY['uk', 'en', 'pl', 'de'])[1 + n % 4], (ARRAY['Київ', 'Львів', 'Kraków', 'Berlin', NULL, 'Wien'])[1 + n % 6],
            (ARRAY['TRACKER', 'IMPORT', 'SUBSCRIPTION'])[1 + n % 3],
            to_timestamp($2::float8 / 1000) - (n % 400) * interval '1 day', to_timestamp($2::float8 / 1000)
     FROM generate_series(1, $1::int) n`,
    [contacts, NOW],
  );
  await db.query(
    `INSERT INTO channel (contact_id, type, value, spelling, status, source, created_at, updated_at)
     SELECT n, 'email', 'person' || n || '@' || (ARRAY['gmail.com', 'ukr.net', 'example.com'])[1 + n % 3],
            'Person' || n || '@' || (ARRAY['gmail.com', 'ukr.net', 'example.com'])[1 + n % 3],
            (ARRAY['confirmed', 'unconfirmed', 'unsubscribed'])[1 + n % 3]::channel_status, 'BENCH', now(), now()
     FROM generate_series(1, $1::int) n WHERE n % 10 <> 5`,
    [contacts],
  );
  await db.query(
    `INSERT INTO identifier (kind, value, contact_id, proof, since)
     SELECT 'device'::identifier_kind, 'device-' || n, n, 'server'::proof, now() FROM generate_series(1, $1::int, 4) n
     UNION ALL SELECT 'external', 'customer-' || n, n, 'server', now() FROM generate_series(1, $1::int) n WHERE n % 10 > 0
     UNION ALL SELECT 'email', 'person' || n || '@example.com', n, 'server', now() FROM generate_series(1, $1::int) n`,
    [contacts],
  );
  await db.query(`
    CREATE FUNCTION visitor(n int) RETURNS text LANGUAGE sql IMMUTABLE AS $$
      SELECT left(translate(encode(decode(md5(n::text), 'hex'), 'base64'), '+/', '-_'), 21) $$`);
  await db.query(
    `INSERT INTO binding (source_kind, source_id, contact_id, bound_at, reason)
     SELECT 'visitor', visitor(n), n, now(), 'bench' FROM generate_series(1, $1::int) n`,
    [contacts],
  );
  await db.query("INSERT INTO segment (name, created_at) VALUES ('Newsletter', now())");
  await db.query(
    "INSERT INTO segment_member (segment_id, contact_id, since) SELECT 1, n, now() FROM generate_series(1, $1::int, 3) n",
    [contacts],
  );
}

/** A year of page views, half of them by people who are known, in order of their time as they arrive. */
async function fillEvents(db: Database, { contacts, events }: Size): Promise<void> {
  await db.query(`
    CREATE FUNCTION mint(at timestamptz) RETURNS uuid LANGUAGE sql AS $$
      SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || substr(md5(random()::text), 1, 3)
        || '8' || substr(md5(random()::text), 1, 15))::uuid $$`);
  await makeMonths(db);
  const step = 250_000;
  for (let first = 0; first < events; first += step)
    await db.query(
      `INSERT INTO event (event_id, site_id, source_kind, source_id, name, occurred_at, received_at, url, title, properties, trust)
       SELECT mint(at), 1, 'visitor', visitor(1 + (random() * $3 * 2)::int), CASE WHEN n % 20 = 0 THEN 'Added to cart' ELSE 'page' END,
              at, at, 'https://shop.example/' || (ARRAY['products/', 'journal/', 'pricing?plan=', 'rooms/', 'search?q='])[1 + n % 5] || n % 1000,
              'A page of the shop', '{"price": 10}', 'browser'
       FROM (SELECT n, date_trunc('milliseconds', to_timestamp($4::float8 / 1000) - ($5 - n) * (365 * interval '1 day' / $5)) AS at
             FROM generate_series($1::int, $2::int) n) made`,
      [first, first + step - 1, contacts, NOW, events],
    );
}

/** What exports copy besides: a device for each that is known, and a fifth as many changes of identity as contacts. */
export async function fillOthers(db: Database, contacts: number): Promise<void> {
  await db.query(
    `INSERT INTO device (device_id, os_type, app_version, push_token, first_seen_at, last_seen_at)
     SELECT 'device-' || n, (ARRAY['ios', 'android'])[1 + n % 2], '1.' || n % 10, 'token-' || n, now(), now()
     FROM generate_series(1, $1::int, 4) n`,
    [contacts],
  );
  await db.query(
    `INSERT INTO binding (source_kind, source_id, contact_id, bound_at, reason)
     SELECT 'device', 'device-' || n, n, now(), 'bench' FROM generate_series(1, $1::int, 4) n`,
    [contacts],
  );
  await db.query(
    `INSERT INTO identity_audit (at, action, contact_id, reason, actor, request_id)
     SELECT now(), (ARRAY['delete', 'restore'])[1 + n % 2], n, 'bench', 'bench', 'bench' FROM generate_series(1, $1::int, 5) n`,
    [contacts],
  );
  await db.query("VACUUM ANALYZE");
}

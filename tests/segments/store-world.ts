import { timestamp, type Database } from "../../src/server/db/database.ts";
import { uuidv7 } from "../../src/server/lib/uuid.ts";
import { LISTS } from "./worlds.ts";
import type { ModelWorld } from "./model.ts";

/** The rows of a world, in place of all that were there. */
export async function storeWorld(db: Database, { contacts, stretches, events }: ModelWorld): Promise<void> {
  await db.query("TRUNCATE contact, identifier, channel, event, segment RESTART IDENTITY CASCADE");
  await db.query("INSERT INTO segment (name, created_at) SELECT 'List ' || n, now() FROM unnest($1::int[]) n", [LISTS]);
  const many = (statement: string, rows: readonly object[]) => db.query(statement, [JSON.stringify(rows)]);
  await many(
    `INSERT INTO contact (contact_id, status, merged_into, external_customer_id, first_name, last_name, language_code,
       time_zone, region, town, address, postcode, country_code, contact_source, created_at, updated_at)
     OVERRIDING SYSTEM VALUE
     SELECT id, status::contact_status, "mergedInto", "externalCustomerId", "firstName", "lastName", "languageCode",
       "timeZone", region, town, address, postcode, "countryCode", "contactSource", created, updated
     FROM jsonb_to_recordset($1) AS row (id bigint, status text, "mergedInto" bigint, "externalCustomerId" text,
       "firstName" text, "lastName" text, "languageCode" text, "timeZone" text, region text, town text, address text,
       postcode text, "countryCode" text, "contactSource" text, created timestamptz, updated timestamptz)`,
    contacts.map(({ texts, createdAt, updatedAt, ...contact }) => ({
      ...contact,
      ...texts,
      created: timestamp(createdAt),
      updated: timestamp(updatedAt),
    })),
  );
  await many(
    `INSERT INTO channel (contact_id, type, value, spelling, status, current, source, created_at, updated_at)
     SELECT id, type::channel_type, value, spelling, status::channel_status, current, 'TEST', now(), now()
     FROM jsonb_to_recordset($1) AS row (id bigint, type text, value text, spelling text, status text, current boolean)`,
    contacts.flatMap(({ id, channels }) => channels.map((channel) => ({ id, ...channel }))),
  );
  await many(
    `INSERT INTO identifier (kind, value, contact_id, proof, since)
     SELECT 'device', value, id, 'server', now() FROM jsonb_to_recordset($1) AS row (id bigint, value text)`,
    contacts.flatMap(({ id, devices }) => devices.map((value) => ({ id, value }))),
  );
  await many(
    `INSERT INTO segment_member (segment_id, contact_id, since)
     SELECT list, id, now() FROM jsonb_to_recordset($1) AS row (id bigint, list int)`,
    contacts.flatMap(({ id, lists }) => lists.map((list) => ({ id, list }))),
  );
  await many(
    `INSERT INTO contact_category (contact_id, category, since)
     SELECT id, category, now() FROM jsonb_to_recordset($1) AS row (id bigint, category text)`,
    contacts.flatMap(({ id, categories }) => categories.map((category) => ({ id, category }))),
  );
  await many(
    `INSERT INTO binding (source_kind, source_id, contact_id, valid_from, valid_to, bound_at, reason)
     SELECT kind::source_kind, source, "contactId", first, nullif(last, 'infinity'), now(), 'test'
     FROM jsonb_to_recordset($1) AS row (kind text, source text, "contactId" bigint, first timestamptz, last timestamptz)`,
    stretches.map(({ from, to, ...stretch }) => ({ ...stretch, first: timestamp(from), last: timestamp(to) })),
  );
  await many(
    `INSERT INTO event (event_id, site_id, source_kind, source_id, name, occurred_at, received_at, url, trust, attachable)
     SELECT id, 1, kind::source_kind, source, name, at, at, url, 'browser', attachable
     FROM jsonb_to_recordset($1) AS row (id uuid, kind text, source text, name text, at timestamptz, url text, attachable boolean)`,
    events.map(({ at, ...event }) => ({ ...event, id: uuidv7(at), at: timestamp(at) })),
  );
}

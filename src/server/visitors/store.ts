import type { Queryable } from "../db/database.ts";
import { timestamp } from "../db/database.ts";
import type { EventEnvelope, EventRow, IdentityMessageRow, RejectedRow } from "./delivery.ts";

/** What one statement stores: rows of any number of batches. */
export interface Rows {
  readonly events: readonly EventRow[];
  readonly identityMessages: readonly IdentityMessageRow[];
  readonly rejected: readonly RejectedRow[];
}

// Site, time of receipt and context come once a batch and are found by position; properties come as one JSON text.
// Parsing them row by row costs a third more in both processes (bench/README.md).
const EVENTS = `INSERT INTO event (event_id, site_id, source_kind, source_id, name, occurred_at, received_at,
    url, title, referrer, properties, context, trust, attachable)
  SELECT event_id, ($1::int[])[envelope], 'visitor', source_id, name,
    to_timestamp(occurred_at / 1000), to_timestamp(($2::float8[])[envelope] / 1000),
    url, title, referrer, nullif(properties, 'null'), $3::jsonb -> (envelope - 1), 'browser', attachable
  FROM ROWS FROM (
    unnest($4::int[], $5::uuid[], $6::text[], $7::text[], $8::float8[], $9::text[], $10::text[], $11::text[], $12::boolean[]),
    jsonb_array_elements($13::jsonb))
    AS row (envelope, event_id, source_id, name, occurred_at, url, title, referrer, attachable, properties)
  ON CONFLICT DO NOTHING`;

const EVERYTHING = `WITH stored AS (${EVENTS}),
  refused AS (INSERT INTO rejected (site_id, received_at, code, reason, message, envelope)
    SELECT * FROM unnest($22::int[], $23::timestamptz[], $24::text[], $25::text[], $26::jsonb[], $27::jsonb[]))
  INSERT INTO identity_message (message_id, site_id, visitor_id, type, occurred_at, received_at, payload, origin)
  SELECT * FROM unnest($14::uuid[], $15::int[], $16::text[], $17::text[], $18::timestamptz[], $19::timestamptz[],
    $20::jsonb[], $21::jsonb[])
  ON CONFLICT DO NOTHING`;

/**
 * Stores rows in one statement, which is one transaction: nothing is looked up, what is there already stays as it is.
 * Rows go in by order of their ids, or two statements that share ids could wait for each other.
 */
export async function store(db: Queryable, rows: Rows): Promise<void> {
  const events = eventColumns([...rows.events].sort((a, b) => (a.eventId < b.eventId ? -1 : 1)));
  if (rows.identityMessages.length === 0 && rows.rejected.length === 0) {
    await db.queryNamed("store_events", EVENTS, events);
    return;
  }
  const messages = [...rows.identityMessages].sort((a, b) => (a.messageId < b.messageId ? -1 : 1));
  await db.queryNamed("store_everything", EVERYTHING, [
    ...events,
    ...identityMessageColumns(messages),
    ...rejectedColumns(rows.rejected),
  ]);
}

/** All columns in one walk over the rows: a walk for each costs half as much again (bench/README.md). */
function eventColumns(rows: readonly EventRow[]): string[] {
  let [sites, received, contexts] = ["", "", ""];
  let [envelopes, ids, visitors, names, times] = ["", "", "", "", ""];
  let [urls, titles, referrers, attachable, properties] = ["", "", "", "", ""];
  let last: EventEnvelope | undefined;
  const numbers = new Map<EventEnvelope, string>();
  let number = "";
  let comma = "";
  for (const row of rows) {
    if (row.envelope !== last) {
      last = row.envelope;
      const known = numbers.get(last);
      number = known ?? String(numbers.size + 1);
      if (known === undefined) {
        numbers.set(last, number);
        sites += comma + String(last.siteId);
        received += comma + String(last.receivedAt);
        contexts += comma + last.context;
      }
    }
    envelopes += comma + number;
    ids += comma + row.eventId;
    visitors += comma + row.visitorId;
    names += comma + text(row.name);
    times += comma + String(row.occurredAt);
    urls += comma + text(row.url);
    titles += comma + text(row.title);
    referrers += comma + text(row.referrer);
    attachable += row.attachable ? `${comma}t` : `${comma}f`;
    properties += comma + (row.properties ?? "null");
    comma = ",";
  }
  const arrays = [envelopes, ids, visitors, names, times, urls, titles, referrers, attachable];
  return [
    `{${sites}}`,
    `{${received}}`,
    `[${contexts}]`,
    ...arrays.map((elements) => `{${elements}}`),
    `[${properties}]`,
  ];
}

function identityMessageColumns(rows: readonly IdentityMessageRow[]): string[] {
  return [
    array(rows, (row) => row.messageId),
    array(rows, (row) => String(row.siteId)),
    array(rows, (row) => row.visitorId),
    array(rows, (row) => row.type),
    array(rows, (row) => text(timestamp(row.occurredAt))),
    array(rows, (row) => text(timestamp(row.receivedAt))),
    array(rows, (row) => text(row.payload)),
    array(rows, (row) => text(row.origin)),
  ];
}

function rejectedColumns(rows: readonly RejectedRow[]): string[] {
  return [
    array(rows, (row) => String(row.siteId)),
    array(rows, (row) => text(timestamp(row.receivedAt))),
    array(rows, (row) => text(row.code)),
    array(rows, (row) => text(row.reason)),
    array(rows, (row) => text(row.message)),
    array(rows, (row) => text(row.envelope)),
  ];
}

// Array literals written by hand: a third of what the driver's own conversion of arrays costs (bench/README.md).
// https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO
function array<Row>(rows: readonly Row[], element: (row: Row) => string): string {
  let literal = "{";
  for (const row of rows) literal += literal.length === 1 ? element(row) : `,${element(row)}`;
  return `${literal}}`;
}

const SPECIAL = /[\\"]/;

function text(value: string | undefined): string {
  if (value === undefined) return "NULL";
  return SPECIAL.test(value) ? `"${value.replace(/[\\"]/g, "\\$&")}"` : `"${value}"`;
}

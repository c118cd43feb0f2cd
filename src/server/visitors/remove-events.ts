import type { Instant, SiteId } from "../../contract/identifiers.ts";
import { timestamp, type Database } from "../db/database.ts";

/** Which of the events that browsers told of a site; every part narrows it. */
export interface EventFilter {
  readonly siteId: SiteId;
  readonly visitorId: string | undefined;
  readonly name: string | undefined;
  /** As events keep it: /24 of IPv4, /48 of IPv6. */
  readonly network: string | undefined;
  /** By when they were received: their own time may be invented like the rest. */
  readonly from: Instant;
  readonly until: Instant;
}

// What a back end or a signed browser said is not touched.
const MEANT = `
  site_id = $1 AND source_kind = 'visitor' AND trust = 'browser' AND received_at >= $2 AND received_at < $3
  AND ($4::text IS NULL OR source_id = $4) AND ($5::text IS NULL OR name = $5)
  AND ($6::text IS NULL OR context ->> 'address' = $6)`;

const valuesOf = ({ siteId, visitorId, name, network, from, until }: EventFilter) => [
  siteId,
  timestamp(from),
  timestamp(until),
  visitorId ?? null,
  name ?? null,
  network ?? null,
];

export async function countEvents(db: Database, filter: EventFilter): Promise<number> {
  const [row] = await db.query<{ count: number }>(
    `SELECT count(*) AS count FROM event WHERE ${MEANT}`,
    valuesOf(filter),
  );
  return row?.count ?? 0;
}

const CHUNK = 5_000;
// One walk over the ids in short statements, each of which keeps the receipt true.
const WALK = `
  WITH chunk AS (
    SELECT event_id, site_id FROM event WHERE (event_id, site_id) > ($7, $8) ORDER BY event_id, site_id LIMIT ${CHUNK}),
  gone AS (
    DELETE FROM event WHERE (event_id, site_id) IN (SELECT event_id, site_id FROM chunk) AND ${MEANT} RETURNING 1),
  noted AS (UPDATE event_removal SET events = events + (SELECT count(*) FROM gone) WHERE removal_id = $9)
  SELECT event_id, site_id, (SELECT count(*) FROM gone) AS removed
  FROM chunk ORDER BY event_id DESC, site_id DESC LIMIT 1`;
const BEGIN = `
  INSERT INTO event_removal (site_id, asked_at, actor, filter) VALUES ($1, $2, $3, $4) RETURNING removal_id`;
const END = "UPDATE event_removal SET finished_at = $2 WHERE removal_id = $1";

/** Answers how many went. Contacts stay, and so do copies that were exported. */
export async function removeEvents(
  db: Database,
  { filter, actor, now }: { readonly filter: EventFilter; readonly actor: string; readonly now: Instant },
): Promise<number> {
  const [receipt] = await db.query<{ removalId: number }>(BEGIN, [
    filter.siteId,
    timestamp(now),
    actor,
    JSON.stringify(tellFilter(filter)),
  ]);
  if (receipt === undefined) throw new Error("The receipt was not written.");
  let removed = 0;
  let last = { eventId: "00000000-0000-0000-0000-000000000000", siteId: 0 };
  for (;;) {
    const values = [...valuesOf(filter), last.eventId, last.siteId, receipt.removalId];
    const [walked] = await db.query<typeof last & { readonly removed: number }>(WALK, values);
    if (walked === undefined) break;
    removed += walked.removed;
    last = walked;
  }
  await db.query(END, [receipt.removalId, timestamp(now)]);
  return removed;
}

function tellFilter({ visitorId, name, network, from, until }: EventFilter): object {
  return {
    ...(visitorId !== undefined && { visitor: "one" }),
    ...(name !== undefined && { name }),
    ...(network !== undefined && { network }),
    ...(from !== -Infinity && { from: timestamp(from) }),
    ...(until !== Infinity && { until: timestamp(until) }),
  };
}

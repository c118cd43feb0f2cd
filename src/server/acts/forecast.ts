import type { ActForecast, Chosen } from "../../contract/acts.ts";
import type { Queryable } from "../db/database.ts";
import { TooSlow, type MemberQuery, type SegmentDeps } from "../segments/index.ts";
import { findChosen } from "./chosen.ts";

/** How far events are counted: enough to say "many", and bounded whatever somebody chooses. */
const EVENTS_COUNTED_TO = 10_000;

/** Deleted ones count when they were named: they can still be erased. */
const whom = (text: string) => `
  chosen AS MATERIALIZED (
    SELECT there.contact_id, there.external_customer_id FROM contact there
    WHERE there.status IN ('live', 'deleted') AND there.contact_id IN (${text}))`;

const sources = (kind: "visitor" | "device") =>
  `(SELECT count(DISTINCT source_id) FROM binding JOIN chosen USING (contact_id) WHERE source_kind = '${kind}')`;

const belongings = (text: string) => `
  WITH ${whom(text)}
  SELECT count(*) AS contacts, count(*) FILTER (WHERE external_customer_id IS NULL) AS without_external_id,
         ${sources("visitor")} AS browsers, ${sources("device")} AS devices
  FROM chosen`;

// As the timeline finds them, counted as far as the limit goes.
const events = (text: string) => `
  WITH ${whom(text)}, stretch AS (
    SELECT b.source_kind, b.source_id, b.valid_from, coalesce(b.valid_to, 'infinity') AS valid_to
    FROM binding b JOIN chosen USING (contact_id)
    UNION ALL SELECT 'contact', contact_id::text, '-infinity', 'infinity' FROM chosen
    UNION ALL SELECT 'contact', loser.contact_id::text, '-infinity', 'infinity'
      FROM chosen JOIN contact loser ON loser.merged_into = chosen.contact_id)
  SELECT count(*) AS events FROM (
    SELECT FROM stretch CROSS JOIN LATERAL (
      SELECT FROM event e
      WHERE e.source_kind = stretch.source_kind AND e.source_id = stretch.source_id AND e.attachable
        AND e.occurred_at >= stretch.valid_from AND e.occurred_at < stretch.valid_to
      LIMIT ${EVENTS_COUNTED_TO + 1}) one
    LIMIT ${EVENTS_COUNTED_TO + 1}) counted`;

/** What belongs to those who are chosen. Undefined: there is no such segment. Throws TooSlow when nobody can say in time. */
export async function forecastAct(deps: SegmentDeps, chosen: Chosen): Promise<ActForecast | undefined> {
  const found = await findChosen(deps, chosen);
  if (found === undefined) return undefined;
  const [[counted], counting] = await Promise.all([
    inTime(deps.db.query<Omit<ActForecast, "events" | "eventsCountedTo">>(belongings(found.text), found.values)),
    countEvents(deps.db, found),
  ]);
  if (counted === undefined) throw new Error("A count answered no row.");
  return { ...counted, events: counting, eventsCountedTo: EVENTS_COUNTED_TO };
}

async function countEvents(db: Queryable, { text, values }: MemberQuery): Promise<number | null> {
  try {
    const [row] = await inTime(db.query<{ events: number }>(events(text), values));
    return row?.events ?? 0;
  } catch (error) {
    if (error instanceof TooSlow) return null;
    throw error;
  }
}

/** A statement of a request may take only so long. */
async function inTime<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const wasCutOff = error instanceof Error && "code" in error && error.code === "57014";
    throw wasCutOff ? new TooSlow("To count what belongs to contacts took too long.", { cause: error }) : error;
  }
}

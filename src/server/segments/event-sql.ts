import type { EventCondition } from "../../contract/segments.ts";
import { timestamp } from "../db/database.ts";
import { daysBefore } from "./days.ts";
import { not, type SqlContext } from "./sql-context.ts";

/**
 * SQL that holds for contacts with so many such events. Theirs are the events of their browsers and devices within the
 * stretches that belong to them, also from before they were known; and what servers said of them, or of contacts that
 * were merged into them.
 */
export function eventSql(context: SqlContext, condition: EventCondition): string {
  const such = suchEvents(context, condition);
  const enough = context.isAmongWorkedOut(
    condition.times === 1 ? once(context, such) : often(context, condition, such),
  );
  return condition.operator === "atLeast" ? enough : not(enough);
}

const IN_STRETCH = `e.source_kind = b.source_kind AND e.source_id = b.source_id
  AND e.occurred_at >= b.valid_from AND e.occurred_at < coalesce(b.valid_to, 'infinity')`;

/**
 * Stretches with any such event: nothing is counted, which halves the work over a long history. Without an address the
 * index that finds a source's history tells all that is asked, and the rows of events are not read.
 */
function once(context: SqlContext, such: string): string {
  return `
    SELECT DISTINCT whose.contact_id FROM (
      SELECT b.contact_id FROM binding b
      WHERE EXISTS (SELECT FROM event e WHERE ${IN_STRETCH} AND ${such}) AND ${context.asks("b.contact_id")}
      UNION ALL ${saidOfContacts(context, such)}
    ) whose`;
}

function often(context: SqlContext, { times }: EventCondition, such: string): string {
  return `
    SELECT whose.contact_id FROM (
      SELECT b.contact_id FROM binding b JOIN event e ON ${IN_STRETCH} WHERE ${such} AND ${context.asks("b.contact_id")}
      UNION ALL ${saidOfContacts(context, such)}
    ) whose
    GROUP BY whose.contact_id HAVING count(*) >= ${context.parameters.add(times, "int")}`;
}

/** Each way round has its index: from few contacts to their events, or from such events to their contacts. */
function saidOfContacts({ whom, asks }: SqlContext, such: string): string {
  const named =
    whom === "everybody"
      ? "named.contact_id = CASE WHEN e.source_kind = 'contact' THEN e.source_id::bigint END"
      : `e.source_id = named.contact_id::text AND (${asks("named.contact_id")} OR ${asks("named.merged_into")})`;
  return `
      SELECT coalesce(named.merged_into, named.contact_id) FROM event e JOIN contact named ON ${named}
      WHERE e.source_kind = 'contact' AND ${such}`;
}

function suchEvents({ parameters, now }: SqlContext, { event, address, days }: EventCondition): string {
  const parts = ["e.attachable", `e.name = ${parameters.add(event, "text")}`];
  if (address !== undefined) parts.push(`strpos(e.url, ${parameters.add(address, "text")}) > 0`);
  if (days !== undefined)
    parts.push(`e.occurred_at >= ${parameters.add(timestamp(daysBefore(now, days)), "timestamptz")}`);
  return parts.join(" AND ");
}

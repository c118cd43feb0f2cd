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
  const enough = context.isAmongWorkedOut(contactsWith(context, condition, such));
  return condition.operator === "atLeast" ? enough : not(enough);
}

function contactsWith(context: SqlContext, condition: EventCondition, such: string): string {
  const { address, days, times } = condition;
  // Without an address the index that finds a source's history tells all that is asked: no row of an event is read.
  const isInIndex = address === undefined && days === undefined;
  if (context.whom === "everybody" && isInIndex) return often(context, condition, { such, stretches: inOrder(such) });
  return times === 1 ? once(context, such) : often(context, condition, { such, stretches: joined(context, such) });
}

const IN_TIME = "e.occurred_at >= b.valid_from AND e.occurred_at < coalesce(b.valid_to, 'infinity')";
const IN_STRETCH = `e.source_kind = b.source_kind AND e.source_id = b.source_id AND ${IN_TIME}`;

/** Stretches with any such event: nothing is counted, which spares a third of the work where rows of events are read. */
function once(context: SqlContext, such: string): string {
  return `
    SELECT DISTINCT whose.contact_id FROM (
      SELECT b.contact_id FROM binding b
      WHERE EXISTS (SELECT FROM event e WHERE ${IN_STRETCH} AND ${such}) AND ${context.asks("b.contact_id")}
      UNION ALL ${saidOfContacts(context, such)}
    ) whose`;
}

interface Often {
  readonly such: string;
  /** A query for the contact of each such event that is in one of its stretches. */
  readonly stretches: string;
}

function often(context: SqlContext, { times }: EventCondition, { such, stretches }: Often): string {
  return `
    SELECT whose.contact_id FROM (
      ${stretches}
      UNION ALL ${saidOfContacts(context, such)}
    ) whose
    GROUP BY whose.contact_id HAVING count(*) >= ${context.parameters.add(times, "int")}`;
}

const joined = ({ asks }: SqlContext, such: string) =>
  `SELECT b.contact_id FROM binding b JOIN event e ON ${IN_STRETCH} WHERE ${such} AND ${asks("b.contact_id")}`;

/** Where ids are cut, so that processes can share the work: our own are of 64 signs, others of hexadecimal digits. */
const CUTS = ["8", "Q", "e"];

/**
 * Stretches and events side by side in the order of their sources, as both indexes have them: a join that looks
 * for each of millions of events in a table of hashes waits for memory most of its time. The order is asked for where
 * nothing can undo it; `OFFSET '0'` is how, and with a number instead of a text no second process would take part.
 */
function inOrder(such: string): string {
  return ["visitor", "device"]
    .flatMap((kind) =>
      [undefined, ...CUTS].map((first, place) => {
        const within = (row: string) => {
          const [from, to] = [first, CUTS[place]].map((cut) => cut && `'${cut}'`);
          return [`${row}.source_kind = '${kind}'`]
            .concat(
              from === undefined ? [] : `${row}.source_id >= ${from}`,
              to === undefined ? [] : `${row}.source_id < ${to}`,
            )
            .join(" AND ");
        };
        return `
      SELECT b.contact_id FROM (
        SELECT * FROM binding b WHERE ${within("b")} ORDER BY b.source_id OFFSET '0') b
      JOIN (
        SELECT e.source_id, e.occurred_at FROM event e WHERE ${within("e")} AND ${such} ORDER BY e.source_id OFFSET '0') e
      ON e.source_id = b.source_id AND ${IN_TIME}`;
      }),
    )
    .join(" UNION ALL ");
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

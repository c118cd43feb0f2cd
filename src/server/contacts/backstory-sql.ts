/** How long before they were known somebody's history begins. */
export const BACKSTORY_LENGTHS = ["none", "hour", "day", "week", "month", "longer"] as const;
export type BackstoryLength = (typeof BACKSTORY_LENGTHS)[number];

const named = (length: string): string => `CASE
    WHEN ${length} IS NULL THEN 'none' WHEN ${length} < interval '1 hour' THEN 'hour'
    WHEN ${length} < interval '1 day' THEN 'day' WHEN ${length} < interval '7 days' THEN 'week'
    WHEN ${length} < interval '30 days' THEN 'month' ELSE 'longer' END`;

/** Of the contact with this alias: from the first event of one of its sources until that source was named. */
export const backstoryOf = (contact: string): string => `(
  SELECT ${named("length")}
  FROM (
    SELECT max(b.bound_at - first.occurred_at) AS length
    FROM binding b CROSS JOIN LATERAL (
      SELECT e.occurred_at FROM event e
      WHERE e.source_kind = b.source_kind AND e.source_id = b.source_id AND e.attachable
        AND e.occurred_at >= b.valid_from AND e.occurred_at < least(b.bound_at, b.valid_to)
      ORDER BY e.occurred_at LIMIT 1
    ) first
    WHERE b.contact_id = ${contact}.contact_id
  ) backstory)`;

/**
 * The same for every contact with an event before it was named, as `contact_id` and `length`. Reading all events in a
 * row takes a fraction of what it takes to look into each month for each contact.
 */
export const EVERY_BACKSTORY = `
  SELECT b.contact_id, ${named("max(b.bound_at - e.occurred_at)")} AS length
  FROM binding b JOIN event e ON e.source_kind = b.source_kind AND e.source_id = b.source_id AND e.attachable
    AND e.occurred_at >= b.valid_from AND e.occurred_at < least(b.bound_at, b.valid_to)
  GROUP BY b.contact_id`;

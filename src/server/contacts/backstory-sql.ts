/** How long before they were known somebody's history begins. */
export const BACKSTORY_LENGTHS = ["none", "hour", "day", "week", "month", "longer"] as const;
export type BackstoryLength = (typeof BACKSTORY_LENGTHS)[number];

/** Of the contact with this alias: from the first event of one of its sources until that source was named. */
export const backstoryOf = (contact: string): string => `(
  SELECT CASE
    WHEN length IS NULL THEN 'none' WHEN length < interval '1 hour' THEN 'hour'
    WHEN length < interval '1 day' THEN 'day' WHEN length < interval '7 days' THEN 'week'
    WHEN length < interval '30 days' THEN 'month' ELSE 'longer' END
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

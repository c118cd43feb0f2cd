import type { Instant } from "../../contract/identifiers.ts";
import { timestamp, type Queryable } from "../db/database.ts";
import type { Sighting } from "./sightings.ts";

/** More would be a table that strangers fill. */
const ROWS = 1_000;

const ADD = `
  WITH seen AS (
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::timestamptz[], $6::timestamptz[])
      AS row (code, site_key, origin, times, first_at, last_at)),
  room AS (SELECT greatest(0, ${ROWS} - count(*)) AS rows FROM sighting),
  placed AS (
    SELECT seen.*, known.code IS NOT NULL
      OR row_number() OVER (PARTITION BY known.code IS NULL ORDER BY seen.code, seen.site_key, seen.origin)
        <= (SELECT rows FROM room) AS has_room
    FROM seen LEFT JOIN sighting known USING (code, site_key, origin))
  INSERT INTO sighting (code, site_key, origin, times, first_at, last_at)
  SELECT code, CASE WHEN has_room THEN site_key ELSE '' END AS key, CASE WHEN has_room THEN origin ELSE '' END AS page,
    sum(times), min(first_at), max(last_at)
  FROM placed GROUP BY code, key, page
  -- Two processes that write the same rows must take them in one order.
  ORDER BY code, key, page
  ON CONFLICT (code, site_key, origin) DO UPDATE SET
    times = sighting.times + excluded.times, last_at = greatest(sighting.last_at, excluded.last_at)`;

export async function addSightings(db: Queryable, sightings: readonly Sighting[]): Promise<void> {
  await db.query(ADD, [
    sightings.map(({ code }) => code),
    sightings.map(({ siteKey }) => siteKey),
    sightings.map(({ origin }) => origin),
    sightings.map(({ times }) => times),
    sightings.map(({ firstAt }) => timestamp(firstAt)),
    sightings.map(({ lastAt }) => timestamp(lastAt)),
  ]);
}

/** Newest first. */
export function listSightings(db: Queryable, since: Instant): Promise<Sighting[]> {
  return db.query<Sighting>(
    `SELECT code, site_key, origin, times, first_at, last_at FROM sighting WHERE last_at >= $1 ORDER BY last_at DESC`,
    [timestamp(since)],
  );
}

export async function removeOldSightings(db: Queryable, before: Instant): Promise<void> {
  await db.query("DELETE FROM sighting WHERE last_at < $1", [timestamp(before)]);
}

import type { Instant } from "../../contract/identifiers.ts";
import { timestamp, type Queryable } from "../db/database.ts";

const HOUR = 60 * 60_000;
const DAY = 24 * HOUR;
/** Longer between two looks at the clock is a leap of it, or a server that was off for as long: nobody can tell which. */
export const LEAP = 3 * DAY;
/** How long a clock has to go on after a leap until things are removed by it again. */
export const STRETCH = 3 * DAY;
/** How far our clock and the database's may be apart. */
export const APART = DAY;

export type ClockVerdict =
  | { readonly kind: "steady" }
  /** Too far from the database's clock: one of them is wrong. */
  | { readonly kind: "apart"; readonly database: Instant }
  | { readonly kind: "leapt"; readonly removingFrom: Instant };

// Whoever looks writes down what it saw, so that every process on one database compares with the same.
const LOOK = `
  INSERT INTO clock_watch AS watch (seen_at, steady_since) VALUES ($1, $1)
  ON CONFLICT (only_row) DO UPDATE SET
    seen_at = $1,
    steady_since = CASE
      WHEN abs(extract(epoch FROM $1 - watch.seen_at)) * 1000 > $2 THEN $1
      ELSE watch.steady_since END
  RETURNING steady_since, now() AS database`;

/**
 * Whether what is old by this clock may be removed for good. A clock that was set ahead makes everything old at once, and
 * nothing brings it back when the clock is put right. So after a leap, in either direction, a clock first has to go on for
 * a stretch, in which somebody notices or it turns out that the server was only off; likewise on a new database.
 */
export async function watchClock(db: Queryable, now: Instant): Promise<ClockVerdict> {
  const [seen] = await db.query<{ steadySince: Instant; database: Instant }>(LOOK, [timestamp(now), LEAP]);
  if (seen === undefined) throw new Error("The clock watch has no row.");
  if (Math.abs(seen.database - now) > APART) return { kind: "apart", database: seen.database };
  const removingFrom = seen.steadySince + STRETCH;
  return now < removingFrom ? { kind: "leapt", removingFrom } : { kind: "steady" };
}

/** When things will be removed for their age again, as far as the last look tells. Undefined: they are, or nobody has looked. */
export async function waitsUntil(db: Queryable): Promise<Instant | undefined> {
  const [row] = await db.query<{ until: Instant }>(
    "SELECT steady_since + make_interval(secs => $1) AS until FROM clock_watch WHERE steady_since > now() - make_interval(secs => $1)",
    [STRETCH / 1_000],
  );
  return row?.until;
}

import type { Instant } from "../../contract/identifiers.ts";
import { BACKSTORY_LENGTHS, backstoryOf, type BackstoryLength } from "../contacts/index.ts";
import { timestamp, type Queryable } from "../db/database.ts";

/** A busy day is not read from end to end for one bar. */
export const CHART_DAY_COUNTED_TO = 100_000;
/** Of so many new contacts it is looked up what came before; with more, fewer days are told. */
const NEWCOMERS = 20_000;
const DAYS = 28;

const DAY_LIST = `
  SELECT to_char(local, 'YYYY-MM-DD') AS day, local AT TIME ZONE $2 AS from_at, (local + interval '1 day') AT TIME ZONE $2 AS to_at
  FROM generate_series(date_trunc('day', $1::timestamptz AT TIME ZONE $2) - interval '${DAYS - 1} days',
    date_trunc('day', $1::timestamptz AT TIME ZONE $2), interval '1 day') AS local`;

const EVENTS = `
  SELECT day.*, counted.events FROM (${DAY_LIST}) day CROSS JOIN LATERAL (
    SELECT count(*) AS events FROM (
      SELECT FROM event WHERE occurred_at >= day.from_at AND occurred_at < day.to_at LIMIT ${CHART_DAY_COUNTED_TO + 1}
    ) some_events
  ) counted ORDER BY day.day`;

const NEWCOMERS_BY_DAY = `
  WITH day AS (${DAY_LIST}),
  newcomer AS (
    SELECT c.contact_id, c.created_at FROM contact c
    WHERE c.status = 'live' AND c.created_at >= (SELECT min(from_at) FROM day)
      AND c.created_at < (SELECT max(to_at) FROM day)
    ORDER BY c.created_at DESC LIMIT ${NEWCOMERS})
  SELECT day.day, kind AS length, count(*) AS contacts, min(newcomer.created_at) AS first_at
  FROM (SELECT newcomer.*, ${backstoryOf("newcomer")} AS kind FROM newcomer) newcomer
  JOIN day ON newcomer.created_at >= day.from_at AND newcomer.created_at < day.to_at
  GROUP BY day.day, kind`;

interface EventDay {
  readonly day: string;
  readonly fromAt: Instant;
  readonly toAt: Instant;
  readonly events: number;
}

interface NewcomerGroup {
  readonly day: string;
  readonly length: BackstoryLength;
  readonly contacts: number;
  readonly firstAt: Instant;
}

export interface ChartNumbers {
  readonly days: readonly (Omit<EventDay, "fromAt" | "toAt"> & {
    readonly from: Instant;
    readonly to: Instant;
    readonly newContacts: number;
    readonly withBackstory: number;
  })[];
  readonly lengths: readonly { readonly length: BackstoryLength; readonly contacts: number }[];
}

/** Four weeks up to now, by days of a time zone that PostgreSQL knows. */
export async function selectCharts(
  db: Queryable,
  { now, zone }: { readonly now: Instant; readonly zone: string },
): Promise<ChartNumbers> {
  const values = [timestamp(now), zone];
  const [days, groups] = await Promise.all([
    db.query<EventDay>(EVENTS, values),
    db.query<NewcomerGroup>(NEWCOMERS_BY_DAY, values),
  ]);
  const looked = sum(groups);
  // Broken off in the middle of a day: that one and those before are left out rather than told by half.
  const oldest = looked < NEWCOMERS ? -Infinity : Math.min(...groups.map(({ firstAt }) => firstAt));
  const whole = days.filter(({ fromAt }) => fromAt > oldest);
  const told = new Set(whole.map(({ day }) => day));
  const counted = groups.filter(({ day }) => told.has(day));
  return {
    days: whole.map(({ day, fromAt, toAt, events }) => {
      const ofDay = counted.filter((group) => group.day === day);
      const withBackstory = sum(ofDay.filter(({ length }) => length !== "none"));
      return { day, from: fromAt, to: toAt, events, newContacts: sum(ofDay), withBackstory };
    }),
    lengths: BACKSTORY_LENGTHS.map((length) => ({
      length,
      contacts: sum(counted.filter((group) => group.length === length)),
    })),
  };
}

const sum = (groups: readonly Pick<NewcomerGroup, "contacts">[]): number =>
  groups.reduce((all, { contacts }) => all + contacts, 0);

import type { Instant } from "../../contract/identifiers.ts";
import { BACKSTORY_LENGTHS, settleBackstories, type BackstoryLength } from "../contacts/index.ts";
import { timestamp, type Database } from "../db/database.ts";

/** A busy day is not read from end to end for one bar. */
export const CHART_DAY_COUNTED_TO = 100_000;
/** Of so many new contacts it is looked up what came before; with more, fewer days are told. */
const NEWCOMERS = 20_000;
const DAYS = 28;

const DAY_LIST = `
  SELECT to_char(local, 'YYYY-MM-DD') AS day, local AT TIME ZONE $2 AS from_at, (local + interval '1 day') AT TIME ZONE $2 AS to_at
  FROM generate_series(date_trunc('day', $1::timestamptz AT TIME ZONE $2) - interval '${DAYS - 1} days',
    date_trunc('day', $1::timestamptz AT TIME ZONE $2), interval '1 day') AS local`;

/** So many events in all are read in one go; with more, each day by itself and only as far as it is counted. */
const READ_AT_ONCE = 300_000;

const EVENTS_AT_ONCE = `
  WITH day AS MATERIALIZED (${DAY_LIST}),
  read AS MATERIALIZED (
    SELECT occurred_at FROM event
    WHERE occurred_at >= (SELECT min(from_at) FROM day) AND occurred_at < (SELECT max(to_at) FROM day)
    LIMIT ${READ_AT_ONCE + 1}),
  counted AS (
    SELECT width_bucket(occurred_at, ARRAY(SELECT from_at FROM day ORDER BY day)) AS place, count(*) AS events
    FROM read GROUP BY place)
  SELECT day.*, coalesce(counted.events, 0) AS events
  FROM (SELECT day.*, row_number() OVER (ORDER BY day.day) AS place FROM day) day LEFT JOIN counted USING (place)
  ORDER BY day.day`;

const EVENTS_DAY_BY_DAY = `
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
  FROM (
    SELECT newcomer.*, coalesce(told.length, 'none') AS kind FROM newcomer LEFT JOIN backstory told USING (contact_id)
  ) newcomer
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
  db: Database,
  { now, zone }: { readonly now: Instant; readonly zone: string },
): Promise<ChartNumbers> {
  await settleBackstories(db);
  const values = [timestamp(now), zone];
  const [days, groups] = await Promise.all([
    countEvents(db, values),
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

async function countEvents(db: Database, values: readonly unknown[]): Promise<EventDay[]> {
  const days = await db.query<EventDay>(EVENTS_AT_ONCE, values);
  const read = days.reduce((all, { events }) => all + events, 0);
  if (read > READ_AT_ONCE) return db.query<EventDay>(EVENTS_DAY_BY_DAY, values);
  return days.map((day) => ({ ...day, events: Math.min(day.events, CHART_DAY_COUNTED_TO + 1) }));
}

const sum = (groups: readonly Pick<NewcomerGroup, "contacts">[]): number =>
  groups.reduce((all, { contacts }) => all + contacts, 0);

import type { Queryable } from "../db/database.ts";

/** How far back suggestions look: enough to know what is usual, and cheap however many there are. */
const CONTACTS_LOOKED_AT = 10_000;
const EVENTS_LOOKED_AT = 20_000;
const MOST = 50;

// Never what tells one person from another: a list of ids or addresses is no suggestion.
const COLUMNS: Readonly<Record<string, string>> = {
  firstName: "first_name",
  lastName: "last_name",
  languageCode: "language_code",
  timeZone: "time_zone",
  countryCode: "country_code",
  region: "region",
  town: "town",
  postcode: "postcode",
};

/** Values of a field that contacts of late have, most common first. */
export async function suggestValues(db: Queryable, field: string): Promise<string[]> {
  if (field === "category") return suggestCategories(db);
  const number = /^fields\.(\d+)$/.exec(field)?.[1];
  const column = number === undefined ? COLUMNS[field] : "fields ->> $1";
  if (column === undefined) return [];
  const statement = `
    SELECT value FROM (
      SELECT ${column} AS value FROM contact WHERE status = 'live' ORDER BY contact_id DESC LIMIT ${CONTACTS_LOOKED_AT}
    ) AS recent
    WHERE btrim(value) <> '' AND length(value) <= 100 GROUP BY value ORDER BY count(*) DESC, value LIMIT ${MOST}`;
  const rows = await db.query<{ value: string }>(statement, number === undefined ? [] : [number]);
  return rows.map(({ value }) => value);
}

async function suggestCategories(db: Queryable): Promise<string[]> {
  const rows = await db.query<{ category: string }>(
    "SELECT category FROM contact_category GROUP BY category ORDER BY count(*) DESC, category LIMIT 50",
  );
  return rows.map(({ category }) => category);
}

const EVENT_NAMES = `
  SELECT name FROM (SELECT name FROM event ORDER BY event_id DESC, site_id DESC LIMIT ${EVENTS_LOOKED_AT}) AS recent
  WHERE name <> 'page' AND length(name) <= 100 GROUP BY name ORDER BY count(*) DESC, name LIMIT ${MOST}`;

/** Names of events of late, most common first, pages apart. */
export async function suggestEvents(db: Queryable): Promise<string[]> {
  const rows = await db.query<{ name: string }>(EVENT_NAMES);
  return rows.map(({ name }) => name);
}

/** The lists that a condition can ask for. */
export function listLists(db: Queryable): Promise<{ readonly id: number; readonly name: string }[]> {
  return db.query<{ id: number; name: string }>(
    "SELECT segment_id AS id, name FROM segment WHERE kind = 'list' ORDER BY lower(name), segment_id",
  );
}

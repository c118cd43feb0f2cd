import { beforeAll, expect, test } from "vitest";
import type { ContactCount, ContactPage } from "../../src/contract/admin/contacts.ts";
import type { Charts } from "../../src/contract/admin/charts.ts";
import { uuidv7 } from "../../src/server/lib/uuid.ts";
import { adminWorld, type AdminBrowser, type AdminWorld } from "../support/admin-world.ts";

// What the charts draw, and that each number is as long as the list that it leads to.

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
let world: AdminWorld;
let owner: AdminBrowser;
/** Noon in Kyiv, so that nothing here is near a midnight. */
let noon = 0;

beforeAll(async () => {
  world = await adminWorld();
  owner = await world.as("owner");
  const today = new Date(world.now());
  noon = Date.UTC(today.getUTCFullYear(), today.getUTCMonth(), today.getUTCDate(), 10) - 2 * DAY;
  await person({ createdAt: noon, histories: [] });
  await person({ createdAt: noon + HOUR, histories: [10 * 60_000] });
  await person({ createdAt: noon + 2 * HOUR, histories: [3 * HOUR, 40 * DAY] });
  await person({ createdAt: noon - DAY, histories: [5 * DAY] });
  await person({ createdAt: noon - 60 * DAY, histories: [HOUR] });
  await person({ createdAt: noon, histories: [HOUR], status: "deleted" });
});

let people = 0;
async function person({
  createdAt,
  histories,
  status = "live",
}: {
  createdAt: number;
  histories: number[];
  status?: string;
}) {
  const [row] = await world.db.query<{ contactId: number }>(
    `INSERT INTO contact (status, contact_source, created_at, updated_at) VALUES ($2, 'TRACKER', to_timestamp($1), to_timestamp($1))
     RETURNING contact_id`,
    [createdAt / 1000, status],
  );
  for (const length of histories) {
    const visitor = `visitor-of-person-${(people += 1)}`;
    await world.db.query(
      `INSERT INTO binding (source_kind, source_id, contact_id, bound_at, reason)
       VALUES ('visitor', $1, $2, to_timestamp($3), 'signup')`,
      [visitor, row?.contactId, createdAt / 1000],
    );
    for (const at of [createdAt - length, createdAt - 1_000, createdAt + 1_000]) {
      await world.db.query(
        `INSERT INTO event (event_id, site_id, source_kind, source_id, name, occurred_at, received_at, trust)
         VALUES ($1, 1, 'visitor', $2, 'page', to_timestamp($3), to_timestamp($3), 'browser')`,
        [uuidv7(at), visitor, at / 1000],
      );
    }
  }
}

async function charts(zone: string): Promise<Charts> {
  const answer = await owner.call("GET", `/overview/charts?zone=${encodeURIComponent(zone)}`);
  expect(answer.status).toBe(200);
  return answer.json() as Charts;
}

type Query = Record<string, string | number>;

async function asked(path: string, query: Query): Promise<unknown> {
  const search = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]));
  return (await owner.call("GET", `${path}?${search}`)).json();
}

const listed = async (query: Query) => (await asked("/contacts", query)) as ContactPage;
const counted = async (query: Query) => ((await asked("/contacts/count", query)) as ContactCount).total;

test("four weeks end today, without a gap or a day twice", async () => {
  const { days } = await charts("Europe/Kyiv");
  expect(days).toHaveLength(28);
  for (const [index, day] of days.entries()) if (index > 0) expect(day.from).toBe(days[index - 1]?.to);
  expect(days.at(-1)?.from).toBeLessThanOrEqual(world.now());
  expect(days.at(-1)?.to).toBeGreaterThan(world.now());
});

test("days are those of the reader, also where clocks are changed", async () => {
  for (const [zone, hour] of [
    ["UTC", 0],
    ["Asia/Kathmandu", 0],
    ["America/New_York", 0],
  ] as const)
    for (const { from, day } of (await charts(zone)).days) {
      const parts = new Intl.DateTimeFormat("en-CA", { timeZone: zone, dateStyle: "short", hour: undefined }).format(
        from,
      );
      expect(parts).toBe(day);
      expect(
        Number(new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", hourCycle: "h23" }).format(from)),
      ).toBe(hour);
    }
  const unknown = await owner.call("GET", "/overview/charts?zone=Nowhere/Land");
  expect([unknown.status, unknown.json()]).toMatchObject([400, { code: "unknown_zone" }]);
});

test("each day's numbers count live contacts created on it, and those whose history began earlier", async () => {
  const { days } = await charts("Europe/Kyiv");
  const told = days
    .filter(({ newContacts }) => newContacts > 0)
    .map(({ newContacts, withBackstory }) => [newContacts, withBackstory]);
  expect(told).toEqual([
    [1, 1],
    [3, 2],
  ]);
  const events = await world.db.query("SELECT 1 FROM event WHERE occurred_at >= to_timestamp($1)", [
    (days[0]?.from ?? 0) / 1000,
  ]);
  expect(days.reduce((sum, day) => sum + day.events, 0)).toBe(events.length);
});

test("a backstory is as long as the longest of its sources", async () => {
  expect((await charts("Europe/Kyiv")).lengths).toEqual([
    { length: "none", contacts: 1 },
    { length: "hour", contacts: 1 },
    { length: "day", contacts: 0 },
    { length: "week", contacts: 1 },
    { length: "month", contacts: 0 },
    { length: "longer", contacts: 1 },
  ]);
});

test("every number is as long as the list that it leads to", async () => {
  const { days, lengths } = await charts("Europe/Kyiv");
  for (const { from, to, newContacts, withBackstory } of days.slice(-5)) {
    expect(await counted({ createdFrom: from, createdTo: to })).toBe(newContacts);
    expect(await counted({ createdFrom: from, createdTo: to, backstory: "any" })).toBe(withBackstory);
  }
  const whole = { createdFrom: days[0]?.from ?? 0, createdTo: days.at(-1)?.to ?? 0 };
  for (const { length, contacts } of lengths) {
    const query = { ...whole, backstory: length };
    expect([length, await counted(query), (await listed(query)).contacts.length]).toEqual([length, contacts, contacts]);
  }
});

test("everybody with such a backstory is who is found by it within all of time, from either end and page after page", async () => {
  const [some] = (await listed({ backstory: "any" })).contacts;
  for (const backstory of ["any", "none", "hour", "day", "week", "month", "longer"]) {
    for (const more of [
      {},
      { order: "oldest" },
      { externalId: "empty" },
      { externalId: "set" },
      { after: some?.id ?? 0 },
    ]) {
      expect([backstory, more, await listed({ backstory, ...more })]).toEqual([
        backstory,
        more,
        await listed({ backstory, ...more, createdFrom: 0 }),
      ]);
    }
  }
});

test("conditions and a search hold together, page after page", async () => {
  await world.db.query(
    `INSERT INTO contact (first_name, contact_source, created_at, updated_at)
     SELECT 'Greta', 'TRACKER', to_timestamp($1), now() FROM generate_series(1, 30)`,
    [(noon + 3 * HOUR) / 1000],
  );
  const query = { q: "greta", createdFrom: noon + 3 * HOUR, createdTo: noon + 4 * HOUR };
  const first = await listed(query);
  expect([await counted(query), first.contacts.length]).toEqual([30, 25]);
  const rest = await listed({ ...query, after: first.next ?? "" });
  expect(rest.contacts).toHaveLength(5);
  expect(await counted({ ...query, createdFrom: noon + 4 * HOUR })).toBe(0);
  expect(await counted({ q: "greta", backstory: "any" })).toBe(0);
  expect((await owner.call("GET", "/contacts?backstory=always")).status).toBe(400);
});

import { beforeAll, expect, test } from "vitest";
import type { ConditionGroup, EventCondition } from "../../src/contract/segments.ts";
import { loadFields } from "../../src/server/segments/catalogue.ts";
import { compile } from "../../src/server/segments/condition-sql.ts";
import { findMeeting } from "../../src/server/segments/evaluate-store.ts";
import { testDatabase, type TestDatabase } from "../support/postgres.ts";
import { membersOf, type ModelContact, type ModelEvent, type ModelStretch, type ModelWorld } from "./model.ts";
import { storeWorld } from "./store-world.ts";
import { NOW } from "./worlds.ts";

// Sources that pass from one person to another, to nobody and back, with events on both sides of every boundary.

const DAY = 86_400_000;
/** Ann's until here, then Ben's; then nobody's; then Ann's again; then Ben's for no time at all, and Ann's on. */
const [TO_BEN, TO_NOBODY, BACK, NOTHING] = [NOW - 60 * DAY, NOW - 40 * DAY, NOW - 20 * DAY, NOW - 10 * DAY];
const MOMENTS = [TO_BEN - 1, TO_BEN, TO_NOBODY - 1, TO_NOBODY, BACK - 1, BACK, NOTHING];
const KINDS = ["visitor", "device"] as const;

interface Case {
  readonly number: number;
  readonly kind: (typeof KINDS)[number];
  readonly moments: readonly number[];
}

/** Every choice of those moments, for a browser and for a device. */
const CASES: readonly Case[] = KINDS.flatMap((kind, place) =>
  Array.from({ length: 2 ** MOMENTS.length }, (_, bits) => ({
    number: place * 2 ** MOMENTS.length + bits,
    kind,
    moments: MOMENTS.filter((_moment, at) => (bits >> at) % 2 === 1),
  })),
);

const annOf = ({ number }: Case) => 2 * number + 1;
const benOf = ({ number }: Case) => 2 * number + 2;
const sourceOf = ({ kind, number }: Case) => `${kind}-${number}`;

const contact = (id: number): ModelContact => ({
  id,
  status: "live",
  mergedInto: null,
  texts: { contactSource: "TEST" },
  createdAt: NOW,
  updatedAt: NOW,
  channels: [],
  devices: [],
  lists: [],
  categories: [],
});

function stretchesOf(one: Case): ModelStretch[] {
  const of = { kind: one.kind, source: sourceOf(one) };
  return [
    { ...of, contactId: annOf(one), from: -Infinity, to: TO_BEN },
    { ...of, contactId: benOf(one), from: TO_BEN, to: TO_NOBODY },
    { ...of, contactId: annOf(one), from: BACK, to: NOTHING },
    { ...of, contactId: benOf(one), from: NOTHING, to: NOTHING },
    { ...of, contactId: annOf(one), from: NOTHING, to: Infinity },
  ];
}

const eventsOf = (one: Case): ModelEvent[] =>
  one.moments.map((at) => ({
    kind: one.kind,
    source: sourceOf(one),
    name: "page",
    at,
    url: "https://shop.example/pricing",
    attachable: true,
  }));

const worldOf = (cases: readonly Case[]): ModelWorld => ({
  contacts: cases.flatMap((one) => [contact(annOf(one)), contact(benOf(one))]),
  stretches: cases.flatMap(stretchesOf),
  events: cases.flatMap(eventsOf),
});
const WORLD = worldOf(CASES);

const visited = (more: Partial<EventCondition>): ConditionGroup => ({
  kind: "all",
  of: [{ kind: "event", event: "page", operator: "atLeast", times: 1, ...more }],
});

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
  await storeWorld(db, WORLD);
});

test.each([
  { what: "visited any page at any time", tree: visited({}) },
  { what: "never visited any page", tree: visited({ operator: "lessThan" }) },
  ...[2, 3].map((times) => ({ what: `visited any page ${times} times`, tree: visited({ times }) })),
  { what: "visited a page with an address at any time", tree: visited({ address: "/pricing" }) },
  { what: "… at least twice", tree: visited({ address: "/pricing", times: 2 }) },
  { what: "… fewer than twice", tree: visited({ address: "/pricing", times: 2, operator: "lessThan" }) },
  ...[20, 40, 60].map((days) => ({ what: `visited any page in the last ${days} days`, tree: visited({ days }) })),
  { what: "never in the last 40 days", tree: visited({ days: 40, operator: "lessThan" }) },
])("$what: whoever had the source at that very moment, and nobody else", async ({ tree }) => {
  const compiled = compile(tree, { fields: await loadFields(db), now: NOW });
  const found = await findMeeting(db, compiled, { order: "newest", before: undefined, limit: WORLD.contacts.length });
  const expected = CASES.flatMap((one) => membersOf(tree, { world: worldOf([one]), now: NOW, fold: (text) => text }));
  expected.sort((a, b) => b - a);
  expect(found).toEqual({ ids: expected, total: expected.length });
  expect(expected.length).toBeGreaterThan(0);
  expect(expected.length).toBeLessThan(WORLD.contacts.length);
});

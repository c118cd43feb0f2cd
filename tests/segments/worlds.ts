import fc from "fast-check";
import type { Condition, ConditionGroup, EventCondition, FieldCondition } from "../../src/contract/segments.ts";
import type { ModelContact, ModelEvent, ModelStretch, ModelWorld } from "./model.ts";

// Small pools, so that meeting a condition is the rule and not the exception.

export const NOW = new Date(2026, 10, 25, 15, 30).getTime();
const DAY = 86_400_000;
const MIDNIGHT = new Date(2026, 10, 20).getTime();
const TIMES = [
  NOW,
  NOW - 1,
  NOW - DAY,
  NOW - 7 * DAY,
  NOW - 7 * DAY - 1,
  NOW - 30 * DAY,
  MIDNIGHT,
  MIDNIGHT - 1,
  MIDNIGHT + DAY - 1,
];
const DAYS = ["2026-11-19", "2026-11-20", "2026-11-21", "2026-11-25"];

/** Blanks of several kinds, letters that change their case in several ways, and what SQL takes for a pattern. */
export const TEXTS = [
  "Київ",
  "КИЇВ",
  "kyiv",
  "Zoé",
  "ZOÉ",
  "Straße",
  "İzmir",
  "ΣΊΣΥΦΟΣ",
  "100%",
  "a_b",
  "back\\slash",
  "'; --",
  "𝒜nna",
  "Їжак ",
];
const BLANKS = [null, "", "  ", "\t", "\u00a0", "\u2003\ufeff"];
export const WANTED = [
  ...TEXTS.map((text) => text.trim()),
  "ки",
  "Ї",
  "é",
  "ß",
  "ss",
  "%",
  "_",
  "\\",
  "σ",
  "ς",
  "i",
  "nna",
  "a",
  "їж",
  "b",
];
const SOURCES = ["TRACKER", "IMPORT", "SUBSCRIPTION"];
const EMAILS: readonly (readonly [string, string])[] = [
  ["anna@example.com", "Anna@Example.com"],
  ["ben@xn--mller-kva.example", "Ben@Müller.example"],
  ["олена@example.com", "олена@example.com"],
  ["a_b@shop.example", "a_b@shop.example"],
];
const PHONES = ["+380501234567", "+380671112233", "+4930123456"];
const STATUSES = ["unconfirmed", "confirmed", "unsubscribed", "bounced", "suppressed"];
export const LISTS = [1, 2];
const CATEGORIES = ["weekly", "daily"];
const VISITORS = ["visitor-a", "visitor-b", "visitor-c"];
const DEVICES = ["device-a", "device-b"];
const EVENTS = ["page", "Added to cart"];
const URLS = [null, "https://shop.example/pricing", "https://shop.example/Pricing?x=%", "https://shop.example/cart"];

const TEXT_FIELDS = [
  "firstName",
  "lastName",
  "languageCode",
  "timeZone",
  "region",
  "town",
  "address",
  "postcode",
  "countryCode",
];
const pick = <T>(values: readonly T[]) => fc.constantFrom(...values);
const some = <T>(values: readonly T[], maxLength: number) => fc.uniqueArray(pick(values), { maxLength });
const text = fc.oneof({ weight: 2, arbitrary: pick(BLANKS) }, { weight: 5, arbitrary: pick(TEXTS) });

const channel = fc.record({
  address: pick([
    ...EMAILS.map(([value, spelling]) => ({ type: "email" as const, value, spelling })),
    ...PHONES.map((value) => ({ type: "sms" as const, value, spelling: value.slice(3) })),
    ...(["mobilepush", "webpush", "viber"] as const).map((type) => ({ type, value: "token", spelling: "token" })),
  ]),
  status: pick(STATUSES),
  current: fc.boolean(),
});

const contact = fc.record({
  status: fc.oneof(
    { weight: 6, arbitrary: fc.constant("live" as const) },
    { weight: 2, arbitrary: pick(["deleted", "merged", "erased"] as const) },
  ),
  survivor: fc.nat(),
  texts: fc.record(Object.fromEntries([...TEXT_FIELDS, "externalCustomerId"].map((name) => [name, text]))),
  contactSource: pick(SOURCES),
  createdAt: pick(TIMES),
  updatedAt: pick(TIMES),
  channels: fc.uniqueArray(channel, { maxLength: 4, selector: ({ address }) => `${address.type} ${address.value}` }),
  device: fc.option(fc.constant(true)),
  lists: some(LISTS, 2),
  categories: some(CATEGORIES, 2),
});

const event = fc.record({
  source: fc.oneof(
    pick(VISITORS).map((id) => ({ kind: "visitor" as const, id })),
    pick(DEVICES).map((id) => ({ kind: "device" as const, id })),
    fc.nat().map((index) => ({ kind: "contact" as const, id: String(index) })),
  ),
  name: pick(EVENTS),
  at: pick(TIMES),
  url: pick(URLS),
  attachable: fc.oneof({ weight: 6, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
});

/** Who had each source, from when on: at the named times it passes to another contact, or to nobody. */
const owners = fc.record({
  first: fc.option(fc.nat()),
  passes: fc.uniqueArray(fc.record({ at: pick(TIMES), to: fc.option(fc.nat()) }), {
    maxLength: 3,
    selector: ({ at }) => at,
  }),
});

export const world: fc.Arbitrary<ModelWorld> = fc
  .record({
    contacts: fc.array(contact, { minLength: 1, maxLength: 12 }),
    owners: fc.array(owners, {
      minLength: VISITORS.length + DEVICES.length,
      maxLength: VISITORS.length + DEVICES.length,
    }),
    events: fc.array(event, { maxLength: 25 }),
  })
  .map((drawn) => {
    const contacts = drawn.contacts.map((_, index) => settled(drawn.contacts, index));
    return {
      contacts,
      stretches: stretchesOf(drawn.owners, contacts),
      events: drawn.events.map((one) => named(one, contacts)),
    };
  });

type Drawn = (typeof contact extends fc.Arbitrary<infer T> ? T : never) & object;

/** A contact as identity would leave it: merged ones lead to one that is there, and an external id has one holder. */
function settled(all: readonly Drawn[], index: number): ModelContact {
  const drawn = all[index];
  if (drawn === undefined) throw new Error("There is no such contact.");
  const there = all.flatMap(({ status }, place) => (status === "live" || status === "deleted" ? [place + 1] : []));
  const mergedInto = drawn.status === "merged" ? (there[drawn.survivor % Math.max(there.length, 1)] ?? null) : null;
  const status = drawn.status === "merged" && mergedInto === null ? "erased" : drawn.status;
  const external = drawn.texts["externalCustomerId"] ?? null;
  const isTaken = all.slice(0, index).some(({ texts }) => texts["externalCustomerId"] === external);
  return {
    id: index + 1,
    status,
    mergedInto,
    texts: { ...drawn.texts, externalCustomerId: isTaken ? null : external, contactSource: drawn.contactSource },
    createdAt: drawn.createdAt,
    updatedAt: drawn.updatedAt,
    channels: drawn.channels.map(({ address, ...rest }) => ({ ...address, ...rest })),
    devices: drawn.device === null ? [] : [`device of ${index + 1}`],
    lists: drawn.lists,
    categories: drawn.categories,
  };
}

type Owners = typeof owners extends fc.Arbitrary<infer T> ? T : never;

function stretchesOf(all: readonly Owners[], contacts: readonly ModelContact[]): ModelStretch[] {
  // A merged contact's stretches moved on, an erased one's are gone.
  const holders = contacts.filter(({ status }) => status === "live" || status === "deleted").map(({ id }) => id);
  const sources = [...VISITORS.map((id) => ["visitor", id] as const), ...DEVICES.map((id) => ["device", id] as const)];
  return sources.flatMap(([kind, source], index) => {
    const { first = null, passes = [] } = all[index] ?? {};
    const turns = [{ at: -Infinity, to: first }, ...[...passes].sort((a, b) => a.at - b.at)];
    return turns.flatMap(({ at, to }, turn) => {
      const contactId = to === null ? undefined : holders[to % Math.max(holders.length, 1)];
      const end = turns[turn + 1]?.at ?? Infinity;
      return contactId === undefined ? [] : [{ kind, source, contactId, from: at, to: end }];
    });
  });
}

function named(
  { source, ...rest }: typeof event extends fc.Arbitrary<infer T> ? T : never,
  contacts: readonly ModelContact[],
): ModelEvent {
  const id = source.kind === "contact" ? String((Number(source.id) % contacts.length) + 1) : source.id;
  return { ...rest, kind: source.kind, source: id };
}

const values = <T extends string | number>(pool: readonly T[], maxLength = 2) =>
  fc.uniqueArray(pick(pool), { minLength: 1, maxLength });
const asked = (
  fields: readonly string[],
  operators: readonly FieldCondition["operator"][],
  pool: readonly (string | number)[],
  most?: number,
) =>
  fc
    .record({ field: pick(fields), operator: pick(operators), values: values(pool, most) })
    .map((condition): FieldCondition => ({ kind: "field", ...condition }));
const TEXT_OPERATORS = ["is", "isNot", "contains", "containsNot", "startsWith", "endsWith"] as const;

const fieldCondition: fc.Arbitrary<FieldCondition> = fc.oneof(
  asked([...TEXT_FIELDS, "externalCustomerId"], TEXT_OPERATORS, WANTED),
  fc
    .record({
      field: pick([
        ...TEXT_FIELDS,
        "externalCustomerId",
        "email",
        "phone",
        "emailStatus",
        "device",
        "pushToken",
        "list",
        "category",
        "createdAt",
        "contactSource",
      ]),
      operator: pick(["empty", "notEmpty"] as const),
    })
    .map((condition): FieldCondition => ({ kind: "field", ...condition })),
  asked(["email"], TEXT_OPERATORS, [
    "ANNA@example.com",
    "ben@müller.example",
    "müller",
    "xn--",
    "@EXAMPLE.com",
    "a_b",
    "%",
    "ОЛЕНА",
    "an",
  ]),
  asked(["phone"], TEXT_OPERATORS, ["+38 050 123 45 67", "380501234567", "050", "380", "+49", "(67)", "567"]),
  asked(["emailStatus"], ["is", "isNot"], STATUSES),
  asked(["contactSource"], ["is", "isNot"], SOURCES),
  asked(["list"], ["is", "isNot"], LISTS),
  asked(["category"], ["is", "isNot"], CATEGORIES),
  asked(["createdAt", "updatedAt"], ["inLast", "beforeLast"], [1, 7, 30], 1),
  asked(["createdAt", "updatedAt"], ["on", "before", "after"], DAYS, 1),
);

const eventCondition: fc.Arbitrary<EventCondition> = fc
  .record({
    event: pick(EVENTS),
    address: fc.option(pick(["/pricing", "/Pricing", "%", "shop.example"]), { nil: undefined }),
    operator: pick(["atLeast", "lessThan"] as const),
    times: pick([1, 2, 3]),
    days: fc.option(pick([1, 7, 30]), { nil: undefined }),
  })
  .map(({ address, days, ...rest }) => ({
    kind: "event",
    ...rest,
    ...(address !== undefined && { address }),
    ...(days !== undefined && { days }),
  }));

const group = (part: fc.Arbitrary<Condition>): fc.Arbitrary<ConditionGroup> =>
  fc.record({ kind: pick(["all", "any", "none"] as const), of: fc.array(part, { minLength: 1, maxLength: 3 }) });
const single: fc.Arbitrary<Condition> = fc.oneof(
  { weight: 3, arbitrary: fieldCondition },
  { weight: 1, arbitrary: eventCondition },
);
const inner = group(fc.oneof({ weight: 3, arbitrary: single }, { weight: 1, arbitrary: group(single) }));

export const tree: fc.Arbitrary<ConditionGroup> = group(
  fc.oneof({ weight: 3, arbitrary: single }, { weight: 1, arbitrary: inner }),
);

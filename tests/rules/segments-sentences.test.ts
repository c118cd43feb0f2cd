import { describe, expect, test } from "vitest";
import type { Condition, ConditionGroup, FieldKind } from "../../src/contract/segments.ts";
import { BUILT_IN_FIELDS, OPERATORS, type SegmentField } from "../../src/server/segments/fields.ts";
import { sentenceOf, titleOf } from "../../src/server/segments/sentence.ts";

const list: SegmentField = {
  name: "list",
  kind: "member",
  label: { en: "lists", uk: "списки" },
  choices: [{ value: 3, label: { en: "VIP", uk: "VIP" } }],
};
const fields = new Map([...BUILT_IN_FIELDS, list].map((field) => [field.name, field]));

const group = (kind: ConditionGroup["kind"], ...of: Condition[]): ConditionGroup => ({ kind, of });
const field = (name: string, operator: string, ...values: (string | number)[]): Condition =>
  ({ kind: "field", field: name, operator, values }) as Condition;
const event = (more: object): Condition => ({ kind: "event", event: "page", operator: "atLeast", times: 1, ...more });

const SENTENCES: readonly (readonly [ConditionGroup, string, string])[] = [
  [
    group("all", field("externalCustomerId", "empty"), field("emailStatus", "is", "confirmed")),
    "Contacts where External ID is empty and email status is confirmed",
    "Контакти, де External ID не заповнено і статус email — «підтверджено»",
  ],
  [
    group("any", field("town", "is", "Київ", "Львів"), field("firstName", "startsWith", "An")),
    "Contacts where town is “Київ” or “Львів” or first name begins with “An”",
    "Контакти, де місто — «Київ» або «Львів» або ім’я починається з «An»",
  ],
  [
    group("none", field("device", "notEmpty"), field("list", "is", 3)),
    "Contacts where not (there is a device or lists include “VIP”)",
    "Контакти, де не (пристрій є або списки містять «VIP»)",
  ],
  [
    group(
      "all",
      group("any", field("email", "notEmpty"), field("phone", "notEmpty")),
      group("none", field("town", "empty")),
    ),
    "Contacts where (email is not empty or phone is not empty) and not (town is empty)",
    "Контакти, де (email заповнено або телефон заповнено) і не (місто не заповнено)",
  ],
  [
    group(
      "all",
      field("createdAt", "inLast", 1),
      field("updatedAt", "beforeLast", 30),
      field("createdAt", "after", "2026-11-25"),
    ),
    "Contacts where creation date is in the last 1 day and date of the last update is more than 30 days ago and creation date is after 25 Nov 2026",
    "Контакти, де дата створення — за останній 1 день і дата останнього оновлення — понад 30 днів тому і дата створення пізніше, ніж 25 лист. 2026 р.",
  ],
  [
    group("all", event({ address: "/pricing", times: 2, days: 7 })),
    "Contacts where a page with “/pricing” in its address was visited at least 2 times in the last 7 days",
    "Контакти, де сторінку з «/pricing» в адресі відвідано щонайменше 2 рази за останні 7 днів",
  ],
  [
    group("all", event({ operator: "lessThan" }), event({ event: "Paid", operator: "lessThan", times: 5, days: 21 })),
    "Contacts where a page was not visited and “Paid” happened fewer than 5 times in the last 21 days",
    "Контакти, де сторінку не відвідано і подія «Paid» сталася менше ніж 5 разів за останній 21 день",
  ],
  [
    group("all", field("list", "is", 99)),
    "Contacts where lists include something that is gone",
    "Контакти, де списки містять те, чого вже немає",
  ],
];

test.each(SENTENCES)("a tree reads as a sentence in both languages: %#", (tree, en, uk) => {
  expect(sentenceOf(tree, fields)).toEqual({ en, uk });
});

test("conditions that mean different things read differently", () => {
  const level: SegmentField = {
    name: "fields.7",
    kind: "choice",
    label: { en: "level", uk: "рівень" },
    choices: [{ value: "empty", label: { en: "empty", uk: "empty" } }],
  };
  const known = new Map([...fields, [level.name, level]]);
  const pairs = [
    [field("emailStatus", "is", "unconfirmed"), field("emailStatus", "isNot", "confirmed")],
    [field("fields.7", "is", "empty"), field("fields.7", "empty")],
  ] as const;
  for (const [one, other] of pairs) {
    const [first, second] = [one, other].map((condition) => sentenceOf(group("all", condition), known));
    expect(first?.en).not.toBe(second?.en);
    expect(first?.uk).not.toBe(second?.uk);
  }
});

test("a segment is called by its sentence without the beginning", () => {
  const tree = group("all", field("town", "contains", "ів"));
  expect(titleOf(tree, fields, "en")).toBe("Town contains “ів”");
  expect(titleOf(tree, fields, "uk")).toBe("Місто містить «ів»");
});

describe.each(Object.keys(OPERATORS) as FieldKind[])("for a field of kind %s", (kind) => {
  test.each(OPERATORS[kind])("%s makes a clause of its own in both languages", (operator) => {
    const asked = new Map([["x", { name: "x", kind, label: { en: "field", uk: "поле" } } as const]]);
    const isNumber = kind === "number" || ["inLast", "beforeLast", "inNext"].includes(operator);
    const values = isNumber ? [7] : ["2026-11-25"];
    const told = sentenceOf(group("all", field("x", operator, ...values)), asked);
    for (const sentence of Object.values(told)) {
      expect(sentence).not.toMatch(/[{}]|undefined|NaN/);
    }
    expect(told.en).not.toBe(told.uk);
  });
});

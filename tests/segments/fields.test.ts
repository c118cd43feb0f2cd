import { beforeAll, expect, test } from "vitest";
import type { FieldType, NewField } from "../../src/contract/fields.ts";
import type { FieldCondition } from "../../src/contract/segments.ts";
import { createField } from "../../src/server/fields/index.ts";
import { createSegment, segmentsThatAsk, tryCondition, type SegmentDeps } from "../../src/server/segments/index.ts";
import { bareContact } from "../support/history.ts";
import { testDatabase } from "../support/postgres.ts";

// Additional fields in conditions: who has which value, and who has none.

const NOW = new Date(2026, 10, 25, 12).getTime();
let deps: SegmentDeps;
const ids = new Map<FieldType, number>();
const VALUES = {
  text: ["Gold plan", "gold", "  ", null],
  number: [10, -2.5, 0, null],
  date: ["2026-11-25", "2026-11-18", "2026-12-02", null],
  boolean: [true, false, true, null],
  choice: ["S", "M", "S", null],
} as const;

beforeAll(async () => {
  const db = await testDatabase();
  deps = { db, clock: () => NOW };
  for (const type of Object.keys(VALUES) as FieldType[]) {
    const field: NewField = {
      key: `my_${type}`,
      name: `My ${type}`,
      type,
      ...(type === "choice" && { allowedValues: ["S", "M"] }),
    };
    const outcome = await createField(db, { ...field, now: NOW });
    if (outcome.kind !== "stored") throw new Error(JSON.stringify(outcome));
    ids.set(type, outcome.field.id);
  }
  for (let index = 0; index < 4; index += 1) {
    const id = await bareContact(db);
    const fields = Object.entries(VALUES).flatMap(([type, values]) =>
      values[index] === null ? [] : [[String(ids.get(type as FieldType)), values[index]]],
    );
    await db.query("UPDATE contact SET fields = $2 WHERE contact_id = $1", [
      id,
      JSON.stringify(Object.fromEntries(fields)),
    ]);
  }
});

type Case = readonly [FieldType, FieldCondition["operator"], readonly (string | number)[], readonly number[]];
const CASES: readonly Case[] = [
  ["text", "is", ["GOLD"], [2]],
  ["text", "contains", ["gold"], [2, 1]],
  ["text", "empty", [], [4, 3]],
  ["text", "isNot", ["gold"], [4, 3, 1]],
  ["number", "is", [10, 0], [3, 1]],
  ["number", "atLeast", [0], [3, 1]],
  ["number", "atMost", [-2.5], [2]],
  ["number", "empty", [], [4]],
  ["number", "isNot", [0], [4, 2, 1]],
  ["date", "on", ["2026-11-25"], [1]],
  ["date", "before", ["2026-11-25"], [2]],
  ["date", "after", ["2026-11-25"], [3]],
  ["date", "inLast", [7], [2, 1]],
  ["date", "beforeLast", [6], [2]],
  ["date", "inNext", [7], [3, 1]],
  ["date", "notEmpty", [], [3, 2, 1]],
  ["boolean", "yes", [], [3, 1]],
  ["boolean", "no", [], [2]],
  ["boolean", "empty", [], [4]],
  ["choice", "is", ["M"], [2]],
  ["choice", "isNot", ["S"], [4, 2]],
  ["choice", "notEmpty", [], [3, 2, 1]],
];

const conditionOn = (type: FieldType, operator: FieldCondition["operator"], values: readonly (string | number)[]) =>
  ({
    kind: "field",
    field: `fields.${ids.get(type) ?? 0}`,
    operator,
    ...(values.length > 0 && { values: [...values] }),
  }) as const;

test.each(CASES)("a field of type %s that %s %j finds %j", async (type, operator, values, expected) => {
  const outcome = await tryCondition(deps, { kind: "all", of: [conditionOn(type, operator, values)] });
  expect(outcome).toMatchObject({ kind: "tried", found: { ids: expected, total: expected.length } });
});

test("a segment that asks for a field is told to whoever would delete the field", async () => {
  const saved = await createSegment(deps, { condition: { kind: "all", of: [conditionOn("number", "atLeast", [5])] } });
  if (saved.kind !== "saved") throw new Error(JSON.stringify(saved));
  expect(await segmentsThatAsk(deps.db, (ids.get("number") ?? 0) as never)).toEqual([
    { kind: "segment", id: String(saved.id), name: "My number is at least 5", hinders: true },
  ]);
  expect(await segmentsThatAsk(deps.db, (ids.get("text") ?? 0) as never)).toEqual([]);
});

test("a value that a choice does not take is refused", async () => {
  const outcome = await tryCondition(deps, { kind: "all", of: [conditionOn("choice", "is", ["XL"])] });
  expect(outcome).toMatchObject({ kind: "refused", faults: [{ message: "My choice: “XL” is none of its values." }] });
});

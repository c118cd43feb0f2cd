import { expect, test } from "vitest";
import { readCondition } from "../../src/server/segments/check-rules.ts";
import { BUILT_IN_FIELDS } from "../../src/server/segments/fields.ts";

const fields = new Map(BUILT_IN_FIELDS.map((field) => [field.name, field]));
const messages = (...values: string[]) => {
  const condition = { kind: "field", field: "town", operator: "is", values };
  const reading = readCondition({ kind: "all", of: [condition] }, fields);
  return reading.kind === "refused" ? reading.faults.map(({ message }) => message) : [];
};

test("a value that is too long is told apart from too many values", () => {
  expect(messages("x".repeat(500))).toEqual([]);
  expect(messages("x".repeat(501))).toEqual(["A value has at most 500 characters; this one is longer."]);
  expect(messages(...Array.from({ length: 101 }, (_, n) => `town ${n}`))).toEqual([
    "A condition takes at most 100 values.",
  ]);
});

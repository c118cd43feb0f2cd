import { describe, expect, test } from "vitest";
import type { Field, FieldType } from "../../src/contract/fields.ts";
import type { FieldId } from "../../src/contract/identifiers.ts";
import { faultsOf, readFieldValue } from "../../src/server/fields/rules.ts";

const field = (type: FieldType, allowedValues?: string[]): Field => ({
  id: 7 as FieldId,
  key: "it",
  name: "It",
  type,
  ...(allowedValues && { allowedValues }),
});
/** The value, `undefined` for "leave alone", or the refusal's sentence in brackets. */
function read(type: FieldType, raw: unknown): unknown {
  const reading = readFieldValue(field(type, type === "choice" ? ["Gold", "Silver"] : undefined), raw);
  if (reading.kind === "blank") return undefined;
  return reading.kind === "value" ? reading.value : [reading.sentence];
}
const refused = [expect.stringContaining("(invalid_field)")];

describe("a value of an additional field", () => {
  test.each<[FieldType, unknown, unknown]>([
    ["text", " gold ", "gold"],
    ["text", 42, "42"],
    ["text", true, "true"],
    ["text", "two\nlines", "two\nlines"],
    ["number", "12.50", 12.5],
    ["number", -3, -3],
    ["number", "1e3", 1000],
    ["number", "-0", 0],
    ["date", "2000-02-29", "2000-02-29"],
    ["date", "2001-02-28T23:30:00+02:00", "2001-02-28"],
    ["date", "2001-02-28T23:30", "2001-02-28"],
    ["boolean", true, true],
    ["boolean", "FALSE", false],
    ["boolean", 1, true],
    ["boolean", "no", false],
    ["choice", " Gold", "Gold"],
  ])("that is a %s takes %j as %j", (type, raw, value) => expect(read(type, raw)).toBe(value));

  test.each<[FieldType, unknown]>([
    ["text", "x".repeat(4001)],
    ["text", "bell\u0007"],
    ["text", "\ud800"],
    ["text", { nested: 1 }],
    ["text", ["list"]],
    ["number", "12,5"],
    ["number", "twelve"],
    ["number", "9007199254740993"],
    ["number", "1e999"],
    ["number", "0x10"],
    ["number", true],
    ["date", "2001-02-29"],
    ["date", "28.02.2001"],
    ["date", "2001-13-01"],
    ["date", 20010228],
    ["boolean", "maybe"],
    ["boolean", 2],
    ["choice", "Bronze"],
    ["choice", "gold"],
    ["date", "0000-01-01"],
  ])("that is a %s refuses %j with a sentence", (type, raw) => expect(read(type, raw)).toEqual(refused));

  test("that is blank or null says nothing, whatever the type", () => {
    for (const type of ["text", "number", "date", "boolean", "choice"] as const)
      for (const raw of ["", "  ", null, undefined]) expect(read(type, raw)).toBeUndefined();
  });

  test("is refused with what the field takes", () => {
    expect(read("choice", "Bronze")).toEqual(["The additional field 'it' takes one of: Gold, Silver. (invalid_field)"]);
    expect(read("date", "soon")).toEqual(["The additional field 'it' takes a day like 2001-02-28. (invalid_field)"]);
  });
});

test("a field cannot take the key of something else, and only a choice has values to choose from", () => {
  expect(faultsOf({ key: "Email", type: "text" }).map((fault) => fault.field)).toEqual(["key"]);
  expect(faultsOf({ key: "tier", type: "choice" }).map((fault) => fault.field)).toEqual(["allowedValues"]);
  expect(faultsOf({ key: "tier", type: "text", allowedValues: ["a"] })).toHaveLength(1);
  expect(faultsOf({ key: "tier", type: "choice", allowedValues: ["a"] })).toEqual([]);
});

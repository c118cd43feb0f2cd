import { describe, expect, test } from "vitest";
import type { Field, FieldType } from "../../src/contract/fields.ts";
import type { FieldId } from "../../src/contract/identifiers.ts";
import { readWrittenValue, type DateOrder } from "../../src/server/fields/written-rules.ts";

// What stands in files, as people and spreadsheets write it.

const field = (type: FieldType): Field => ({
  id: 7 as FieldId,
  key: "it",
  name: "It",
  type,
  ...(type === "choice" && { allowedValues: ["Gold", "Silver", "mixed", "MIXED"] }),
});
const read = (type: FieldType, text: string, dates?: DateOrder) => readWrittenValue(field(type), text, dates);

describe("a day", () => {
  test.each([
    "2001-02-28",
    "28.02.2001",
    "28.2.2001",
    "2001/02/28",
    "2001-2-28",
    "2001.02.28",
    "2001-02-28 00:00:00",
    "2001-02-28T10:00:00.000Z",
    "28.02.2001 0:00",
    "28.02.2001, 13:45:10",
  ])("is read from %s", (text) => expect(read("date", text)).toBe("2001-02-28"));

  test.each([
    ["03/04/2001", "dayFirst", "2001-04-03"],
    ["03/04/2001", "monthFirst", "2001-03-04"],
    ["3/4/2001 12:00:00 AM", "monthFirst", "2001-03-04"],
    ["03-04-2001", "dayFirst", "2001-04-03"],
  ] as const)("%s is read as it was said: %s", (text, order, day) => expect(read("date", text, order)).toBe(day));

  test.each([
    "03/04/2001",
    "28/02/2001",
    "28.02.01",
    "30.02.2001",
    "2001-02-30",
    "20010228",
    "36950",
    "02.28.2001",
    "soon",
  ])("is not guessed from %s", (text) => expect(read("date", text)).toBeUndefined());
  test("that does not exist the other way round is not turned", () =>
    expect(read("date", "28/02/2001", "monthFirst")).toBeUndefined());
});

describe("a number", () => {
  test.each<[string, number]>([
    ["12.5", 12.5],
    ["12,5", 12.5],
    ["-12,50", -12.5],
    ["\u221212,5", -12.5],
    ["\u22123", -3],
    ["0,125", 0.125],
    ["1 234", 1234],
    ["1 234 567,5", 1234567.5],
    ["1\u00a0234,5", 1234.5],
    ["1\u202f234.5", 1234.5],
    ["1'234.50", 1234.5],
    ["1.234,5", 1234.5],
    ["1,234.5", 1234.5],
    ["1,234,567", 1234567],
    ["1.234.567,1", 1234567.1],
    ["1e5", 100000],
  ])("is read from %s", (text, value) => expect(read("number", text)).toBe(value));

  test.each([
    "1,234",
    "12,345",
    "1.234.567",
    "12 34",
    "1,2,3",
    "$5",
    "5%",
    "9007199254740993",
    "9 007 199 254 740 993",
    "-",
    ",",
  ])("is not guessed from %s", (text) => expect(read("number", text)).toBeUndefined());
});

test.each([
  ["Так", true],
  ["y", true],
  ["ІСТИНА", true],
  ["ИСТИНА", true],
  ["TRUE", true],
  ["ні", false],
  ["N", false],
  ["хибність", false],
  ["maybe", undefined],
  ["-", undefined],
])("yes or no in %s is %s", (text, value) => expect(read("boolean", text)).toBe(value));

test.each([
  ["Gold", "Gold"],
  ["GOLD", "Gold"],
  ["mixed", "mixed"],
  ["Mixed", undefined],
  ["Bronze", undefined],
])("the choice %s is %s", (text, value) => expect(read("choice", text)).toBe(value));

test("a text stays as it is", () => expect(read("text", " 1,5 ")).toBe("1,5"));

import { parse, type Program } from "sql-parser-cst";
import { describe, expect, test } from "vitest";
import { mergeScript, type Cleared, type Staged } from "../../src/server/exports/targets/bigquery/statements.ts";
import { shapesOf } from "../../src/server/exports/tables.ts";
import { ALL_TABLES } from "../support/export-world.ts";

// Every script that an export can send to BigQuery, read by a parser that knows its dialect: nothing here reaches the
// real one. https://cloud.google.com/bigquery/docs/reference/standard-sql/query-syntax

const FIELDS = [
  { id: 7, key: "shoe-size", type: "number" },
  { id: 8, key: "select", type: "text" },
] as const;

/** A project may have a domain; a dataset and a table have none of its signs. */
const PLACES = ["p-1234.backstory", "example.com:shop-1.Backstory_2"];

const read = (script: string): Program => parse(script, { dialect: "bigquery", paramTypes: ["@name"] });

interface Wanted {
  readonly place: string;
  readonly externalId: boolean;
  readonly tables: readonly (typeof ALL_TABLES)[number][];
  readonly removesRest: boolean;
  readonly isCleared: boolean;
  readonly removesContacts: boolean;
  readonly removesStretches: boolean;
}

const SETS = [[], ...ALL_TABLES.map((table) => [table]), ALL_TABLES];

/** Every choice of tables with every choice of what else is done. */
const CASES: readonly Wanted[] = SETS.flatMap((tables) =>
  Array.from({ length: 32 }, (_, bits) => {
    const [externalId, removesRest, isCleared, removesContacts, removesStretches] = [1, 2, 4, 8, 16].map(
      (bit) => (bits & bit) > 0,
    ) as [boolean, boolean, boolean, boolean, boolean];
    const place = PLACES[bits % PLACES.length] ?? "";
    return { place, tables, externalId, removesRest, isCleared, removesContacts, removesStretches };
  }),
);

function scriptOf(wanted: Wanted): string {
  const { place, tables, externalId, removesRest, isCleared, removesContacts, removesStretches } = wanted;
  const shapes = shapesOf({ tables, externalId, fields: FIELDS });
  const staged: Staged[] = shapes.map((shape) => ({
    shape,
    stage: `_backstory_stage_${shape.name}_0123456789abcdef0123456789abcdef`,
    removesRest: removesRest && shape.name !== "events",
  }));
  const cleared: Cleared[] = isCleared ? [{ table: "contacts", columns: ["field_shoe_size_7", "field_old_3"] }] : [];
  const at = (table: string) => `\`${place}.${table}\``;
  return mergeScript({ at, staged, cleared, removesContacts, removesStretches });
}

const SCRIPTS = [...new Set(CASES.map(scriptOf))];

test("every script is BigQuery's SQL, whatever tables, columns and removals are in it", () => {
  expect(SCRIPTS.length).toBeGreaterThan(100);
  for (const script of SCRIPTS) expect(() => read(script), script).not.toThrow();
});

test("variables are declared before all else, and rows change only within the one transaction", () => {
  for (const script of SCRIPTS) {
    const kinds = read(script)
      .statements.map(({ type }) => type)
      .filter((type) => type !== "empty");
    const first = kinds.findIndex((kind) => kind !== "declare_stmt");
    expect(kinds.slice(first)).not.toContain("declare_stmt");
    const [begin, end] = [kinds.indexOf("start_transaction_stmt"), kinds.indexOf("commit_transaction_stmt")];
    expect([begin, end]).not.toContain(-1);
    const changes = kinds.flatMap((kind, place) => (/^(?:merge|delete|update|insert)_stmt$/.test(kind) ? [place] : []));
    expect(changes.length).toBeGreaterThan(0);
    expect(changes.every((place) => place > begin && place < end)).toBe(true);
    expect(kinds.at(-1)).toBe("select_stmt");
  }
});

test("a script names the parameters that go with it, and no others", () => {
  const STATE = ["cluster", "comparedAt", "exportId", "snapshot", "tables"];
  for (const wanted of CASES) {
    const named = new Set([...scriptOf(wanted).matchAll(/(?<!@)@(\w+)/g)].map(([, name]) => name));
    const has = (...tables: string[]) => wanted.tables.some((table) => tables.includes(table));
    const contacts = wanted.removesContacts && has("contacts", "devices", "bindings") ? ["contactIds"] : [];
    const stretches = wanted.removesStretches && has("devices", "bindings", "events") ? ["stretches"] : [];
    expect([...named].sort()).toEqual([...STATE, ...contacts, ...stretches].sort());
  }
});

describe("the parser refuses what BigQuery would", () => {
  const script = scriptOf({
    place: "p-1234.backstory",
    tables: ALL_TABLES,
    ...{ externalId: true, removesRest: true, isCleared: true, removesContacts: true, removesStretches: true },
  });
  test.each([
    ["WHEN MATCHED", "WHEN MATCH"],
    ["IS DISTINCT FROM", "IS DISTINCT"],
    ["USING", ""],
    ["INT64 DEFAULT 0;", "INT64 DEFAULT;"],
    ["UPDATE SET", "UPDATE"],
    [") VALUES (", ") ("],
    ["IN UNNEST(@contactIds)", "IN UNNEST @contactIds"],
    ["BEGIN TRANSACTION;", "BEGIN TRANSACT;"],
    ["`p-1234.backstory.contacts` t", "`p-1234.backstory.contacts t"],
    ["SELECT AS STRUCT", "SELECT AS STRUCT,"],
  ])("“%s” that became “%s”", (right, wrong) => {
    expect(script).toContain(right);
    expect(() => read(script.replace(right, wrong))).toThrow();
  });
});

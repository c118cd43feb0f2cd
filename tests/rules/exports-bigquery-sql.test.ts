import { parse, type Program } from "sql-parser-cst";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  fieldsOf,
  mergeScript,
  STATE_FIELDS,
  STATE_TABLE,
  writeTables,
  type Cleared,
  type Staged,
} from "../../src/server/exports/targets/bigquery/statements.ts";
import { shapesOf } from "../../src/server/exports/tables.ts";
import { ALL_TABLES } from "../support/export-world.ts";
import { startAnalyser, whyNoAnalyser, type Analyser } from "../support/googlesql.ts";

// Every script that an export can send to BigQuery, read by a parser that knows its dialect: nothing here reaches the
// real one. https://cloud.google.com/bigquery/docs/reference/standard-sql/query-syntax

const FIELDS = [
  { id: 7, key: "shoe-size", type: "number" },
  { id: 8, key: "select", type: "text" },
  { id: 9, key: "born", type: "date" },
  { id: 10, key: "is-vip", type: "boolean" },
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

const stageOf = (table: string) => `_backstory_stage_${table}_0123456789abcdef0123456789abcdef`;

const at = (place: string) => (table: string) => `\`${place}.${table}\``;

function scriptOf(wanted: Wanted): string {
  const { place, tables, externalId, removesRest, isCleared, removesContacts, removesStretches } = wanted;
  const shapes = shapesOf({ tables, externalId, fields: FIELDS });
  const staged: Staged[] = shapes.map((shape) => ({
    shape,
    stage: stageOf(shape.name),
    removesRest: removesRest && shape.name !== "events",
  }));
  const cleared: Cleared[] = isCleared ? [{ table: "contacts", columns: ["field_shoe_size_7", "field_old_3"] }] : [];
  return mergeScript({ at: at(place), staged, cleared, removesContacts, removesStretches });
}

const SCRIPTS = [...new Set(CASES.map(scriptOf))];

test("every script is BigQuery's SQL, whatever tables, columns and removals are in it", () => {
  expect(SCRIPTS.length).toBeGreaterThan(100);
  for (const script of SCRIPTS) expect(() => read(script), script).not.toThrow();
});

test("what is noted of columns that somebody dropped is BigQuery's SQL", () => {
  for (const place of PLACES) expect(() => read(writeTables(at(place)))).not.toThrow();
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

const missing = whyNoAnalyser();
if (missing !== undefined) console.log(`Not read by Google's own analyser: ${missing}`);

describe.skipIf(missing !== undefined)("Google's own analyser", () => {
  let analyser: Analyser;
  beforeAll(async () => {
    const shapes = shapesOf({ tables: ALL_TABLES, externalId: true, fields: FIELDS });
    const tables = PLACES.flatMap((place) => [
      [`${place}.${STATE_TABLE}`, STATE_FIELDS] as const,
      ...shapes.flatMap((shape) => {
        const fields = fieldsOf(shape);
        const old = shape.name === "contacts" ? [{ name: "field_old_3", type: "STRING" }] : [];
        return [
          [`${place}.${shape.name}`, [...fields, ...old]] as const,
          [`${place}.${stageOf(shape.name)}`, fields] as const,
        ];
      }),
    ]);
    const counters = ALL_TABLES.flatMap((name) => [`written_${name}`, `removed_${name}`]);
    analyser = await startAnalyser({
      tables: new Map(tables),
      variables: {
        ...Object.fromEntries(counters.map((name) => [name, "INTEGER"])),
        ...{ earliest: "TIMESTAMP", latest: "TIMESTAMP" },
      },
      parameters: {
        ...{ exportId: "STRING", snapshot: "STRING", cluster: "STRING", tables: "STRING", comparedAt: "INTEGER" },
        contactIds: { many: "INTEGER" },
        stretches: { kind: "STRING", id: "STRING", validFrom: "TIMESTAMP", validTo: "TIMESTAMP" },
      },
    });
  });
  afterAll(() => analyser.close());

  /** Statements one by one. Declarations and assignments are of scripts: of the latter, what is assigned. */
  const statementsOf = (script: string): string[] =>
    script
      .split(/;\s*(?:\n|$)/)
      .filter((statement) => statement.trim() !== "" && !statement.startsWith("DECLARE"))
      .map((statement) => statement.replace(/^SET\s+(?:\([^)]*\)|\w+)\s*=/, "SELECT"));

  test("finds every name, type and function of every statement right", async () => {
    const statements = new Set([...SCRIPTS.flatMap(statementsOf), ...PLACES.map((place) => writeTables(at(place)))]);
    expect(statements.size).toBeGreaterThan(50);
    const faults: string[] = [];
    for (const statement of statements) {
      const fault = await analyser.faultOf(statement);
      if (fault !== undefined) faults.push(`${fault}: ${statement}`);
    }
    expect(faults).toEqual([]);
  });

  test.each([
    ["a column that there is not", "SELECT nobody FROM `p-1234.backstory.contacts`"],
    ["a number beside a text", "SELECT 1 FROM `p-1234.backstory.contacts` t WHERE t.`contactId` = t.`email`"],
    ["a number put into a text", "UPDATE `p-1234.backstory.contacts` t SET `email` = 7 WHERE TRUE"],
    ["an update of everything", "UPDATE `p-1234.backstory.contacts` t SET `email` = NULL"],
    ["a parameter of another type", "SELECT @contactIds = 'x'"],
  ])("refuses %s", async (_what, statement) => {
    expect(await analyser.faultOf(statement)).toBeDefined();
  });
});

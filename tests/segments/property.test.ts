import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import type { ContactId } from "../../src/contract/identifiers.ts";
import type { Condition } from "../../src/contract/segments.ts";
import { loadFields } from "../../src/server/segments/catalogue.ts";
import { readCondition } from "../../src/server/segments/check-rules.ts";
import { compile } from "../../src/server/segments/condition-sql.ts";
import { findMeeting, findVerdicts } from "../../src/server/segments/evaluate-store.ts";
import { testDatabase, type TestDatabase } from "../support/postgres.ts";
import { meets, membersOf, type Judge, type ModelWorld } from "./model.ts";
import { storeWorld } from "./store-world.ts";
import { NOW, TEXTS, tree, WANTED, world } from "./worlds.ts";

// More of them: PROPERTY_RUNS=500 npx vitest run tests/segments/property.test.ts
const RUNS = Number(process.env["PROPERTY_RUNS"] ?? 25);
const TREES = 12;

let db: TestDatabase;
let folded: ReadonlyMap<string, string>;
beforeAll(async () => {
  db = await testDatabase();
  const texts = [...TEXTS, ...WANTED, ...["ANNA@example.com", "ben@müller.example", "@EXAMPLE.com", "ОЛЕНА"]];
  const rows = await db.query<{ text: string; small: string }>(
    "SELECT text, lower(text) AS small FROM unnest($1::text[]) AS text",
    [texts],
  );
  folded = new Map(rows.map(({ text, small }) => [text, small]));
});

const judgeOf = (made: ModelWorld): Judge => ({
  world: made,
  now: NOW,
  // Where our pools have nothing unusual, JavaScript and PostgreSQL agree.
  fold: (text) => folded.get(text) ?? text.toLowerCase(),
});

test("the statement finds exactly whom an evaluator in memory finds, whatever the tree and the people", async () => {
  let found = 0;
  let asked = 0;
  await fc.assert(
    fc.asyncProperty(world, fc.array(tree, { minLength: TREES, maxLength: TREES }), async (made, trees) => {
      await storeWorld(db, made);
      const fields = await loadFields(db);
      const judge = judgeOf(made);
      for (const wanted of trees) {
        const reading = readCondition(wanted, fields);
        if (reading.kind === "refused") throw new Error(JSON.stringify(reading.faults));
        const compiled = compile(reading.condition, { fields, now: NOW });
        const answer = await findMeeting(db, compiled, { order: "newest", before: undefined, limit: 100 });
        const expected = membersOf(wanted, judge);
        expect(answer).toEqual({ ids: expected, total: expected.length });
        found += expected.length;
        asked += made.contacts.filter(({ status }) => status === "live").length;
      }
    }),
    { numRuns: RUNS },
  );
  // Neither everybody nor nobody: else the agreement would say nothing.
  expect(found / asked).toBeGreaterThan(0.15);
  expect(found / asked).toBeLessThan(0.85);
});

test("what is said of one contact, condition by condition, is what the evaluator in memory says", async () => {
  await fc.assert(
    fc.asyncProperty(world, fc.array(tree, { minLength: 4, maxLength: 4 }), async (made, trees) => {
      await storeWorld(db, made);
      const fields = await loadFields(db);
      const judge = judgeOf(made);
      for (const wanted of trees) {
        for (const contact of made.contacts.filter(({ status }) => status === "live").slice(0, 4)) {
          const contactId = contact.id as ContactId;
          const compiled = compile(wanted, { fields, now: NOW, contacts: [contactId] });
          const verdicts = await findVerdicts(db, compiled);
          expect(verdicts?.holds).toEqual(inOrder(wanted).map((part) => meets(contact, part, judge)));
        }
      }
    }),
    { numRuns: Math.ceil(RUNS / 3) },
  );
});

const inOrder = (condition: Condition): Condition[] => [
  condition,
  ...("of" in condition ? condition.of.flatMap(inOrder) : []),
];

test("capital and small letters are one, in every alphabet", () => {
  expect(folded.get("КИЇВ")).toBe("київ");
  expect(folded.get("ZOÉ")).toBe("zoé");
});

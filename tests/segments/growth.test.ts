import { beforeAll, expect, test } from "vitest";
import type { Condition, ConditionGroup, EventCondition, FieldCondition } from "../../src/contract/segments.ts";
import type { Database, Transaction } from "../../src/server/db/database.ts";
import { loadFields } from "../../src/server/segments/catalogue.ts";
import { compile } from "../../src/server/segments/condition-sql.ts";
import { findMeeting } from "../../src/server/segments/evaluate-store.ts";
import { testDatabase, type TestDatabase } from "../support/postgres.ts";

// How much is read as people become more. How long a million takes is measured by bench/segments.ts; here is shown
// why it does not take longer: every row is looked at once, and nothing is looked up for each person.

const FEW = 1_500;
const MANY = 4 * FEW;
const NOW = Date.UTC(2026, 10, 25, 12);

let few: TestDatabase;
let many: TestDatabase;
beforeAll(async () => {
  [few, many] = await Promise.all([peopled(FEW), peopled(MANY)]);
});

/** People with a browser each, half of which had visits; most have an External ID and an email, some a device or a list. */
async function peopled(count: number): Promise<TestDatabase> {
  const db = await testDatabase();
  const run = (statement: string) => db.query(statement, [count]);
  await run(`INSERT INTO contact (external_customer_id, first_name, town, contact_source, created_at, updated_at)
    SELECT CASE WHEN n % 10 > 0 THEN 'customer-' || n END, 'Name ' || n % 7, 'Town ' || n % 5, 'TEST',
      '2026-11-25'::timestamptz - n % 400 * interval '1 day', now() FROM generate_series(1, $1::int) n`);
  await run(`INSERT INTO channel (contact_id, type, value, spelling, status, source, created_at, updated_at)
    SELECT n, 'email', 'p' || n || '@shop.example', 'P' || n || '@shop.example',
      (ARRAY['confirmed', 'unconfirmed'])[1 + n % 2]::channel_status, 'TEST', now(), now() FROM generate_series(1, $1::int) n WHERE n % 10 <> 5`);
  await run(`INSERT INTO identifier (kind, value, contact_id, proof, since)
    SELECT 'device', 'device-' || n, n, 'server', now() FROM generate_series(1, $1::int, 4) n`);
  await run(`INSERT INTO binding (source_kind, source_id, contact_id, bound_at, reason)
    SELECT 'visitor'::source_kind, md5(n::text), n, now(), 'test' FROM generate_series(1, $1::int) n
    UNION ALL SELECT 'device', 'device-' || n, n, now(), 'test' FROM generate_series(1, $1::int, 4) n`);
  await db.query("INSERT INTO segment (name, created_at) VALUES ('Readers', now())");
  await run(`INSERT INTO segment_member (segment_id, contact_id, since)
    SELECT segment_id, n, now() FROM segment, generate_series(1, $1::int, 3) n`);
  await run(`INSERT INTO event (event_id, site_id, source_kind, source_id, name, occurred_at, received_at, url, trust)
    SELECT gen_random_uuid(), 1, 'visitor', md5((n * 2 % ($1 * 3))::text), 'page',
      '2026-11-25'::timestamptz - n % 365 * interval '1 day', now(), 'https://shop.example/' || n % 9, 'browser'
    FROM generate_series(1, $1::int * 5) n`);
  await db.query("VACUUM ANALYZE");
  return db;
}

const all = (...of: Condition[]): ConditionGroup => ({ kind: "all", of });
const field = (name: string, operator: FieldCondition["operator"], ...values: (string | number)[]): FieldCondition => ({
  kind: "field",
  field: name,
  operator,
  values,
});
const page = (more: Partial<EventCondition> = {}): EventCondition => ({
  kind: "event",
  event: "page",
  operator: "atLeast",
  times: 1,
  ...more,
});

const CASES: readonly (readonly [string, ConditionGroup])[] = [
  ["External ID is empty", all(field("externalCustomerId", "empty"))],
  ["town is", all(field("town", "is", "Town 3"))],
  ["first name contains", all(field("firstName", "contains", "3"))],
  ["created in the last days", all(field("createdAt", "inLast", 30))],
  ["email contains", all(field("email", "contains", "7@"))],
  ["email is empty", all(field("email", "empty"))],
  ["email status is", all(field("emailStatus", "is", "confirmed"))],
  ["there is a device", all(field("device", "notEmpty"))],
  ["lists include", all(field("list", "is", 1))],
  [
    "groups of any and none",
    all(
      { kind: "any", of: [field("externalCustomerId", "empty"), field("list", "is", 1), page({ times: 2 })] },
      { kind: "none", of: [field("device", "notEmpty"), field("emailStatus", "is", "unconfirmed")] },
    ),
  ],
  ["any page ever", all(page())],
  ["no page ever", all(page({ operator: "lessThan" }))],
  ["any page at least three times", all(page({ times: 3 }))],
  ["a page with an address ever", all(page({ address: "/3" }))],
  ["a page with an address twice in the last days", all(page({ address: "/shop", times: 2, days: 90 }))],
];

interface PlanNode {
  readonly "Node Type": string;
  readonly "Actual Rows": number;
  readonly "Actual Loops": number;
  readonly "Rows Removed by Filter"?: number;
  readonly "Rows Removed by Join Filter"?: number;
  readonly Plans?: readonly PlanNode[];
}

/** Rows that all steps of the plan have looked at, together. */
function handled({ Plans = [], ...node }: PlanNode): number {
  const removed = (node["Rows Removed by Filter"] ?? 0) + (node["Rows Removed by Join Filter"] ?? 0);
  const own = (node["Actual Rows"] + removed) * node["Actual Loops"];
  return Plans.reduce((sum, plan) => sum + handled(plan), own);
}

/** The rows that counting everybody and naming the first page has handled; and how many were found. */
async function workOf(db: Database, tree: ConditionGroup): Promise<{ readonly rows: number; readonly found: number }> {
  let rows = 0;
  const counting = (tx: Transaction): Transaction => ({
    ...tx,
    async query<Row extends object>(text: string, values?: readonly unknown[]): Promise<Row[]> {
      if (!text.includes("WITH met")) return tx.query<Row>(text, values);
      const [told] = await tx.query<{ "QUERY PLAN": [{ Plan: PlanNode }] }>(
        `EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) ${text}`,
        values,
      );
      if (told === undefined) throw new Error("PostgreSQL told no plan.");
      rows = handled(told["QUERY PLAN"][0].Plan);
      return tx.query<Row>(text, values);
    },
  });
  const watched: Database = {
    ...db,
    transaction: (work, planning) => db.transaction((tx) => work(counting(tx)), planning),
  };
  const compiled = compile(tree, { fields: await loadFields(db), now: NOW });
  const { total, ids } = await findMeeting(watched, compiled, { order: "newest", before: undefined, limit: 25 });
  expect(ids).toHaveLength(Math.min(total, 25));
  return { rows, found: total };
}

test.each(CASES)(
  "122: count and first page of “%s”: four times the people, four times the rows",
  async (_name, tree) => {
    const [small, large] = [await workOf(few, tree), await workOf(many, tree)];
    expect(small.found).toBeGreaterThan(0);
    expect(small.found).toBeLessThan(FEW);
    expect(large.found / small.found).toBeCloseTo(4, 0);
    expect(small.rows).toBeGreaterThan(FEW);
    // A lookup for each person or each pair would make it sixteen times as many, or more.
    expect(large.rows / small.rows).toBeLessThan(5);
  },
);

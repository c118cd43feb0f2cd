import type { Database } from "../src/server/db/database.ts";
import { compile } from "../src/server/segments/condition-sql.ts";
import { findMeeting } from "../src/server/segments/evaluate-store.ts";
import { BUILT_IN_FIELDS } from "../src/server/segments/fields.ts";
import { withDatabase } from "./database.ts";
import { line, measure } from "./measure.ts";
import { FIELDS, HAPPENED } from "./support/segments-cases.ts";
import { fill, NOW } from "./support/segments-data.ts";

// Count and first page of dynamic segments: `npx tsx bench/segments.ts`.

const CONTACTS = Number(process.env["CONTACTS"] ?? 1_000_000);
const EVENTS = Number(process.env["EVENTS"] ?? 5_000_000);
const RUNS = 5;

await withDatabase(async (db) => {
  const started = performance.now();
  await fill(db, { contacts: CONTACTS, events: EVENTS });
  console.log(`${CONTACTS} contacts, ${EVENTS} events in ${((performance.now() - started) / 1000).toFixed(0)} s\n`);
  const fields = new Map(BUILT_IN_FIELDS.map((one) => [one.name, one]));
  const floor = await measure(RUNS, () => db.query("SELECT count(*) FROM contact WHERE status = 'live'"));
  console.log(line("floor: counting live contacts", floor));
  for (const [name, tree] of [...FIELDS, ...HAPPENED]) {
    let total = 0;
    const times = await measure(RUNS, async () => {
      ({ total } = await findMeeting(db, compile(tree, { fields, now: NOW }), {
        order: "newest",
        before: undefined,
        limit: 25,
      }));
    });
    console.log(`${line(name, times, floor)}   ${total} found`);
    if (process.env["EXPLAIN"] !== undefined) await explain(db, compile(tree, { fields, now: NOW }));
  }
});

async function explain(db: Database, { from, where, parameters }: ReturnType<typeof compile>): Promise<void> {
  const text = `EXPLAIN (ANALYZE, BUFFERS OFF) SELECT c.contact_id FROM ${from} WHERE ${where}`;
  const rows = await db.transaction(async (tx) => {
    await tx.query("SELECT set_config('work_mem', '64MB', true), set_config('jit', 'off', true)");
    return tx.query<Record<string, string>>(text, parameters.values);
  });
  console.log(rows.map((row) => Object.values(row)[0]).join("\n"));
}

import { compile } from "../src/server/segments/condition-sql.ts";
import { findMeeting } from "../src/server/segments/evaluate-store.ts";
import { BUILT_IN_FIELDS } from "../src/server/segments/fields.ts";
import { withDatabase } from "./database.ts";
import { line, measure } from "./measure.ts";
import { databaseCpu } from "./support/database-cpu.ts";
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
  const cpu = await databaseCpu(db);
  const floor = await measure(RUNS, () => db.query("SELECT count(*) FROM contact WHERE status = 'live'"));
  console.log(line("floor: counting live contacts", floor));
  for (const [name, tree] of [...FIELDS, ...HAPPENED]) {
    let total = 0;
    const before = cpu();
    const times = await measure(RUNS, async () => {
      const compiled = compile(tree, { fields, now: NOW });
      ({ total } = await findMeeting(db, compiled, { order: "newest", before: undefined, limit: 25 }));
    });
    const used = ((cpu() - before) / RUNS).toFixed(0);
    console.log(`${line(name, times, floor)}   CPU ${used} ms   ${total} found`);
  }
});

// The long form of fuzz.test.ts: npx tsx tests/identity/fuzz-long.ts [operations a seed] [seeds] [first seed]
import { fuzz } from "./fuzz.ts";
import { withOwnDatabase } from "./own-database.ts";

const [operations = 8_000, seeds = 5, first = 1] = process.argv.slice(2).map(Number);
const CONNECTIONS = 16;
const EMPTY = `TRUNCATE site, event, contact, identifier, channel, do_not_merge, identity_message, pending_claim, shared_source, identity_audit, erased_source,
  erased_identifier, erasure, erasure_work, used_token CASCADE`;

let violations = 0;
await withOwnDatabase(CONNECTIONS, async (db) => {
  for (let seed = first; seed < first + seeds; seed += 1) {
    await db.query(EMPTY);
    const started = performance.now();
    const report = await fuzz({ db, seed, operations, connections: CONNECTIONS, gentle: seed % 2 === 0 });
    violations += report.violations.length + report.errors.length;
    console.log(`${((performance.now() - started) / 1000).toFixed(1)} s`, JSON.stringify(report).slice(0, 2_000));
  }
});
console.log(`${operations * seeds} operations, ${violations} violations and errors`);
process.exitCode = violations === 0 ? 0 : 1;

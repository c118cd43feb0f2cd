import { expect, test } from "vitest";
import { openDatabase } from "../../src/server/db/database.ts";
import { testDatabase } from "../support/postgres.ts";
import { fuzz } from "./fuzz.ts";

// The long form: npx tsx tests/identity/fuzz-long.ts
const OPERATIONS = Number(process.env["FUZZ_OPERATIONS"] ?? 800);

for (const [seed, gentle] of [
  [1, false],
  [2, true],
] as const) {
  test(`sixteen connections at once on few identifiers break nothing (seed ${seed}${gentle ? ", audit replayed" : ""})`, async () => {
    const { connection } = await testDatabase();
    const db = openDatabase({ ...connection, max: 16 });
    try {
      const report = await fuzz({ db, seed, operations: OPERATIONS, connections: 16, gentle });
      expect(report).toMatchObject({ errors: [], violations: [] });
      // Sorted locks: waiting in a circle is the rare exception. Unsorted, there is one in seventy operations.
      expect(report.deadlocks).toBeLessThan(5);
    } finally {
      await db.close();
    }
  });
}

import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ImportSettings } from "../../src/contract/imports.ts";
import type { Database } from "../../src/server/db/database.ts";
import { resolveIdentity, retried } from "../../src/server/identity/index.ts";
import { applyBatch } from "../../src/server/imports/apply-batch.ts";
import { createImports, createImportWorker, importFile } from "../../src/server/imports/index.ts";
import { DEFAULT_SETTINGS } from "../../src/server/imports/mapping-rules.ts";
import { planRows, readRow } from "../../src/server/imports/read-row.ts";
import { createLog } from "../../src/server/lib/log.ts";
import { checkInvariants } from "../identity/invariants.ts";
import { testDatabase, type TestDatabase } from "../support/postgres.ts";
import { COLUMNS, FIELDS, NAMES, row, settings, snapshot } from "./people.ts";

// While one batch is written, the next one is looked up. Batches are small here, so that a short file has many of them.

const RUNS = Number(process.env["IMPORT_EQUAL_RUNS"] ?? 12);
const BATCH_ROWS = 2;
const secretKey = "a secret that only the tests know, 32+ bytes";

let overlapped: TestDatabase;
let apart: TestDatabase;
beforeAll(async () => {
  [overlapped, apart] = [await testDatabase(), await testDatabase()];
});
afterAll(async () => {
  expect(await checkInvariants(overlapped)).toEqual([]);
});

test("two batches at a time leave the same contacts, and count the same, as row after row", async () => {
  let at = Date.parse("2026-01-01T00:00:00Z");
  const property = fc.asyncProperty(fc.array(row, { minLength: 9, maxLength: 60 }), settings, async (rows, said) => {
    const chosen = { ...said, replaceExternalIds: said.replaceExternalIds && said.key !== "externalCustomerId" };
    at += 60_000;
    const done = await bring(overlapped, { rows, settings: chosen, at });
    expect(counted(done.counts)).toEqual(await bringRowByRow(apart, { rows, settings: chosen, at, ...done }));
    expect(await snapshot(overlapped)).toEqual(await snapshot(apart));
  });
  await fc.assert(property, { numRuns: RUNS, endOnFailure: true });
});

test("a value that no lock stands for, on both sides of the border between two batches, is one contact", async () => {
  const db = await testDatabase();
  // Two rows a batch, and each name stands in the last row of one and in the first of the next.
  const rows = Array.from({ length: 61 }, (_, n) => [
    n % 2 === 1 ? `V${n}` : "",
    n % 2 === 0 ? `v${n}@mail.example` : "",
    "",
    `Name ${Math.floor((n + 1) / 2)}`,
    "",
  ]);
  const { counts } = await bring(db, {
    rows,
    settings: { ...PLAIN, key: "firstName" },
    at: Date.parse("2026-02-01T00:00:00Z"),
  });
  expect(counted(counts)).toEqual({ created: 31, updated: 30 });
  expect(await checkInvariants(db)).toEqual([]);
});

test("a row that the database refuses is found among batches that are under way, and is the only one that fails", async () => {
  const db = await testDatabase();
  await db.query(`
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not here' USING ERRCODE = '23514'; END $$`);
  await db.query(
    "CREATE TRIGGER refuse BEFORE INSERT ON contact FOR EACH ROW WHEN (new.town = 'Atlantis') EXECUTE FUNCTION refuse()",
  );
  const rows = Array.from({ length: 41 }, (_, n) => [`R${n}`, "", "", "Ann", n % 9 === 5 ? "Atlantis" : "Kyiv"]);
  const { counts } = await bring(db, { rows, settings: PLAIN, at: Date.parse("2026-02-01T00:00:00Z") });
  expect(counted(counts)).toEqual({ created: 37, failed: 4 });
  const [{ live } = { live: 0 }] = await db.query<{ live: number }>("SELECT count(*) AS live FROM contact");
  expect(live).toBe(37);
  expect(await checkInvariants(db)).toEqual([]);
});

test("a file and sixteen others at the same people: it ends, nobody is doubled, and every row is counted", async () => {
  const db = await testDatabase();
  const at = Date.parse("2026-03-01T00:00:00Z");
  const rows = Array.from({ length: 400 }, (_, n) => [
    `C${n % 150}`,
    n % 3 === 0 ? `c${n % 90}@mail.example` : "",
    "",
    `Ann ${n}`,
    "",
  ]);
  let ended = false;
  const others = Array.from({ length: 16 }, async (_, who) => {
    for (let n = who; !ended; n += 16)
      await resolveIdentity(
        { secretKey, db },
        {
          trust: "server",
          verb: "upsert",
          externalCustomerId: `C${(n * 7) % 150}`,
          email: `c${(n * 11) % 90}@mail.example`,
          moment: at,
          receivedAt: at,
          contactSource: "API",
          cause: { actor: "key:test", requestId: `other-${n}` },
        },
      );
  });
  const { counts } = await bring(db, { rows, settings: PLAIN, at });
  ended = true;
  await Promise.all(others);
  expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBe(400);
  expect(counts["failed"]).toBe(0);
  expect(await checkInvariants(db)).toEqual([]);
  const doubled = await db.query(`
    SELECT external_customer_id FROM contact WHERE status = 'live' GROUP BY external_customer_id HAVING count(*) > 1`);
  expect(doubled).toEqual([]);
});

/** Everybody is named in one row only; every third is known already, and every seventh row says nothing new. */
const APART = Array.from({ length: 41 }, (_, n) => [
  `A${n}`,
  `a${n}@mail.example`,
  "",
  n % 3 === 0 && n % 7 !== 0 ? "Renamed" : "Ann",
  n % 10 === 9 ? "x".repeat(300) : "Kyiv",
]);

test("a check, several batches at a time, foretells what the run does, and writes nothing", async () => {
  const db = await testDatabase();
  const at = Date.parse("2026-02-01T00:00:00Z");
  const known = APART.filter((_, n) => n % 3 === 0).map(([external, email]) => [
    external ?? "",
    email ?? "",
    "",
    "Ann",
    "Kyiv",
  ]);
  await bring(db, { rows: known, settings: PLAIN, at });
  const before = await snapshot(db);
  const checked = await bring(db, { rows: APART, settings: PLAIN, at: at + 1, purpose: "check" });
  expect(await snapshot(db)).toEqual(before);
  const run = await bring(db, { rows: APART, settings: PLAIN, at: at + 1 });
  expect(counted(checked.counts)).toEqual(counted(run.counts));
  expect(counted(run.counts)).toEqual({ created: 25, updated: 10, unchanged: 2, failed: 4 });
});

test("a check foretells what the run does with whoever stands in the file, however often", async () => {
  const property = fc.asyncProperty(fc.array(row, { minLength: 5, maxLength: 40 }), settings, async (rows, said) => {
    const chosen = { ...said, replaceExternalIds: said.replaceExternalIds && said.key !== "externalCustomerId" };
    const db = await testDatabase();
    let at = Date.parse("2026-02-01T00:00:00Z");
    const clock = () => (at += 1);
    const checked = await bring(db, { rows, settings: chosen, at, clock, purpose: "check" });
    const run = await bring(db, { rows, settings: chosen, at, clock });
    expect(counted(checked.counts)).toEqual(counted(run.counts));
  });
  await fc.assert(property, { numRuns: RUNS, endOnFailure: true });
});

test("a check of which two batches fail at once begins anew", async () => {
  const db = await testDatabase();
  let batches = 0;
  const failing: Database = {
    ...db,
    transaction: (work, planning) => {
      if (planning === "in bulk") batches += 1;
      const fails = planning === "in bulk" && (batches === 3 || batches === 4);
      return fails ? Promise.reject(new Error("The connection is gone.")) : db.transaction(work, planning);
    },
  };
  const at = Date.parse("2026-02-01T00:00:00Z");
  const checked = await bring(failing, { rows: APART, settings: PLAIN, at, purpose: "check" });
  expect(counted(checked.counts)).toEqual({ created: 37, failed: 4 });
});

const PLAIN: ImportSettings = { ...DEFAULT_SETTINGS, columns: COLUMNS, key: "externalCustomerId" };

interface Bringing {
  readonly rows: readonly (readonly string[])[];
  readonly settings: ImportSettings;
  readonly at: number;
  /** Absent: it is `at` all the time. */
  readonly clock?: () => number;
  readonly purpose?: "check" | "run";
}

async function bring(db: Database, { rows, settings: chosen, at, clock = () => at, purpose = "run" }: Bringing) {
  const deps = {
    db,
    secretKey,
    clock,
    log: createLog("silent"),
    listFields: () => Promise.resolve(FIELDS),
    batchRows: BATCH_ROWS,
  };
  const worker = createImportWorker(deps);
  worker.start();
  const text = [NAMES, ...rows].map((cells) => cells.join(",")).join("\n");
  const done = await importFile(createImports(deps, worker), {
    fileName: "people.csv",
    bytes: single(Buffer.from(text)),
    actor: "admin:ann",
    purpose,
    format: { hasHeader: true, delimiter: ",", encoding: "utf-8" },
    settings: chosen,
  });
  await worker.close();
  if (done.kind !== "imported") throw new Error(JSON.stringify(done));
  return done;
}

async function* single(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield Promise.resolve(bytes);
}

/** The same batches, one after the other, each row through the full resolver. */
async function bringRowByRow(
  db: Database,
  { rows, settings: chosen, at, importId }: Bringing & { readonly importId: number },
): Promise<Record<string, number>> {
  const plan = planRows(chosen, NAMES, FIELDS);
  const cause = { actor: "admin:ann", requestId: `import:${importId}` };
  const batch = { secretKey, settings: chosen, plan, cause, segment: undefined, now: at, how: "plain" } as const;
  const counts: Record<string, number> = {};
  for (let from = 0; from < rows.length; from += BATCH_ROWS) {
    const readings = rows
      .slice(from, from + BATCH_ROWS)
      .map((cells, n) => readRow({ line: from + n + 2, cells }, plan));
    const intents = readings.flatMap((reading) => (reading.kind === "intent" ? [reading.intent] : []));
    const outcomes = await retried(db, (tx) => applyBatch(tx, { intents, purpose: "write" }, batch), "in bulk");
    for (const { result } of outcomes) counts[result] = (counts[result] ?? 0) + 1;
    const faults = readings.length - intents.length;
    if (faults > 0) counts["failed"] = (counts["failed"] ?? 0) + faults;
  }
  return counts;
}

const counted = (counts: object): Record<string, number> =>
  Object.fromEntries(Object.entries(counts as Record<string, number>).filter(([, count]) => count > 0));

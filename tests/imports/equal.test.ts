import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ImportSettings } from "../../src/contract/imports.ts";
import type { ContactId } from "../../src/contract/identifiers.ts";
import type { Database } from "../../src/server/db/database.ts";
import { deleteContact, eraseContact, resolveIdentity, retried } from "../../src/server/identity/index.ts";
import { applyBatch } from "../../src/server/imports/apply-batch.ts";
import { planRows, readRow } from "../../src/server/imports/read-row.ts";
import { checkInvariants } from "../identity/invariants.ts";
import { testDatabase, type TestDatabase } from "../support/postgres.ts";
import { FIELDS, NAMES, row, settings, snapshot } from "./people.ts";

// Two databases with one history: in one the rows go as sets, in the other each goes through the full resolver.

const RUNS = Number(process.env["IMPORT_EQUAL_RUNS"] ?? 30);
const deps = { secretKey: "a secret that only the tests know, 32+ bytes" };
let sets: TestDatabase;
let plain: TestDatabase;
beforeAll(async () => {
  [sets, plain] = [await testDatabase(), await testDatabase()];
});
afterAll(async () => {
  expect(await checkInvariants(sets)).toEqual([]);
});

/** What happens to one of the people between two files. */
const event = fc.record({
  what: fc.constantFrom("none", "none", "delete", "erase", "suppress", "unconfirm", "wait"),
  n: fc.nat(5),
});

test("rows as sets leave the same contacts, and say the same, as row after row", async () => {
  let at = Date.parse("2026-01-01T00:00:00Z");
  const property = fc.asyncProperty(
    fc.array(row, { minLength: 1, maxLength: 25 }),
    settings,
    event,
    async (rows, said, between) => {
      const chosen = { ...said, replaceExternalIds: said.replaceExternalIds && said.key !== "externalCustomerId" };
      at += 60_000;
      await happen(sets, between, at);
      await happen(plain, between, at);
      const one = await bring(sets, { rows, settings: chosen, how: "sets", at });
      const other = await bring(plain, { rows, settings: chosen, how: "plain", at });
      expect(one).toEqual(other);
      expect(await snapshot(sets)).toEqual(await snapshot(plain));
    },
  );
  await fc.assert(property, { numRuns: RUNS, endOnFailure: true });
});

interface Bringing {
  readonly rows: readonly (readonly string[])[];
  readonly settings: ImportSettings;
  readonly how: "sets" | "plain";
  readonly at: number;
}

async function bring(db: Database, { rows, settings: chosen, how, at }: Bringing) {
  const plan = planRows(chosen, NAMES, FIELDS);
  const readings = rows.map((cells, n) => readRow({ line: n + 1, cells }, plan));
  const intents = readings.flatMap((reading) => (reading.kind === "intent" ? [reading.intent] : []));
  const cause = { actor: "admin:ann", requestId: "import:1" };
  const batch = { ...deps, settings: chosen, plan, cause, segment: undefined, now: at, how };
  const outcomes = await retried(db, (tx) => applyBatch(tx, { intents, purpose: "write" }, batch), "in bulk");
  return outcomes.map(({ row: { line }, result, fault }) => `${line} ${result} ${fault?.code ?? ""}`);
}

async function happen(db: Database, { what, n }: { readonly what: string; readonly n: number }, at: number) {
  const [found] = await db.query<{ contactId: ContactId }>(
    "SELECT contact_id FROM identifier WHERE kind IN ('external', 'email') ORDER BY kind, value OFFSET $1 LIMIT 1",
    [n],
  );
  const cause = { actor: "admin:ann", requestId: "between" };
  if (what === "wait") await claim(db, n, at);
  if (found === undefined) return;
  const order = { contactId: found.contactId, at, cause };
  if (what === "delete") await deleteContact({ ...deps, db }, order);
  if (what === "erase") await eraseContact({ ...deps, db }, order);
  if (what === "suppress") await suppress(db, `p${n + 1}@mail.example`);
  if (what === "unconfirm")
    await db.query("UPDATE channel SET status = 'unconfirmed' WHERE value = $1", [`p${n + 1}@mail.example`]);
}

/** A browser that names somebody whom nobody knows yet. */
async function claim(db: Database, n: number, at: number): Promise<void> {
  await resolveIdentity(
    { ...deps, db },
    {
      trust: "claim",
      verb: "identify",
      unknownPerson: "remember",
      ...(n % 2 === 0 ? { externalCustomerId: `E${n + 1}` } : { email: `p${n + 1}@mail.example` }),
      visitorIds: [`visitor-${at}`],
      moment: at,
      receivedAt: at,
      contactSource: "TRACKER",
      cause: { actor: "browser", requestId: "between" },
    },
  );
}

async function suppress(db: Database, address: string): Promise<void> {
  const { addressHash } = await import("../../src/server/identity/index.ts");
  await db.query("INSERT INTO suppression VALUES ('email', $1, 'unsubscribed', '2026-01-01') ON CONFLICT DO NOTHING", [
    addressHash(deps.secretKey, address),
  ]);
}

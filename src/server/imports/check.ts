import type { ImportCounts, ImportSample } from "../../contract/imports.ts";
import { retried } from "../identity/index.ts";
import { applyBatch } from "./apply-batch.ts";
import { countRows, type RowOutcome, type Shown } from "./batch.ts";
import { openPass, Overtaken, type ImportDeps, type Pass } from "./pass.ts";
import { insertProblems } from "./problem-store.ts";
import { inOrder, partReadings, problemsOf, withRepetition } from "./problems.ts";
import { advance, finishCheck } from "./progress-store.ts";
import { namesIn, readRow, type Intent, type RowPlan, type RowReading } from "./read-row.ts";
import { groupsOf, kinship } from "./people-rules.ts";
import { numberOf, seenKeys, type SeenKeys } from "./seen-keys.ts";
import { speedometer } from "./speedometer.ts";
import type { ImportRow } from "./store.ts";

const SAMPLES = 20;

interface Check {
  readonly deps: ImportDeps;
  readonly pass: Pass;
  readonly samples: ImportSample[];
  readonly sampled: Map<string, number>;
  readonly speed: ReturnType<typeof speedometer>;
  done: number;
  counts: Partial<ImportCounts>;
}

/**
 * What the run would do with every row, writing nothing. A row that shares a key with another one of the file is looked
 * at after all others, together with those it shares it with, so that it sees what they would have done.
 */
export async function checkImport(deps: ImportDeps, found: ImportRow, isClosed: () => boolean): Promise<void> {
  const pass = await openPass(deps, found);
  const check: Check = { deps, pass, samples: [], sampled: new Map(), speed: speedometer(), done: 0, counts: {} };
  const seen = seenKeys();
  const repeats = new Map<number, number>();
  const shared = new Set<number>();
  let rows = 0;
  // While the database looks up one batch, the one before is noted: they name nobody in common, and what one would do is undone.
  let underWay: Promise<readonly RowOutcome[]> = Promise.resolve([]);
  try {
    for await (const batch of pass.batches()) {
      rows += batch.length;
      const now: RowReading[] = [];
      for (const reading of batch) {
        const first = reading.kind === "intent" ? firstLineOf(seen, reading.intent, shared) : undefined;
        if (reading.kind === "intent" && first !== undefined) repeats.set(reading.intent.row.line, first);
        else now.push(reading);
      }
      const before = underWay;
      underWay = forecast(check, now);
      // Should it fail while the one before is waited for, that is heard when its turn comes.
      underWay.catch(() => undefined);
      await note(check, await before);
      if (isClosed()) return;
    }
    await note(check, await underWay);
  } finally {
    await underWay.catch(() => undefined);
  }
  if (repeats.size > 0) await checkRepeats(check, { repeats, shared, isClosed });
  if (isClosed()) return;
  const samples = check.samples.sort((a, b) => a.line - b.line);
  const isOurs = await finishCheck(deps.db, pass.importId, { counts: check.counts, samples, rows });
  if (!isOurs) throw new Overtaken();
}

/** The first line that has a key of this row; zero when it is not the unique field that repeats. */
function firstLineOf(seen: SeenKeys, intent: Intent, shared: Set<number>): number | undefined {
  let first: number | undefined;
  for (const name of namesIn(intent)) {
    const line = seen.see(name, intent.row.line);
    if (line === undefined || line === intent.row.line) continue;
    shared.add(numberOf(name));
    first = name === intent.keyValue ? line : (first ?? 0);
  }
  return first;
}

/** Rows of one rolled-back transaction, as many as the server has locks for. */
const TOGETHER = 1_000;
/** Characters of rows that are kept in memory at a time; where there are more, the file is read once more for each so many. */
const KEPT = 8 * 1024 * 1024;

interface Repeats {
  readonly repeats: ReadonlyMap<number, number>;
  readonly shared: ReadonlySet<number>;
  readonly isClosed: () => boolean;
}

/** Those who are in the file more than once, each time all rows that are about them in one transaction. */
async function checkRepeats(check: Check, { repeats, shared, isClosed }: Repeats): Promise<void> {
  const sharedBy = (intent: Intent) =>
    namesIn(intent)
      .map(numberOf)
      .filter((name) => shared.has(name));
  const known = kinship();
  let characters = 0;
  for await (const intent of intentsOf(check.pass)) {
    const names = sharedBy(intent);
    known.join(names);
    if (names.length > 0) characters += packed(intent).length;
    if (isClosed()) return;
  }
  const readings = Math.ceil(characters / KEPT);
  for (let reading = 0; reading < readings; reading += 1) {
    const families = new Map<number, string[]>();
    for await (const intent of intentsOf(check.pass)) {
      const [name] = sharedBy(intent);
      const family = name === undefined ? undefined : known.familyOf(name);
      if (family === undefined || family % readings !== reading) continue;
      const members = families.get(family);
      if (members === undefined) families.set(family, [packed(intent)]);
      else members.push(packed(intent));
      if (isClosed()) return;
    }
    for (const rounds of groupsOf(families.values(), TOGETHER)) {
      if (isClosed()) return;
      const unpack = (row: string) => unpacked(row, check.pass.plan);
      await noteRepeats(
        check,
        rounds.map((round) => round.flatMap(unpack)),
        repeats,
      );
    }
  }
}

/** A row as one text of its own: its cells would keep the whole piece of the file in memory that they were cut from. */
const packed = ({ row: { line, cells } }: Intent): string => JSON.stringify([line, ...cells]);

function unpacked(text: string, plan: RowPlan): Intent[] {
  const [line, ...cells] = JSON.parse(text) as [number, ...string[]];
  const reading = readRow({ line, cells }, plan);
  return reading.kind === "intent" ? [reading.intent] : [];
}

async function* intentsOf({ batches }: Pass): AsyncGenerator<Intent> {
  for await (const batch of batches()) for (const reading of batch) if (reading.kind === "intent") yield reading.intent;
}

async function noteRepeats(
  check: Check,
  rounds: readonly (readonly Intent[])[],
  repeats: Repeats["repeats"],
): Promise<void> {
  const outcomes = await rehearse(check, rounds);
  const repeated = inOrder(outcomes.filter(({ row }) => repeats.has(row.line)));
  await note(
    check,
    repeated.map((outcome) => withRepetition(outcome, repeats.get(outcome.row.line) || undefined, check.pass.plan)),
  );
}

/** Carries the outcomes out of a transaction that must not be committed. */
class Undone extends Error {
  readonly outcomes: readonly RowOutcome[];
  constructor(outcomes: readonly RowOutcome[]) {
    super("Nothing of a check is written.");
    this.outcomes = outcomes;
  }
}

async function forecast(check: Check, readings: readonly RowReading[]): Promise<readonly RowOutcome[]> {
  const { intents, faults } = partReadings(readings);
  return intents.length === 0 ? faults : inOrder([...(await rehearse(check, [intents])), ...faults]);
}

/** What would become of rows, each round seeing what the ones before would have done. */
async function rehearse({ deps, pass }: Check, rounds: readonly (readonly Intent[])[]): Promise<readonly RowOutcome[]> {
  try {
    return await retried(
      deps.db,
      async (tx) => {
        const begun = deps.clock();
        const outcomes: RowOutcome[] = [];
        for (const [round, intents] of rounds.entries()) {
          const goesOn = round < rounds.length - 1;
          // What a later row says is newer, as it is when a file is run.
          const batchDeps = { ...pass.batchDeps, now: begun + round };
          outcomes.push(...(await applyBatch(tx, { intents, purpose: "forecast", goesOn }, batchDeps)));
        }
        throw new Undone(outcomes);
      },
      "in bulk",
    );
  } catch (error) {
    if (error instanceof Undone) return error.outcomes;
    throw error;
  }
}

async function note(check: Check, outcomes: readonly RowOutcome[]): Promise<void> {
  const { deps, pass, done, samples } = check;
  if (outcomes.length === 0) return;
  for (const outcome of outcomes) {
    const sampled = check.sampled.get(outcome.result) ?? 0;
    check.sampled.set(outcome.result, sampled + 1);
    if (sampled < SAMPLES) samples.push(sampleOf(outcome, pass.plan));
  }
  const counts = countRows(check.counts, outcomes);
  const to = done + outcomes.length;
  check.speed.see(to);
  await deps.db.transaction(async (tx) => {
    await insertProblems(tx, pass.importId, problemsOf(outcomes, pass.plan));
    const rowsPerSecond = check.speed.rowsPerSecond();
    const step = { importId: pass.importId, state: "checking", from: done, to } as const;
    if (!(await advance(tx, { ...step, counts, rowsPerSecond, now: deps.clock() }))) throw new Overtaken();
  });
  check.done = to;
  check.counts = counts;
}

function sampleOf({ row, result, before, after }: RowOutcome, plan: RowPlan): ImportSample {
  return { line: row.line, result, before: tell(before, plan), after: tell(after, plan) };
}

/** What the contact has of what the file is about. */
function tell(contact: Shown | undefined, { columns }: RowPlan): Record<string, string> | null {
  if (contact === undefined) return null;
  return Object.fromEntries(
    columns.flatMap(({ target }) => {
      const value = valueOf(contact, target);
      return value === undefined ? [] : [[target, textOf(value)]];
    }),
  );
}

function valueOf({ id, identifiers, values }: Shown, target: string): unknown {
  const key = (kind: string) => identifiers.find((identifier) => identifier.kind === kind)?.value;
  switch (target) {
    case "externalCustomerId":
      return key("external");
    case "email":
    case "phone":
      return key(target);
    case "id":
      return id;
    case "contactKey":
      return values["attributes.contactKey"];
    default:
      return values[target.replace("field:", "fields.")];
  }
}

const textOf = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value)).slice(0, 200);

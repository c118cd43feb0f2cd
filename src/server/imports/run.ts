import type { ImportCounts } from "../../contract/imports.ts";
import type { Transaction } from "../db/database.ts";
import { retried } from "../identity/index.ts";
import { inSlices } from "../lib/in-slices.ts";
import { applyBatch } from "./apply-batch.ts";
import { contactsByResult, countRows, type BatchDeps, type RowOutcome, type Turn } from "./batch.ts";
import { lineOf, openPass, Overtaken, rowOf, segmentOf, type ImportDeps, type Pass } from "./pass.ts";
import { insertProblems } from "./problem-store.ts";
import { inOrder, partReadings, problemsOf, withRepetition } from "./problems.ts";
import { advance, finishRun } from "./progress-store.ts";
import { namesIn, type RowReading } from "./read-row.ts";
import { numberOf, seenKeys, type SeenKeys } from "./seen-keys.ts";
import { speedometer, type Speedometer } from "./speedometer.ts";
import type { ImportRow } from "./store.ts";

interface Run {
  readonly deps: ImportDeps;
  readonly pass: Pass;
  readonly segment: number | undefined;
  readonly speed: Speedometer;
  done: number;
  counts: Partial<ImportCounts>;
}

/** Batches under way at a time: while some are written, the next is looked up. More of them were not faster. */
const AT_ONCE = 4;

/**
 * Applies the file from the first row that nobody has done yet, to its end or until `isClosed`. While the database writes
 * one batch, the next one is looked up, in a transaction of its own: see {@link Turn}.
 */
export async function runImport(deps: ImportDeps, found: ImportRow, isClosed: () => boolean): Promise<void> {
  const pass = await openPass(deps, found);
  const segment = await segmentOf(deps, pass.batchDeps.settings);
  const run: Run = { deps, pass, segment, speed: speedometer(), done: found.rowsDone, counts: found.counts };
  const flights: Flight[] = [];
  try {
    for await (const batch of freshBatches(run)) {
      if (flights.some((flight) => haveCommonNames(flight.batch, batch))) await land(run, flights);
      flights.push(takeOff(run, batch, flights.at(-1)));
      if (flights.length === AT_ONCE) await landFirst(run, flights);
      if (isClosed()) break;
    }
    await land(run, flights);
  } finally {
    await Promise.allSettled(flights.map(({ ended }) => ended));
  }
  if (isClosed()) return;
  await deps.db.transaction((tx) => finishRun(tx, pass.importId, { rows: run.done, now: deps.clock() }));
}

/** Rows that nobody has applied yet. */
interface Rows {
  readonly rows: readonly RowReading[];
  readonly repeats: Repeats;
}

/** Of a line, the one on which its value of the unique field stood first; undefined: on none before it. */
type Repeats = ReadonlyMap<number, number | undefined>;

interface Batch extends Rows {
  /** Of everybody whom the rows name, ascending. A batch that names the same people has to see what this one did. */
  readonly names: Float64Array;
}

async function* freshBatches({ pass, done }: Run): AsyncGenerator<Batch> {
  const seen = seenKeys();
  let position = 0;
  for await (const batch of pass.batches()) {
    const repeats = new Map<number, number | undefined>();
    await inSlices(batch, (reading) => repeats.set(lineOf(reading), firstLineOf(seen, reading)));
    const rows = batch.slice(Math.max(0, done - position));
    position += batch.length;
    if (rows.length > 0) yield { rows, repeats, names: numbersOf(rows) };
  }
}

/** A batch that is being applied. */
interface Flight {
  readonly batch: Batch;
  /** The next one may begin: this one holds all its locks, or has ended. */
  readonly isClear: Promise<unknown>;
  readonly ended: Promise<unknown>;
}

function takeOff(run: Run, batch: Batch, before: Flight | undefined): Flight {
  let locked: () => void = () => undefined;
  const isLocked = new Promise<void>((resolve) => (locked = resolve));
  const turn: Turn = {
    clear: before?.isClear ?? Promise.resolve(),
    before: before?.ended ?? Promise.resolve(),
    locked,
  };
  // Tried once: what has to be tried again must not hold locks that the next one waits for.
  const ended = applyTogether(run, batch, { turn, begin: (work) => run.deps.db.transaction(work, "in bulk") });
  const isClear = Promise.race([isLocked, ended.catch(() => undefined)]);
  return { batch, isClear, ended };
}

/**
 * Waits for the first. When it failed, so did those after it, and they are done again one after the other: the first one
 * may have to be taken apart.
 */
async function landFirst(run: Run, flights: Flight[]): Promise<void> {
  const failed = await failureOf(flights[0]);
  if (failed === undefined) return void flights.shift();
  await Promise.allSettled(flights.map(({ ended }) => ended));
  if (failed instanceof Overtaken) throw failed;
  for (const { batch } of flights.splice(0)) await applyRows(run, batch);
}

const failureOf = (flight: Flight | undefined): Promise<unknown> | undefined =>
  flight?.ended.then(
    () => undefined,
    (error: unknown) => error,
  );

async function land(run: Run, flights: Flight[]): Promise<void> {
  while (flights.length > 0) await landFirst(run, flights);
}

/** Whom the rows name. Two names that share a number make one batch wait for the other, no more. */
function numbersOf(rows: readonly RowReading[]): Float64Array {
  const numbers: number[] = [];
  for (const reading of rows)
    if (reading.kind === "intent") for (const name of namesIn(reading.intent)) numbers.push(numberOf(name));
  return Float64Array.from(numbers).sort();
}

function haveCommonNames({ names: a }: Batch, { names: b }: Batch): boolean {
  let other = 0;
  for (const name of a) {
    while (other < b.length && (b[other] ?? 0) < name) other += 1;
    if (b[other] === name) return true;
  }
  return false;
}

function firstLineOf(seen: SeenKeys, reading: RowReading): number | undefined {
  return reading.kind === "intent" ? seen.see(reading.intent.keyValue, reading.intent.row.line) : undefined;
}

/** Rows that a database refuses are found by halving, and reported; they hold up no others. */
async function applyRows(run: Run, { rows, repeats }: Rows): Promise<void> {
  try {
    await applyTogether(run, { rows, repeats }, { begin: (work) => retried(run.deps.db, work, "in bulk") });
  } catch (error) {
    if (error instanceof Overtaken || !isAboutRows(error)) throw error;
    run.deps.log.warn({ err: error, rows: rows.length }, "rows of an import failed together; they are tried apart");
    const [only] = rows;
    if (rows.length === 1 && only !== undefined) return reportFailure(run, only);
    const half = Math.ceil(rows.length / 2);
    await applyRows(run, { rows: rows.slice(0, half), repeats });
    await applyRows(run, { rows: rows.slice(half), repeats });
  }
}

/** Data, constraints, resources of one statement, a cancelled statement; not a lost connection or a stopped server. */
function isAboutRows(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return (
    /^(22|23|42|53200|54|57014|40|XX)/.test(code) ||
    (error instanceof Error && !("code" in error) && !/connection|timeout/i.test(error.message))
  );
}

interface Applying {
  readonly begin: <Result>(work: (tx: Transaction) => Promise<Result>) => Promise<Result>;
  readonly turn?: Turn;
}

async function applyTogether(run: Run, { rows, repeats }: Rows, { begin, turn }: Applying): Promise<void> {
  const { deps, pass } = run;
  const now = deps.clock();
  const batchDeps: BatchDeps = { ...pass.batchDeps, segment: run.segment, now };
  const counts = await begin(async (tx) => {
    const { intents, faults } = partReadings(rows);
    const applied = await applyBatch(tx, { intents, purpose: "write", ...(turn && { turn }) }, batchDeps);
    await turn?.before;
    return note(tx, { run, outcomes: inOrder([...applied, ...faults]), repeats, now });
  });
  run.done += rows.length;
  run.counts = counts;
  run.speed.see(run.done);
}

interface Noting {
  readonly run: Run;
  readonly outcomes: readonly RowOutcome[];
  readonly repeats: Repeats;
  readonly now: number;
}

/** What became of the rows, in the transaction of their effect. */
async function note(
  tx: Parameters<typeof insertProblems>[0],
  { run, outcomes, repeats, now }: Noting,
): Promise<Partial<ImportCounts>> {
  const { pass, done } = run;
  const noted = outcomes
    .filter(({ row, fault, notes }) => (fault ?? notes ?? repeats.get(row.line)) !== undefined)
    .map((outcome) => withRepetition(outcome, repeats.get(outcome.row.line), pass.plan));
  await insertProblems(tx, pass.importId, problemsOf(noted, pass.plan));
  const counts = countRows(run.counts, outcomes);
  const step = { importId: pass.importId, state: "running", from: done, to: done + outcomes.length } as const;
  const contacts = contactsByResult(outcomes);
  const isOurs = await advance(tx, { ...step, counts, contacts, rowsPerSecond: run.speed.rowsPerSecond(), now });
  if (!isOurs) throw new Overtaken();
  return counts;
}

async function reportFailure(run: Run, reading: RowReading): Promise<void> {
  const outcome: RowOutcome = { row: rowOf(reading), result: "failed", fault: { code: "not_applied" } };
  const now = run.deps.clock();
  run.counts = await run.deps.db.transaction((tx) => note(tx, { run, outcomes: [outcome], repeats: new Map(), now }));
  run.done += 1;
}

import type { ImportCounts } from "../../contract/imports.ts";
import { retried } from "../identity/index.ts";
import { applyBatch } from "./apply-batch.ts";
import { countRows, type BatchDeps, type RowOutcome } from "./batch.ts";
import {
  faultOutcome,
  lineOf,
  openPass,
  Overtaken,
  problemsOf,
  rowOf,
  segmentOf,
  type ImportDeps,
  type Pass,
} from "./pass.ts";
import type { RowReading } from "./read-row.ts";
import { seenKeys, type SeenKeys } from "./seen-keys.ts";
import { advance, finishRun, insertProblems, type ImportRow } from "./store.ts";
import { speedometer, type Speedometer } from "./speedometer.ts";

interface Run {
  readonly deps: ImportDeps;
  readonly pass: Pass;
  readonly segment: number | undefined;
  readonly speed: Speedometer;
  done: number;
  counts: Partial<ImportCounts>;
}

/** Applies the file from the first row that nobody has done yet, to its end or until `isClosed`. */
export async function runImport(deps: ImportDeps, found: ImportRow, isClosed: () => boolean): Promise<void> {
  const pass = await openPass(deps, found);
  const segment = await segmentOf(deps, pass.batchDeps.settings);
  const run: Run = { deps, pass, segment, speed: speedometer(), done: found.rowsDone, counts: found.counts };
  const seen = seenKeys();
  let position = 0;
  for await (const batch of pass.batches()) {
    const repeated = batch.map((reading) => firstLineOf(seen, reading));
    const fresh = batch.slice(Math.max(0, run.done - position));
    const notes = new Map(batch.map((reading, n) => [lineOf(reading), repeated[n]]));
    position += batch.length;
    if (fresh.length === 0) continue;
    await applyRows(run, fresh, notes);
    if (isClosed()) return;
  }
  await deps.db.transaction((tx) => finishRun(tx, pass.importId, { rows: position, now: deps.clock() }));
}

function firstLineOf(seen: SeenKeys, reading: RowReading): number | undefined {
  return reading.kind === "intent" ? seen.see(reading.intent.keyValue, reading.intent.row.line) : undefined;
}

type Notes = ReadonlyMap<number, number | undefined>;

/** Rows that a database refuses are found by halving, and reported; they hold up no others. */
async function applyRows(run: Run, rows: readonly RowReading[], notes: Notes): Promise<void> {
  try {
    await applyTogether(run, rows, notes);
  } catch (error) {
    if (error instanceof Overtaken || !isAboutRows(error)) throw error;
    run.deps.log.warn({ err: error, rows: rows.length }, "rows of an import failed together; they are tried apart");
    const [only] = rows;
    if (rows.length === 1 && only !== undefined) return reportFailure(run, only);
    const half = Math.ceil(rows.length / 2);
    await applyRows(run, rows.slice(0, half), notes);
    await applyRows(run, rows.slice(half), notes);
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

async function applyTogether(run: Run, rows: readonly RowReading[], notes: Notes): Promise<void> {
  const { deps, pass } = run;
  const now = deps.clock();
  const batchDeps: BatchDeps = { ...pass.batchDeps, segment: run.segment, now };
  const counts = await retried(deps.db, async (tx) => {
    const intents = rows.flatMap((reading) => (reading.kind === "intent" ? [reading.intent] : []));
    const applied = await applyBatch(tx, { intents, purpose: "write" }, batchDeps);
    const faults = rows.flatMap((reading) => (reading.kind === "fault" ? [faultOutcome(reading)] : []));
    return note(tx, { run, outcomes: inOrder([...applied, ...faults]), notes, now });
  });
  run.done += rows.length;
  run.counts = counts;
  run.speed.see(run.done);
}

const inOrder = (outcomes: readonly RowOutcome[]) => [...outcomes].sort((a, b) => a.row.line - b.row.line);

interface Noting {
  readonly run: Run;
  readonly outcomes: readonly RowOutcome[];
  readonly notes: Notes;
  readonly now: number;
}

/** What became of the rows, in the transaction of their effect. */
async function note(
  tx: Parameters<typeof insertProblems>[0],
  { run, outcomes, notes, now }: Noting,
): Promise<Partial<ImportCounts>> {
  const { pass, done } = run;
  const noted = outcomes.map((outcome) => withRepetition(outcome, notes.get(outcome.row.line), pass));
  await insertProblems(tx, pass.importId, problemsOf(noted, pass.plan));
  const counts = countRows(run.counts, outcomes);
  const step = { importId: pass.importId, state: "running", from: done, to: done + outcomes.length } as const;
  const isOurs = await advance(tx, { ...step, counts, rowsPerSecond: run.speed.rowsPerSecond(), now });
  if (!isOurs) throw new Overtaken();
  return counts;
}

export function withRepetition(
  outcome: RowOutcome,
  firstLine: number | undefined,
  { plan }: Pick<Pass, "plan">,
): RowOutcome {
  if (firstLine === undefined || outcome.fault !== undefined) return outcome;
  const at = plan.columns.find(({ target }) => target === plan.key)?.at ?? 0;
  const value = outcome.row.cells[at];
  return { ...outcome, notes: [...(outcome.notes ?? []), { code: "repeated", column: String(firstLine), value }] };
}

async function reportFailure(run: Run, reading: RowReading): Promise<void> {
  const outcome: RowOutcome = { row: rowOf(reading), result: "failed", fault: { code: "not_applied" } };
  const now = run.deps.clock();
  run.counts = await run.deps.db.transaction((tx) => note(tx, { run, outcomes: [outcome], notes: new Map(), now }));
  run.done += 1;
}

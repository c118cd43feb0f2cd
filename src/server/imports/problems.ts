import { normaliseEmail } from "../identity/index.ts";
import type { RowOutcome } from "./batch.ts";
import type { Fault } from "./faults.ts";
import { KEY_TARGETS } from "./mapping-rules.ts";
import type { Problem } from "./problem-store.ts";
import type { Intent, Row, RowPlan, RowReading } from "./read-row.ts";

/** What has to be said about rows, and what names a person in them. */
export function problemsOf(outcomes: readonly RowOutcome[], plan: RowPlan): (Problem & { readonly named: string[] })[] {
  return outcomes.flatMap(({ row, result, fault, notes = [] }) => [
    ...(fault === undefined ? [] : [problemOf({ row, result, fault, kind: "failure" }, plan)]),
    ...notes.map((note) => problemOf({ row, result, fault: note, kind: "note" }, plan)),
  ]);
}

interface Said {
  readonly row: Row;
  readonly result: RowOutcome["result"];
  readonly fault: Fault;
  readonly kind: Problem["kind"];
}

function problemOf({ row, result, fault, kind }: Said, plan: RowPlan): Problem & { readonly named: string[] } {
  const named = plan.columns.flatMap(({ at, target }) => {
    const cell = row.cells[at]?.trim() ?? "";
    if (cell === "" || !KEY_TARGETS.includes(target)) return [];
    return [
      cell,
      cell.toLowerCase(),
      ...(target === "email" ? [normaliseEmail(cell) ?? []].flat() : []),
      digitsOf(cell),
    ];
  });
  return {
    kind,
    line: row.line,
    result,
    code: fault.code,
    columnName: fault.column ?? null,
    value: fault.value?.slice(0, 500) ?? null,
    cells: row.cells,
    named: [...new Set(named)].filter((word) => word !== ""),
  };
}

/** A phone number is known by its digits, however it is spelled. */
const digitsOf = (text: string): string => (/^[+\d\s().-]+$/.test(text) ? `+${text.replace(/\D/g, "")}` : "");

/** What can be applied, and what became of the rows that cannot be read. */
export function partReadings(readings: readonly RowReading[]): { intents: Intent[]; faults: RowOutcome[] } {
  const intents: Intent[] = [];
  const faults: RowOutcome[] = [];
  for (const reading of readings)
    if (reading.kind === "intent") intents.push(reading.intent);
    else faults.push({ row: reading.row, result: "failed", fault: reading.fault });
  return { intents, faults };
}

/** As they stand in the file. */
export const inOrder = (outcomes: readonly RowOutcome[]): RowOutcome[] =>
  [...outcomes].sort((a, b) => a.row.line - b.row.line);

/** The same, telling that the unique field stood in an earlier line already. A row that failed has something else to say. */
export function withRepetition(outcome: RowOutcome, firstLine: number | undefined, plan: RowPlan): RowOutcome {
  if (firstLine === undefined || outcome.fault !== undefined) return outcome;
  const at = plan.columns.find(({ target }) => target === plan.key)?.at ?? 0;
  const value = outcome.row.cells[at];
  return { ...outcome, notes: [...(outcome.notes ?? []), { code: "repeated", column: String(firstLine), value }] };
}

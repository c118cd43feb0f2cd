import { normaliseEmail } from "../identity/index.ts";
import type { RowOutcome } from "./batch.ts";
import type { Fault } from "./faults.ts";
import { KEY_TARGETS } from "./mapping-rules.ts";
import type { Problem } from "./problem-store.ts";
import type { Row, RowPlan, RowReading } from "./read-row.ts";

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

export function faultOutcome(reading: Extract<RowReading, { kind: "fault" }>): RowOutcome {
  return { row: reading.row, result: "failed", fault: reading.fault };
}

/** The same, telling that the unique field stood in an earlier line already. A row that failed has something else to say. */
export function withRepetition(outcome: RowOutcome, firstLine: number | undefined, plan: RowPlan): RowOutcome {
  if (firstLine === undefined || outcome.fault !== undefined) return outcome;
  const at = plan.columns.find(({ target }) => target === plan.key)?.at ?? 0;
  const value = outcome.row.cells[at];
  return { ...outcome, notes: [...(outcome.notes ?? []), { code: "repeated", column: String(firstLine), value }] };
}

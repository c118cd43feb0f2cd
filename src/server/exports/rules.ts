import type { ExportFault, RunNote } from "../../contract/exports.ts";
import type { Instant } from "../../contract/identifiers.ts";
import type { Column, TableShape } from "./tables.ts";

/** What a destination remembers of the last run that reached it, written with the rows of that run. */
export interface DestinationState {
  /** The snapshot of PostgreSQL that the run saw, e.g. `731:740:733,735`. */
  readonly snapshot: string;
  /** Which cluster that snapshot is of: numbers of transactions mean nothing to another one. */
  readonly cluster: string;
  /** The columns each table was filled with. */
  readonly tables: Readonly<Record<string, readonly string[]>>;
  /** When all rows were compared last. */
  readonly comparedAt: Instant;
}

/** The moment that a run shows: one snapshot for all its tables. */
export interface SourceMoment {
  readonly snapshot: string;
  readonly cluster: string;
  /** Transactions begun in this cluster so far. */
  readonly nextTransaction: bigint;
  readonly now: Instant;
}

/** `changed`: rows written by transactions from this number on, and the keys of rows that are gone since. */
export type Extent = { readonly kind: "whole" } | { readonly kind: "changed"; readonly since: bigint };

const WEEK = 7 * 24 * 60 * 60_000;
/** Rows carry 32 bits of their transaction's number: further apart, earlier and later cannot be told. */
const TELLABLE = 2n ** 31n - 1_000_000n;

/** How much of each table has to be sent. When in doubt, all of it: rows that do not differ are not written. */
export function planExtents(
  shapes: readonly TableShape[],
  known: DestinationState | undefined,
  {
    moment,
    allAgain,
    refill,
  }: { readonly moment: SourceMoment; readonly allAgain: boolean; readonly refill: ReadonlySet<string> },
): ReadonlyMap<string, Extent> {
  const since = known === undefined || allAgain ? undefined : sinceOf(known, moment);
  // Now and then nothing is taken for granted: a row changed by hand at the destination is put right.
  const isDue = known !== undefined && Math.abs(moment.now - known.comparedAt) >= WEEK;
  const extentOf = ({ name, columns }: TableShape): Extent => {
    const filled = known?.tables[name];
    if (since === undefined || filled === undefined) return { kind: "whole" };
    // Somebody dropped or emptied what the last run had filled.
    if (refill.has(name)) return { kind: "whole" };
    if (columns.some((column) => !filled.includes(column.name))) return { kind: "whole" };
    // Who is in a dynamic segment is a question, which no row answers; and who left a list leaves no row behind.
    if (name === "segments_members") return { kind: "whole" };
    // Events never change, and what is kept here for a time is kept there for good.
    if (isDue && name !== "events") return { kind: "whole" };
    return { kind: "changed", since };
  };
  return new Map(shapes.map((shape) => [shape.name, extentOf(shape)]));
}

/** The oldest transaction that the last run may not have seen. Nothing: what it saw was not this database's past. */
function sinceOf(known: DestinationState, moment: SourceMoment): bigint | undefined {
  const digits = /^(\d{1,19}):(\d{1,19}):[\d,]*$/.exec(known.snapshot);
  if (digits === null || known.cluster !== moment.cluster) return undefined;
  const [, oldest = "", next = ""] = digits;
  const since = BigInt(oldest);
  // A database restored from a backup of before that run.
  if (BigInt(next) > moment.nextTransaction) return undefined;
  return moment.nextTransaction - since < TELLABLE ? since : undefined;
}

/** A table as it is found at the destination, in our words; `undefined` as a type: one that we never make. */
export interface FoundTable {
  readonly columns: ReadonlyMap<string, Column["type"] | undefined>;
  readonly isEmpty: boolean;
}

/** What earlier runs did to a table. */
export interface TablePast {
  readonly isOurs: boolean;
  /** The columns that the last run filled. */
  readonly filled: readonly string[];
}

export type TablePlan =
  | {
      readonly kind: "ready";
      readonly make: boolean;
      readonly add: readonly Column[];
      /** Columns of additional fields that were deleted: they stay, and nothing is in them any more. */
      readonly clear: readonly string[];
      /** Whatever earlier runs sent is not in it, or not in all its columns. */
      readonly refill: boolean;
      readonly notes: readonly RunNote[];
    }
  | { readonly kind: "refused"; readonly fault: ExportFault };

/** What has to be done to a table before rows can go in; or why nothing may be. */
export function planTable(shape: TableShape, found: FoundTable | undefined, past: TablePast): TablePlan {
  const { name, columns } = shape;
  if (found === undefined)
    return {
      kind: "ready",
      make: true,
      add: [],
      clear: [],
      refill: true,
      notes: [{ code: "table.made", table: name, column: null }],
    };
  const clash = columns.find(
    (column) => found.columns.has(column.name) && found.columns.get(column.name) !== column.type,
  );
  if (clash !== undefined)
    return refused(
      "column.foreign",
      `The table ${name} has a column ${clash.name} of another type than ${clash.type}. Nothing was changed. Rename or drop that column, or export to another place.`,
    );
  if (!past.isOurs && !found.isEmpty)
    return refused(
      "table.foreign",
      `There is a table ${name} that this export did not make. Nothing was changed. Rename it, or export to another place.`,
    );
  const add = columns.filter((column) => !found.columns.has(column.name));
  if (add.some((column) => shape.key.includes(column.name)))
    return refused(
      "table.foreign",
      `The table ${name} lacks the column ${shape.key.join(", ")} that tells its rows apart. Nothing was changed. Rename or drop that table; it is made anew.`,
    );
  const clear = past.filled.filter(
    (filled) => found.columns.has(filled) && !columns.some((column) => column.name === filled),
  );
  const notes: RunNote[] = [
    ...add.map((column) => ({ code: "column.added", table: name, column: column.name }) as const),
    ...clear.map((column) => ({ code: "column.cleared", table: name, column }) as const),
  ];
  return { kind: "ready", make: false, add, clear, refill: found.isEmpty || add.length > 0, notes };
}

const refused = (code: string, detail: string): TablePlan => ({ kind: "refused", fault: { code, detail } });

const MINUTE = 60_000;

export interface Timetable {
  readonly createdAt: Instant;
  readonly intervalMinutes: number;
  readonly pausedAt: Instant | null;
  readonly askedAt: Instant | null;
}

export interface PastRun {
  readonly state: "running" | "finished" | "failed" | "interrupted";
  readonly startedAt: Instant;
  readonly finishedAt: Instant | null;
}

/** When an export runs next, given its runs, the newest first. Null: not until somebody asks. */
export function nextRunAt(export_: Timetable, runs: readonly PastRun[], now: Instant): Instant | null {
  const at = plannedAt(export_, runs);
  // Later than any timetable has it: the clock was ahead when that was written down.
  return at !== null && at > now + 2 * export_.intervalMinutes * MINUTE ? now : at;
}

function plannedAt(export_: Timetable, runs: readonly PastRun[]): Instant | null {
  if (export_.askedAt !== null) return export_.askedAt;
  if (export_.pausedAt !== null) return null;
  const [last] = runs;
  if (last === undefined) return export_.createdAt;
  const interval = export_.intervalMinutes * MINUTE;
  if (last.state === "finished") return last.startedAt + interval;
  const since = last.finishedAt ?? last.startedAt;
  if (last.state === "interrupted") return since;
  const failures = runs.findIndex(({ state }) => state === "finished");
  return since + pauseAfter(failures === -1 ? runs.length : failures, interval);
}

/** A destination that is away is asked again soon, then less often, but never less than the timetable says. */
function pauseAfter(failures: number, interval: number): number {
  return Math.min(interval, MINUTE * 2 ** Math.min(failures - 1, 10), 60 * MINUTE);
}

import type { ImportCounts, ImportSettings, RowResult } from "../../contract/imports.ts";
import type { ContactId, Instant } from "../../contract/identifiers.ts";
import type { Cause, Known, IdentityDeps, IdentityRequest, Key, NormalRequest } from "../identity/index.ts";
import type { Fault } from "./faults.ts";
import type { Intent, Row, RowPlan } from "./read-row.ts";

/** What holds for every row of a pass. */
export interface BatchDeps extends Pick<IdentityDeps, "secretKey" | "identity"> {
  readonly settings: ImportSettings;
  readonly plan: RowPlan;
  readonly cause: Cause;
  readonly segment: number | undefined;
  readonly now: Instant;
  /** `plain`: row after row by the full resolver. Tests compare the two. */
  readonly how?: "sets" | "plain";
}

/** Several batches are worked on at a time; what one of them has to know of the one before. */
export interface Turn {
  /** The batch before holds all its locks, or has ended: this one may ask for its own. */
  readonly clear: Promise<unknown>;
  /** Ends when the batch before is committed; fails when it was not, and then this one must not be either. */
  readonly before: Promise<unknown>;
  /** Everything that this batch needs is locked, and it will ask for nothing more: the next one may begin. */
  readonly locked: () => void;
}

/** What became of a row. */
export interface RowOutcome {
  readonly row: Row;
  readonly result: RowResult;
  readonly contactId?: ContactId;
  readonly fault?: Fault;
  readonly notes?: readonly Fault[];
  /** Only while checking. */
  readonly before?: Shown | undefined;
  readonly after?: Shown | undefined;
}

/** What a sample shows of a contact. Without an id: the one that the row would make. */
export interface Shown extends Pick<Known, "identifiers" | "values"> {
  readonly id?: ContactId;
}

/** A row on its way through a batch. */
export interface Candidacy {
  readonly place: number;
  readonly intent: Intent;
  readonly request: IdentityRequest;
  /** Undefined: nothing in it may identify anybody, which `resolve` will say in its words. */
  readonly normal: NormalRequest | undefined;
  readonly keys: readonly Key[];
  /** The keys by name, in their order. */
  readonly names: readonly string[];
}

export const countRows = (counts: Partial<ImportCounts>, outcomes: readonly RowOutcome[]): Partial<ImportCounts> => {
  const sums: Record<string, number> = { ...counts };
  for (const { result } of outcomes) sums[result] = (sums[result] ?? 0) + 1;
  return sums;
};

/** Whom the rows were about, each once a result. Rows that were left out are about nobody. */
export function contactsByResult(outcomes: readonly RowOutcome[]): ReadonlyMap<RowResult, readonly ContactId[]> {
  const found = new Map<RowResult, Set<ContactId>>();
  for (const { result, contactId } of outcomes) {
    if (contactId === undefined || result === "skipped" || result === "failed") continue;
    const ids = found.get(result) ?? new Set();
    found.set(result, ids.add(contactId));
  }
  return new Map([...found].map(([result, ids]) => [result, [...ids]]));
}

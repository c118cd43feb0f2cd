import type { ActCounts, ActKind, ActResult, ActState } from "../../contract/acts.ts";

export const NO_RESULTS: ActCounts = {
  changed: 0,
  already: 0,
  deleted: 0,
  erased: 0,
  merged: 0,
  unknown: 0,
  noExternalId: 0,
  failed: 0,
};

/** With the results of one more part. */
export function countResults(counts: Partial<ActCounts>, results: Iterable<ActResult>): ActCounts {
  const sum = { ...NO_RESULTS, ...counts };
  for (const result of results) sum[result] += 1;
  return sum;
}

/** What takes an act back. Undefined: nothing does. */
export function oppositeOf(kind: ActKind): ActKind | undefined {
  switch (kind) {
    case "join":
      return "leave";
    case "leave":
      return "join";
    case "delete":
      return "restore";
    case "restore":
      return undefined;
  }
}

interface Standing {
  readonly kind: ActKind;
  readonly state: ActState;
  readonly undoes: number | null;
  readonly isUndone: boolean;
  readonly counts: Partial<ActCounts>;
}

export type WhyNotUndone = "running" | "undone" | "nothing";

/** Undefined: it can be taken back. What took something back itself is not: the next act of this kind does the same. */
export function whyNotUndone({ kind, state, undoes, isUndone, counts }: Standing): WhyNotUndone | undefined {
  if (state === "running") return "running";
  if (isUndone) return "undone";
  const isFinal = oppositeOf(kind) === undefined || undoes !== null || (counts.changed ?? 0) === 0;
  return isFinal ? "nothing" : undefined;
}

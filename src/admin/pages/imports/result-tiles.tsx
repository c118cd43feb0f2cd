import type { ImportCounts, ImportDetails, ImportSummary, RowResult } from "../../../contract/imports.ts";
import { href } from "../../router.ts";
import { number, t } from "../../text/index.ts";
import { Linked } from "../../ui/linked.tsx";

export const RESULTS = [
  "created",
  "updated",
  "unchanged",
  "restored",
  "skipped",
  "failed",
] as const satisfies RowResult[];

/** Below the numbers of an import: the rows that were left out, and why. */
export const LEFT_OUT_ID = "left-out";

/** The list that makes the number up: contacts, or rows that were left out. Undefined: there is none. */
export function listOf(
  result: RowResult,
  { id, namesContacts, state }: Pick<ImportSummary, "id" | "namesContacts" | "state">,
): string | undefined {
  if (result === "skipped" || result === "failed") return `${href(`/imports/${id}`)}#${LEFT_OUT_ID}`;
  // What a check found is written nowhere yet; its samples stand below the numbers.
  const wasRun = state === "running" || state === "finished" || state === "cancelled";
  return wasRun && namesContacts ? href("/contacts", { import: String(id), result }) : undefined;
}

interface Props {
  readonly counts: ImportCounts;
  /** What they are of, when nothing moves any more: then they lead to what makes them up. */
  readonly seen?: ImportDetails;
}

/** What became of the rows, or would; those that are none are grey. */
export function ResultTiles({ counts, seen }: Props) {
  return (
    <dl class="import-results">
      {RESULTS.map((result) => (
        <div key={result} class={`import-result is-${result} ${counts[result] === 0 ? "is-none" : ""}`}>
          <dt>{t(`imports.result.${result}`)}</dt>
          <dd>
            <Linked to={seen !== undefined && counts[result] > 0 ? listOf(result, seen) : undefined}>
              {number(counts[result])}
            </Linked>
          </dd>
        </div>
      ))}
    </dl>
  );
}

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
  { id, namesContacts }: Pick<ImportSummary, "id" | "namesContacts">,
): string | undefined {
  if (result === "skipped" || result === "failed") return `${href(`/imports/${id}`)}#${LEFT_OUT_ID}`;
  return namesContacts ? href("/contacts", { import: String(id), result }) : undefined;
}

interface Props {
  readonly counts: ImportCounts;
  /** Of a run, whose numbers lead to what makes them up. */
  readonly run?: ImportDetails;
}

/** What became of the rows; those that are none are grey. */
export function ResultTiles({ counts, run }: Props) {
  return (
    <dl class="import-results">
      {RESULTS.map((result) => (
        <div key={result} class={`import-result is-${result} ${counts[result] === 0 ? "is-none" : ""}`}>
          <dt>{t(`imports.result.${result}`)}</dt>
          <dd>
            <Linked to={run !== undefined && counts[result] > 0 ? listOf(result, run) : undefined}>
              {number(counts[result])}
            </Linked>
          </dd>
        </div>
      ))}
    </dl>
  );
}

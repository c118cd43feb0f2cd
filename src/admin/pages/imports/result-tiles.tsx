import type { ImportCounts, RowResult } from "../../../contract/imports.ts";
import { number, t } from "../../text/index.ts";

export const RESULTS = [
  "created",
  "updated",
  "unchanged",
  "restored",
  "skipped",
  "failed",
] as const satisfies RowResult[];

/** What became of the rows; those that are none are grey. */
export function ResultTiles({ counts }: { readonly counts: ImportCounts }) {
  return (
    <dl class="import-results">
      {RESULTS.map((result) => (
        <div key={result} class={`import-result is-${result} ${counts[result] === 0 ? "is-none" : ""}`}>
          <dt>{t(`imports.result.${result}`)}</dt>
          <dd>{number(counts[result])}</dd>
        </div>
      ))}
    </dl>
  );
}

import { stringify } from "csv-stringify/sync";
import type { Queryable } from "../db/database.ts";
import { tellFault, type FaultLanguage } from "./faults.ts";
import { findLongestRow, listProblems } from "./problem-store.ts";
import type { ImportRow } from "./store.ts";
import { ERROR_COLUMNS, extraColumn, isErrorColumn, isExtraColumn } from "./targets.ts";

const PAGE = 1_000;
const BYTE_ORDER_MARK = "\ufeff";

/**
 * The rows that were left out, as they stood in the file, with what is wrong behind them. Once corrected it can be
 * uploaded as it is. Cells beyond the last column are kept in columns of their own, so that a row does not come to fit by
 * losing them. What a spreadsheet would take for a formula has an apostrophe before it, which an import takes off.
 */
export async function* writeErrors(
  db: Queryable,
  { importId, columns, format }: ImportRow,
  language: FaultLanguage,
): AsyncGenerator<string> {
  const delimiter = format?.delimiter ?? ",";
  const names = columns.map(({ name }) => name);
  const placesOf = (such: (name: string) => boolean) => names.flatMap((name, at) => (such(name) ? [at] : []));
  const own = placesOf((name) => !isErrorColumn(name));
  const longest = await findLongestRow(db, importId);
  const beyond = Array.from({ length: Math.max(0, longest - names.length) }, (_, n) => names.length + n);
  const extra = longest === 0 ? [] : [...placesOf(isExtraColumn), ...beyond];
  const kept = [...own, ...extra];
  const write = (rows: readonly (readonly string[])[]) =>
    stringify(
      rows.map((row) => [...row]),
      { delimiter, record_delimiter: "\r\n", escape_formulas: true },
    );
  yield (
    BYTE_ORDER_MARK +
    write([[...own.map((at) => names[at] ?? ""), ...extra.map((_, n) => extraColumn(n + 1)), ...ERROR_COLUMNS]])
  );
  for (let after = 0; ;) {
    const page = await listProblems(db, importId, { kind: "failure", after, limit: PAGE });
    if (page.length === 0) return;
    yield write(
      page.map(({ cells, line, code, columnName, value }) => {
        const column = columnName ?? undefined;
        const { reason, hint } = tellFault({ code, column, value: value ?? undefined }, language);
        return [...kept.map((at) => cells[at] ?? ""), String(line), columnName ?? "", reason, hint];
      }),
    );
    after = page.at(-1)?.number ?? after;
  }
}

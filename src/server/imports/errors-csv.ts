import { stringify } from "csv-stringify/sync";
import type { Queryable } from "../db/database.ts";
import { tellFault, type FaultLanguage } from "./faults.ts";
import { listProblems } from "./problem-store.ts";
import type { ImportRow } from "./store.ts";
import { ERROR_COLUMNS } from "./targets.ts";

const PAGE = 1_000;
const BYTE_ORDER_MARK = "\ufeff";

/**
 * The rows that were left out, as they stood in the file, with what is wrong behind them. Once corrected it can be
 * uploaded as it is. What a spreadsheet would take for a formula has an apostrophe before it, which an import takes off.
 */
export async function* writeErrors(
  db: Queryable,
  { importId, columns, format }: ImportRow,
  language: FaultLanguage,
): AsyncGenerator<string> {
  const delimiter = format?.delimiter ?? ",";
  const names = columns.map(({ name }) => name);
  const own = names.filter((name) => !ERROR_COLUMNS.some((column) => column === name));
  const kept = names.flatMap((name, at) => (own.includes(name) ? [at] : []));
  const write = (rows: readonly (readonly string[])[]) =>
    stringify(
      rows.map((row) => [...row]),
      { delimiter, record_delimiter: "\r\n", escape_formulas: true },
    );
  yield BYTE_ORDER_MARK + write([[...own, ...ERROR_COLUMNS]]);
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

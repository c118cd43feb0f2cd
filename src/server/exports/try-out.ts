import type { ExportTable, TrialOutcome } from "../../contract/exports.ts";
import { ExportRefused } from "./fault.ts";
import { listExportFields } from "./fields.ts";
import type { ExportDeps } from "./run.ts";
import { selectRows } from "./source-store.ts";
import { shapesOf } from "./tables.ts";
import type { Target } from "./targets/target.ts";

const ROWS = 5;
const SHOWN: readonly ExportTable[] = ["contacts"];

/** Whether the destination can be used, and the first rows that would arrive there. */
export async function tryOut(
  deps: Pick<ExportDeps, "db" | "log">,
  /** May be refused, too. */
  open: () => Target,
): Promise<TrialOutcome> {
  const sample = await firstRows(deps);
  try {
    return { fault: null, server: await open().tryOut(), ...sample };
  } catch (error) {
    if (error instanceof ExportRefused) return { fault: error.fault, server: null, ...sample };
    deps.log.error({ err: error }, "a destination could not be tried out");
    const detail = "The destination answered something that was not understood. The server's log has the cause.";
    return { fault: { code: "internal", detail }, server: null, ...sample };
  }
}

async function firstRows({ db }: Pick<ExportDeps, "db">): Promise<Pick<TrialOutcome, "columns" | "rows">> {
  const fields = await listExportFields(db);
  const [shape] = shapesOf({ tables: SHOWN, externalId: true, fields });
  if (shape === undefined) throw new Error("There is no table of contacts.");
  const query = selectRows(shape, { exportId: "", extent: { kind: "whole" }, fields, form: "lines" });
  const columns = shape.columns.map(({ name }) => name);
  // Times and flags as the text they arrive as.
  const cells = columns.map((name) => `r."${name}"::text`).join(", ");
  const first = `SELECT ARRAY[${cells}] AS cells FROM (${query} ORDER BY c.contact_id LIMIT ${ROWS}) r`;
  const rows = await db.query<{ cells: (string | null)[] }>(first);
  return { columns, rows: rows.map((row) => row.cells) };
}

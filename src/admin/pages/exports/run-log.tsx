import type { ExportRun, RunNote } from "../../../contract/exports.ts";
import { counted, locale, number, t } from "../../text/index.ts";
import { Time } from "../../ui/parts.tsx";
import { RunState } from "./exports.tsx";

/** Newest first: what each run did, how long it took, and why it did not. */
export function RunLog({ runs }: { readonly runs: readonly ExportRun[] }) {
  if (runs.length === 0) return <p class="muted run-none">{t("exports.runs.none")}</p>;
  return (
    <ul class="plain run-log">
      {runs.map((run) => (
        <li key={run.id}>
          <Run run={run} />
        </li>
      ))}
    </ul>
  );
}

function Run({ run }: { readonly run: ExportRun }) {
  const sum = (pick: "read" | "written" | "removed") => run.tables.reduce((total, table) => total + table[pick], 0);
  return (
    <details>
      <summary>
        <RunState state={run.state} />
        <span>
          <Time at={run.startedAt} />
          {run.finishedAt !== null && <span class="muted"> · {seconds(run.finishedAt - run.startedAt)}</span>}
        </span>
        <span class="run-sum">
          {counted("exports.rows.written", sum("written"))}
          {sum("removed") > 0 && `, ${counted("exports.rows.removed", sum("removed"))}`}
          <span class="muted"> · {size(run.bytes)}</span>
        </span>
      </summary>
      {run.error !== null && <p class="run-error">{run.error.detail}</p>}
      {run.state === "interrupted" && <p class="muted">{t("exports.interrupted.hint")}</p>}
      {run.notes.length > 0 && (
        <ul class="run-notes">
          {run.notes.map((note) => (
            <li key={`${note.code} ${note.table} ${note.column ?? ""}`}>{noteText(note)}</li>
          ))}
        </ul>
      )}
      {run.tables.length > 0 && <Tables run={run} />}
    </details>
  );
}

function Tables({ run }: { readonly run: ExportRun }) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={t("exports.tables")}>
      <table class="plain-table run-tables">
        <thead>
          <tr>
            <th scope="col">{t("exports.column.table")}</th>
            <th scope="col">{t("exports.column.sent")}</th>
            <th scope="col">{t("exports.column.written")}</th>
            <th scope="col">{t("exports.column.removed")}</th>
            <th scope="col">{t("exports.column.extent")}</th>
          </tr>
        </thead>
        <tbody>
          {run.tables.map((table) => (
            <tr key={table.name}>
              <th scope="row" class="mono">
                {table.name}
              </th>
              <td data-label={t("exports.column.sent")}>{number(table.read)}</td>
              <td data-label={t("exports.column.written")}>{number(table.written)}</td>
              <td data-label={t("exports.column.removed")}>{number(table.removed)}</td>
              <td data-label={t("exports.column.extent")}>
                {t(table.whole ? "exports.extent.whole" : "exports.extent.changed")}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function noteText({ code, table, column }: RunNote): string {
  if (code === "column.added") return t("exports.note.column", { table, column: column ?? "" });
  if (code === "column.cleared") return t("exports.note.cleared", { table, column: column ?? "" });
  return t(code === "table.made" ? "exports.note.table" : "exports.note.schema", { table });
}

function seconds(milliseconds: number): string {
  const value = milliseconds / 1_000;
  const digits = value < 10 ? 1 : 0;
  return new Intl.NumberFormat(locale(), { style: "unit", unit: "second", maximumFractionDigits: digits }).format(
    value,
  );
}

function size(bytes: number): string {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte"] as const;
  let value = bytes;
  let index = 0;
  while (value >= 1_000 && index < units.length - 1) {
    value /= 1_000;
    index += 1;
  }
  const unit = units[index] ?? "byte";
  return new Intl.NumberFormat(locale(), { style: "unit", unit, maximumFractionDigits: 1 }).format(value);
}

import { useState } from "preact/hooks";
import type { ImportDetails, ImportProblem } from "../../../contract/imports.ts";
import { ADMIN_API_PATH } from "../../../contract/wire.ts";
import { api } from "../../api.ts";
import { language, number, t } from "../../text/index.ts";
import { Failure } from "../../ui/parts.tsx";
import { useAction, useResource } from "../../ui/resource.ts";
import { LEFT_OUT_ID } from "./result-tiles.tsx";

/** Rows that were left out, and rows worth a word. */
export function Problems({ seen }: { readonly seen: ImportDetails }) {
  return (
    <>
      {seen.failures > 0 && (
        <section class="card">
          <header class="import-problems-head">
            <h2 id={LEFT_OUT_ID} tabIndex={-1}>
              {t("imports.problems")} <span class="muted">{number(seen.failures)}</span>
            </h2>
            <a
              class="button"
              download={`errors-${seen.id}.csv`}
              href={`${ADMIN_API_PATH}/imports/${seen.id}/errors.csv?language=${language.value}`}
            >
              {t("imports.errors")}
            </a>
          </header>
          <p class="small muted">{t("imports.errors.hint")}</p>
          <ProblemTable seen={seen} kind="failure" />
        </section>
      )}
      {seen.notes > 0 && (
        <section class="card">
          <h2>
            {t("imports.notes")} <span class="muted">{number(seen.notes)}</span>
          </h2>
          <ProblemTable seen={seen} kind="note" />
        </section>
      )}
    </>
  );
}

interface Asked {
  readonly seen: ImportDetails;
  readonly kind: "failure" | "note";
}

function ProblemTable({ seen: { id, state }, kind }: Asked) {
  const [more, setMore] = useState<{ readonly rows: readonly ImportProblem[]; readonly next: number | null }>();
  const { run, busy } = useAction();
  const load = (after?: number) => api.importProblems(id, { kind, language: language.value, after });
  const { value, error, reload } = useResource(`problems ${id} ${state} ${kind} ${language.value}`, () => load());
  if (error !== undefined) return <Failure error={error} retry={() => void reload()} />;
  if (value === undefined) return null;
  const rows = [...value.problems, ...(more?.rows ?? [])];
  const next = more === undefined ? value.next : more.next;
  return (
    <>
      <table class="table import-problems">
        <thead>
          <tr>
            <th scope="col">{t("imports.problem.line")}</th>
            <th scope="col">{t("imports.problem.column")}</th>
            <th scope="col">{t(kind === "failure" ? "imports.problem.reason" : "imports.problem.note")}</th>
            <th scope="col">{t("imports.problem.hint")}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ line, column, reason, hint }, at) => (
            <tr key={at}>
              <td class="nowrap">
                <span class="import-line">{t("imports.problem.line")} </span>
                {number(line)}
              </td>
              <td data-label={t("imports.problem.column")}>
                {kind === "failure" && column !== null ? <bdi>{column}</bdi> : "–"}
              </td>
              <td data-label={t(kind === "failure" ? "imports.problem.reason" : "imports.problem.note")}>{reason}</td>
              <td data-label={t("imports.problem.hint")} class="small">
                {hint}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {next !== null && (
        <button
          type="button"
          class="button"
          disabled={busy}
          onClick={() =>
            void run(async () => {
              const page = await load(next);
              setMore({ rows: [...(more?.rows ?? []), ...page.problems], next: page.next });
            })
          }
        >
          {t("imports.problems.more")}
        </button>
      )}
    </>
  );
}

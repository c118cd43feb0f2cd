import type { TrialOutcome } from "../../../contract/exports.ts";
import { t } from "../../text/index.ts";
import { Icon } from "../../ui/icon.tsx";

/** What a trial found: the reason why not, or the first rows as they would arrive. */
export function Trial({ outcome }: { readonly outcome: TrialOutcome }) {
  return (
    <section class="trial" aria-label={t("exports.trial")} role="status">
      {outcome.fault !== null ? (
        <div class="failure">
          <Icon name="warning" />
          <p>{outcome.fault.detail}</p>
        </div>
      ) : (
        <>
          <p class="trial-good">
            <Icon name="check" /> {t("exports.trial.good", { server: outcome.server ?? "" })}
          </p>
          <FirstRows outcome={outcome} />
        </>
      )}
    </section>
  );
}

/** Columns in which none of the rows has anything say nothing here. */
function FirstRows({ outcome: { columns, rows } }: { readonly outcome: TrialOutcome }) {
  if (rows.length === 0) return <p class="muted">{t("exports.trial.none")}</p>;
  const shown = columns.map((name, index) => ({ name, index })).filter(({ index }) => rows.some((row) => row[index]));
  return (
    <>
      <p class="muted small">{t("exports.trial.rows")}</p>
      <div class="scroll" tabIndex={0} role="region" aria-label={t("exports.trial.rows")}>
        <table class="plain-table">
          <thead>
            <tr>
              {shown.map(({ name }) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row, line) => (
              <tr key={line}>
                {shown.map(({ name, index }) => (
                  <td key={name}>{row[index] ?? <span class="muted">NULL</span>}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

import { useState } from "preact/hooks";
import type { ExportTable, TrialOutcome } from "../../../contract/exports.ts";
import { api } from "../../api.ts";
import { href, navigate, query } from "../../router.ts";
import { t } from "../../text/index.ts";
import { Field, valueOf } from "../../ui/field.tsx";
import { Icon } from "../../ui/icon.tsx";
import { Failure, PageHead } from "../../ui/parts.tsx";
import { useAction } from "../../ui/resource.ts";
import { showToast } from "../../ui/toast.tsx";
import { useUnsaved } from "../../ui/unsaved.tsx";
import { BigQueryFields, placeIn, PostgresFields, type Kind } from "./place-fields.tsx";
import { IntervalField } from "./interval.tsx";
import { Trial } from "./trial.tsx";

const KINDS: readonly Kind[] = ["postgresql", "bigquery"];
const TABLES: readonly ExportTable[] = [
  "contacts",
  "devices",
  "bindings",
  "events",
  "segments_members",
  "identity_changes",
];

/** Connect, look at the first rows, then say what and how often. */
export function NewExportPage() {
  const { busy, error, run } = useAction();
  const [outcome, setOutcome] = useState<TrialOutcome>();
  const kind = KINDS.find((known) => known === query.value.get("kind")) ?? "postgresql";
  const [dirty, setDirty] = useState(false);
  useUnsaved({ isDirty: dirty });
  const isGood = outcome !== undefined && outcome.fault === null;

  function onSubmit(event: SubmitEvent & { readonly currentTarget: HTMLFormElement }) {
    event.preventDefault();
    const form = event.currentTarget;
    const destination = { place: placeIn(form, kind), secret: valueOf(form, "secret") };
    void run(async () => {
      if (!isGood) return setOutcome(await api.tryExport(destination));
      const made = await api.createExport({
        ...destination,
        name: valueOf(form, "name"),
        intervalMinutes: Number(valueOf(form, "interval")),
        tables: TABLES.filter((table) => new FormData(form).getAll("table").includes(table)),
      });
      await api.runExport(made.id, { allAgain: false });
      setDirty(false);
      showToast(t("exports.created", { name: made.name }));
      navigate(href(`/exports/${made.id}`), "replace");
    });
  }
  /** What was tried is no longer what stands there. */
  function onInput(event: Event) {
    setDirty(true);
    const field = event.target;
    if (field instanceof HTMLElement && field.closest(".destination") !== null) setOutcome(undefined);
  }

  return (
    <>
      <a class="back" href={href("/exports")}>
        <Icon name="back" />
        {t("exports.title")}
      </a>
      <PageHead title={t("exports.add")} lead={t("exports.add.lead")} />
      <nav class="kinds" aria-label={t("exports.kind")}>
        {KINDS.map((one) => (
          <a
            key={one}
            class="button"
            href={href("/exports/new", { kind: one })}
            aria-current={one === kind ? "true" : undefined}
            onClick={() => setOutcome(undefined)}
          >
            {t(`exports.kind.${one}`)}
          </a>
        ))}
      </nav>
      <form class="card export-form" key={kind} onSubmit={onSubmit} onInput={onInput}>
        <fieldset class="destination">
          <legend>{t("exports.step.connect")}</legend>
          {kind === "postgresql" ? <PostgresFields /> : <BigQueryFields />}
        </fieldset>
        {outcome !== undefined && <Trial outcome={outcome} />}
        {isGood && <Schedule kind={kind} />}
        {error !== undefined && <Failure error={error} />}
        <button type="submit" class="button primary" disabled={busy}>
          {busy ? t("exports.busy") : t(isGood ? "exports.create" : "exports.test")}
        </button>
      </form>
    </>
  );
}

function Schedule({ kind }: { readonly kind: Kind }) {
  return (
    <fieldset class="schedule">
      <legend>{t("exports.step.schedule")}</legend>
      <Field label={t("exports.name")} name="name" required maxLength={100} defaultValue={t(`exports.kind.${kind}`)} />
      <IntervalField minutes={kind === "bigquery" ? 24 * 60 : 60} />
      <fieldset>
        <legend>{t("exports.tables")}</legend>
        {TABLES.map((table) => (
          <label key={table} class="choice">
            <input type="checkbox" name="table" value={table} defaultChecked />
            <span>
              <strong class="mono">{table}</strong>
              <span class="small muted">{t(`exports.table.${table}`)}</span>
            </span>
          </label>
        ))}
      </fieldset>
    </fieldset>
  );
}

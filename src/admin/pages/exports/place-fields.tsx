import type { ExportPlace } from "../../../contract/exports.ts";
import { t } from "../../text/index.ts";
import { Field, TextArea, valueOf } from "../../ui/field.tsx";

export type Kind = ExportPlace["kind"];

/** What the form says of the destination. */
export function placeIn(form: HTMLFormElement, kind: Kind): ExportPlace {
  const value = (name: string) => valueOf(form, name).trim();
  if (kind === "bigquery") return { kind, dataset: value("dataset"), location: value("location") };
  return {
    kind,
    host: value("host"),
    port: Number(value("port")),
    database: value("database"),
    user: value("user"),
    schema: value("schema"),
    tls: valueOf(form, "tls") === "off" ? "off" : "verify",
    authority: value("authority") || null,
  };
}

export function PostgresFields() {
  return (
    <>
      <div class="field-pair">
        <Field label={t("exports.host")} name="host" required maxLength={253} autocomplete="off" />
        <Field label={t("exports.port")} name="port" type="number" required min={1} max={65_535} defaultValue="5432" />
      </div>
      <Field label={t("exports.database")} name="database" required maxLength={63} autocomplete="off" />
      <Field label={t("exports.user")} name="user" required maxLength={63} autocomplete="off" />
      <Field
        label={t("exports.password")}
        hint={t("exports.secret.hint")}
        name="secret"
        type="password"
        autocomplete="new-password"
      />
      <Field
        label={t("exports.schema")}
        hint={t("exports.schema.hint")}
        name="schema"
        required
        maxLength={63}
        defaultValue="public"
      />
      <fieldset>
        <legend>{t("exports.tls")}</legend>
        {(["verify", "off"] as const).map((mode) => (
          <label key={mode} class="choice">
            <input type="radio" name="tls" value={mode} defaultChecked={mode === "verify"} />
            <span>
              <strong>{t(`exports.tls.${mode}`)}</strong>
              <span class="small muted">{t(`exports.tls.${mode}.hint`)}</span>
            </span>
          </label>
        ))}
      </fieldset>
      <details>
        <summary>{t("exports.authority")}</summary>
        <TextArea label={t("exports.authority")} hint={t("exports.authority.hint")} name="authority" rows={4} />
      </details>
    </>
  );
}

export function BigQueryFields() {
  return (
    <>
      <Field
        label={t("exports.dataset")}
        hint={t("exports.dataset.hint")}
        name="dataset"
        required
        pattern="[A-Za-z0-9_]+"
        maxLength={1_024}
        defaultValue="backstory"
      />
      <Field
        label={t("exports.location")}
        hint={t("exports.location.hint")}
        name="location"
        required
        defaultValue="EU"
      />
      <TextArea
        label={t("exports.key")}
        hint={t("exports.key.hint")}
        name="secret"
        rows={6}
        required
        spellcheck={false}
        autocomplete="off"
      />
    </>
  );
}

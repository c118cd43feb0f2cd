import { useState } from "preact/hooks";
import type { ImportDetails, ImportFormat, ImportSettings } from "../../../contract/imports.ts";
import { api } from "../../api.ts";
import { counted, t } from "../../text/index.ts";
import { Field } from "../../ui/field.tsx";
import { Failure } from "../../ui/parts.tsx";
import { useAction } from "../../ui/resource.ts";
import { useUnsaved } from "../../ui/unsaved.tsx";
import { Choice } from "./choice.tsx";
import { nameOfTarget, TARGETS, type NamedField } from "./targets.ts";

interface Props {
  readonly seen: ImportDetails;
  readonly format: ImportFormat;
  readonly settings: ImportSettings;
  readonly fields: readonly NamedField[];
  changed(seen: ImportDetails): void;
}

/** What the file says, where it goes, and how. Nothing is kept before the check is asked for. */
export function ColumnsStep({ seen, format, settings: kept, fields, changed }: Props) {
  const [settings, setSettings] = useState(kept);
  const { busy, error, run } = useAction();
  useUnsaved({ isDirty: !busy && JSON.stringify(settings) !== JSON.stringify(kept) });
  const set = (difference: Partial<ImportSettings>) => setSettings((old) => ({ ...old, ...difference }));
  const reformat = (difference: Partial<ImportFormat>) =>
    run(async () => {
      const read = await api.changeImport(seen.id, { format: { ...format, ...difference } });
      if (read.settings !== null) setSettings(read.settings);
      changed(read);
    });
  const check = () =>
    run(async () => {
      await api.changeImport(seen.id, { settings: tidy(settings) });
      changed(await api.checkImport(seen.id));
    });
  return (
    <div class="stack">
      <FormatCard format={format} busy={busy} choose={(difference) => void reformat(difference)} />
      <MappingCard seen={seen} settings={settings} fields={fields} set={set} />
      <OptionsCard settings={settings} fields={fields} set={set} />
      {error !== undefined && <Failure error={error} />}
      <p class="form-actions">
        <button type="button" class="button primary" disabled={busy} onClick={() => void check()}>
          {t("imports.check")}
        </button>
      </p>
    </div>
  );
}

const STRONGEST = ["externalCustomerId", "email", "phone"];

/** The unique field as it is shown: what was chosen, else the strongest of what columns hold, else the first. */
function keyShown({ key, columns }: ImportSettings): string | undefined {
  const mapped = columns.filter((target) => target !== null);
  if (key !== undefined && mapped.includes(key)) return key;
  return STRONGEST.find((target) => mapped.includes(target)) ?? mapped[0];
}

/** What is shown is what is meant. Ids that nothing replaces are no choice of anybody's. */
function tidy({ key: chosen, ...rest }: ImportSettings): ImportSettings {
  const key = keyShown({ ...rest, ...(chosen !== undefined && { key: chosen }) });
  const isChosen = key !== undefined && (key === chosen || !STRONGEST.includes(key));
  const settings: ImportSettings = rest;
  const tidied: ImportSettings = isChosen ? { ...rest, key } : rest;
  const replaces = settings.replaceExternalIds && mayReplace(tidied);
  return { ...tidied, replaceExternalIds: replaces };
}

const mayReplace = ({ key, columns }: ImportSettings): boolean =>
  columns.includes("externalCustomerId") && key !== undefined && key !== "externalCustomerId";

const DELIMITERS = [
  { value: ",", label: "imports.delimiter.comma" },
  { value: ";", label: "imports.delimiter.semicolon" },
  { value: "\t", label: "imports.delimiter.tab" },
  { value: "|", label: "imports.delimiter.pipe" },
] as const;
const ENCODINGS = [
  { value: "utf-8", label: "UTF-8" },
  { value: "utf-16le", label: "UTF-16 (LE)" },
  { value: "utf-16be", label: "UTF-16 (BE)" },
  { value: "windows-1251", label: "Windows-1251" },
  { value: "windows-1252", label: "Windows-1252" },
] as const;

function FormatCard(props: {
  readonly format: ImportFormat;
  readonly busy: boolean;
  choose(difference: Partial<ImportFormat>): void;
}) {
  const { format, choose } = props;
  return (
    <section class="card">
      <h2>{t("imports.format")}</h2>
      <div class="import-fields">
        <Choice
          label={t("imports.encoding")}
          value={format.encoding}
          options={ENCODINGS}
          choose={(encoding) => choose({ encoding })}
        />
        <Choice
          label={t("imports.delimiter")}
          value={format.delimiter}
          options={DELIMITERS.map(({ value, label }) => ({ value, label: t(label) }))}
          choose={(delimiter) => choose({ delimiter })}
        />
        <Tick label={t("imports.header")} on={format.hasHeader} set={(hasHeader) => choose({ hasHeader })} />
      </div>
    </section>
  );
}

function Tick(props: { readonly label: string; readonly on: boolean; readonly hint?: string; set(on: boolean): void }) {
  return (
    <div class="field import-tick">
      <label>
        <input type="checkbox" checked={props.on} onChange={(event) => props.set(event.currentTarget.checked)} />{" "}
        {props.label}
      </label>
      {props.hint !== undefined && <p class="hint">{props.hint}</p>}
    </div>
  );
}

interface Setting {
  readonly settings: ImportSettings;
  readonly fields: readonly NamedField[];
  set(difference: Partial<ImportSettings>): void;
}

function MappingCard({ seen, settings, fields, set }: Setting & { readonly seen: ImportDetails }) {
  const ignored = settings.columns.filter((target) => target === null).length;
  const targets = [...TARGETS, ...fields.map(({ id }) => `field:${id}`)];
  const choose = (at: number, target: string) =>
    set({ columns: settings.columns.map((old, n) => (n === at ? target || null : old)) });
  return (
    <section class="card">
      <h2>{t("imports.columns")}</h2>
      {seen.isRemembered && <p class="small muted">{t("imports.remembered")}</p>}
      <table class="table import-mapping">
        <thead>
          <tr>
            <th scope="col">{t("imports.columns.name")}</th>
            <th scope="col">{t("imports.columns.samples")}</th>
            <th scope="col">{t("imports.columns.target")}</th>
          </tr>
        </thead>
        <tbody>
          {seen.columns.map(({ name, samples }, at) => (
            <tr key={at} class={(settings.columns[at] ?? null) === null ? "is-ignored" : ""}>
              <td>
                <strong>
                  <bdi>{name}</bdi>
                </strong>
              </td>
              <td data-label={t("imports.columns.samples")} class="small">
                {samples.length === 0 ? (
                  <span class="not-set">{t("imports.columns.blank")}</span>
                ) : (
                  <ul class="plain import-samples">
                    {samples.map((sample) => (
                      <li key={sample} title={sample}>
                        <bdi>{sample}</bdi>
                      </li>
                    ))}
                  </ul>
                )}
              </td>
              <td data-label={t("imports.columns.target")}>
                <select
                  aria-label={`${t("imports.columns.target")}: ${name}`}
                  value={settings.columns[at] ?? ""}
                  onChange={(event) => choose(at, event.currentTarget.value)}
                >
                  <option value="">{t("imports.target.none")}</option>
                  {targets.map((target) => (
                    <option
                      key={target}
                      value={target}
                      disabled={settings.columns.some((taken, n) => taken === target && n !== at)}
                    >
                      {nameOfTarget(target, fields)}
                    </option>
                  ))}
                </select>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="small muted import-ignored">
        {ignored === 0 ? t("imports.columns.all") : counted("imports.columns.ignored", ignored)}
      </p>
    </section>
  );
}

function OptionsCard({ settings, fields, set }: Setting) {
  const mapped = settings.columns.filter((target) => target !== null);
  const key = keyShown(settings) ?? "";
  const hasDates = fields.some(({ id, type }) => type === "date" && mapped.includes(`field:${id}`));
  const name = (target: string) => nameOfTarget(target, fields);
  return (
    <section class="card">
      <h2>{t("imports.options")}</h2>
      <div class="import-fields">
        <Choice
          label={t("imports.key")}
          value={key}
          options={mapped.map((target) => ({ value: target, label: name(target) }))}
          hint={
            <>
              {key === "id" ? t("imports.key.id") : t("imports.key.rule", { field: name(key) })}{" "}
              {mapped.includes("externalCustomerId") && t("imports.key.external")}
            </>
          }
          choose={(chosen) => set({ key: chosen })}
        />
        <Choice
          label={t("imports.existing")}
          value={settings.existing}
          options={(["overwrite", "fillEmpty"] as const).map((value) => ({
            value,
            label: t(`imports.existing.${value}`),
          }))}
          choose={(existing) => set({ existing })}
        />
        <Choice
          label={t("imports.emptyCells")}
          value={settings.emptyCells}
          options={(["leave", "clear"] as const).map((value) => ({ value, label: t(`imports.emptyCells.${value}`) }))}
          hint={t("imports.emptyCells.hint")}
          choose={(emptyCells) => set({ emptyCells })}
        />
        <Choice
          label={t("imports.newAddresses")}
          value={settings.newAddresses}
          options={(["confirmed", "unconfirmed"] as const).map((value) => ({
            value,
            label: t(`imports.newAddresses.${value}`),
          }))}
          choose={(newAddresses) => set({ newAddresses })}
        />
        <Choice
          label={t("imports.deleted")}
          value={settings.deleted}
          options={(["restore", "skip"] as const).map((value) => ({ value, label: t(`imports.deleted.${value}`) }))}
          choose={(deleted) => set({ deleted })}
        />
        <Field
          label={t("imports.segment")}
          hint={t("imports.segment.hint")}
          maxLength={255}
          value={settings.segment ?? ""}
          onInput={(event) =>
            set({ segment: event.currentTarget.value.trim() === "" ? null : event.currentTarget.value })
          }
        />
        <Field
          label={t("imports.country")}
          hint={t("imports.country.hint")}
          maxLength={2}
          value={settings.country ?? ""}
          onInput={(event) => set({ country: event.currentTarget.value.trim().toUpperCase() || null })}
        />
        {hasDates && (
          <Choice
            label={t("imports.dates")}
            value={settings.slashedDates ?? "unknown"}
            options={(["unknown", "dayFirst", "monthFirst"] as const).map((value) => ({
              value,
              label: t(`imports.dates.${value}`),
            }))}
            hint={t("imports.dates.hint")}
            choose={(order) => set({ slashedDates: order === "unknown" ? null : order })}
          />
        )}
        {mayReplace({ ...settings, key }) && (
          <Tick
            label={t("imports.replace")}
            hint={t("imports.replace.hint")}
            on={settings.replaceExternalIds}
            set={(replaceExternalIds) => set({ replaceExternalIds })}
          />
        )}
      </div>
    </section>
  );
}

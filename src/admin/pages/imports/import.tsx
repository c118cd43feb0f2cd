import type { ImportDetails } from "../../../contract/imports.ts";
import { api } from "../../api.ts";
import { href, navigate, query } from "../../router.ts";
import { may } from "../../session.ts";
import { t } from "../../text/index.ts";
import { Icon } from "../../ui/icon.tsx";
import { Failure, isMissing, Missing, PageHead, Skeleton } from "../../ui/parts.tsx";
import { useAction, useResource } from "../../ui/resource.ts";
import { CheckStep } from "./check-step.tsx";
import { ColumnsStep } from "./columns-step.tsx";
import { FilePicker } from "./file-step.tsx";
import { ImportAsApi } from "./import-as-api.tsx";
import { StateTag } from "./imports.tsx";
import { useInterval } from "./interval.ts";
import { Problems } from "./problems.tsx";
import { RowProgress } from "./progress.tsx";
import { ResultTiles } from "./result-tiles.tsx";
import { sizeOf } from "./size.ts";
import { Steps, type Step } from "./steps.tsx";
import type { NamedField } from "./targets.ts";

const LOOK_EVERY = 500;

export function ImportPage({ id }: { readonly id: number }) {
  const { value, error, reload, set } = useResource(`import ${id}`, () => api.import(id));
  const { value: known } = useResource("fields", api.fields);
  const isMoving = value?.state === "checking" || value?.state === "running";
  useInterval(() => void reload(), isMoving ? LOOK_EVERY : undefined);
  if (isMissing(error))
    return <Missing icon="imports" title={t("imports.unknown")} to={href("/imports")} others={t("imports.title")} />;
  return (
    <>
      <a class="back" href={href("/imports")}>
        <Icon name="back" />
        {t("imports.back")}
      </a>
      {error !== undefined && <Failure error={error} retry={() => void reload()} />}
      {value === undefined && error === undefined && <Skeleton rows={4} />}
      {value !== undefined && (
        <Found seen={value} fields={known?.fields ?? []} changed={set} reload={() => void reload()} />
      )}
    </>
  );
}

interface Props {
  readonly seen: ImportDetails;
  readonly fields: readonly NamedField[];
  changed(seen: ImportDetails): void;
}

function Found({ seen, fields, changed, reload }: Props & { reload(): void }) {
  const step = stepOf(seen, query.value.get("step"));
  const arrive = (next: ImportDetails) => {
    changed(next);
    navigate(href(`/imports/${next.id}`), "replace");
  };
  return (
    <>
      <PageHead
        title={seen.fileName}
        lead={
          <>
            <StateTag state={seen.state} /> {seen.fileSize !== null && sizeOf(seen.fileSize)}
          </>
        }
      />
      <Steps here={step} back={{ id: seen.id, to: mayGoBack(seen) }} />
      <Body seen={seen} fields={fields} step={step} changed={arrive} reload={reload} />
      {seen.settings !== null && <ImportAsApi settings={seen.settings} />}
    </>
  );
}

/** Where the import stands; before it runs one may also look back at the columns. */
function stepOf({ state }: ImportDetails, asked: string | null): Step {
  switch (state) {
    case "uploading":
      return "file";
    case "ready":
    case "failed":
      return "columns";
    case "checking":
      return "check";
    case "checked":
      return asked === "columns" ? "columns" : "check";
    case "running":
    case "finished":
    case "cancelled":
      return "run";
  }
}

const mayGoBack = ({ state }: ImportDetails): readonly Step[] =>
  state === "checked" ? ["columns", "check"] : state === "ready" ? ["columns"] : [];

function Body({ seen, fields, step, changed, reload }: Props & { readonly step: Step; reload(): void }) {
  if (step === "file") return <Unfinished seen={seen} reload={reload} changed={changed} />;
  if (seen.state === "checking")
    return <Moving seen={seen} changed={changed} title={t("imports.checking")} stop={t("imports.cancel.check")} />;
  if (seen.state === "running")
    return <Moving seen={seen} changed={changed} title={t("imports.running")} stop={t("imports.cancel")} />;
  if (step === "run") return <Ended seen={seen} />;
  if (step === "check") return <CheckStep seen={seen} fields={fields} changed={changed} />;
  return (
    <div class="stack">
      {seen.error !== null && (
        <div class="failure" role="alert">
          <Icon name="warning" />
          <div>
            <p>
              <strong>{t("imports.failed")}</strong> {seen.error}
            </p>
            <p class="small">{t("imports.failed.hint")}</p>
          </div>
        </div>
      )}
      {seen.format !== null && seen.settings !== null && (
        <ColumnsStep
          key={JSON.stringify(seen.format)}
          seen={seen}
          format={seen.format}
          settings={seen.settings}
          fields={fields}
          changed={changed}
        />
      )}
    </div>
  );
}

function Unfinished({ seen, reload, changed }: Omit<Props, "fields"> & { reload(): void }) {
  return (
    <div class="stack">
      <div class="card">
        <h2>{t("imports.file.stopped")}</h2>
        <p>
          {t("imports.file.stopped.hint", {
            done: sizeOf(seen.bytesStored),
            all: sizeOf(seen.fileSize ?? seen.bytesStored),
          })}
        </p>
        <Stop seen={seen} changed={changed} label={t("imports.discard")} />
      </div>
      <FilePicker begun={seen} done={reload} />
    </div>
  );
}

function Moving({
  seen,
  changed,
  title,
  stop,
}: Omit<Props, "fields"> & { readonly title: string; readonly stop: string }) {
  return (
    <section class="card">
      <h2>{title}</h2>
      <RowProgress seen={seen} />
      <ResultTiles counts={seen.counts} />
      <Stop seen={seen} changed={changed} label={stop} />
    </section>
  );
}

function Stop({ seen, changed, label }: Omit<Props, "fields"> & { readonly label: string }) {
  const { busy, error, run } = useAction();
  if (!may("contacts.write")) return null;
  return (
    <>
      {error !== undefined && <Failure error={error} />}
      <p class="form-actions">
        <button
          type="button"
          class="button"
          disabled={busy}
          onClick={() => void run(async () => changed(await api.cancelImport(seen.id)))}
        >
          {label}
        </button>
      </p>
    </>
  );
}

function Ended({ seen }: { readonly seen: ImportDetails }) {
  const isDone = seen.state === "finished";
  return (
    <div class="stack">
      <section class="card">
        <h2>{t(isDone ? "imports.finished" : "imports.cancelled")}</h2>
        {!isDone && <p class="muted">{t("imports.cancelled.hint")}</p>}
        <ResultTiles counts={seen.counts} seen={seen} />
        {seen.namesContacts && <p class="small muted">{t("imports.result.hint")}</p>}
        <p class="form-actions">
          <a class="button primary" href={href("/contacts")}>
            {t("nav.contacts")}
          </a>
          <a class="button" href={href("/imports/new")}>
            {t("imports.new")}
          </a>
        </p>
      </section>
      <Problems seen={seen} />
    </div>
  );
}

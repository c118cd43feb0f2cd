import { useEffect, useRef, useState } from "preact/hooks";
import type { Export, ExportChange, TrialOutcome } from "../../../contract/exports.ts";
import { api } from "../../api.ts";
import { href, navigate } from "../../router.ts";
import { may } from "../../session.ts";
import { t } from "../../text/index.ts";
import { Dialog } from "../../ui/dialog.tsx";
import { Field, TextArea, valueOf } from "../../ui/field.tsx";
import { Icon } from "../../ui/icon.tsx";
import { Failure, isMissing, Missing, PageHead, Skeleton, Time } from "../../ui/parts.tsx";
import { useAction, useResource } from "../../ui/resource.ts";
import { showToast } from "../../ui/toast.tsx";
import { useUnsaved } from "../../ui/unsaved.tsx";
import { placeName } from "./exports.tsx";
import { IntervalField, intervalText } from "./interval.tsx";
import { RunLog } from "./run-log.tsx";
import { Trial } from "./trial.tsx";

const ASK_EVERY = 2_000;

export function ExportPage({ id }: { readonly id: string }) {
  const { value, error, reload } = useResource(`export ${id}`, () => api.export(id));
  const isMoving = value !== undefined && (value.export.lastRun?.state === "running" || isDue(value.export));
  useEffect(() => {
    if (!isMoving) return undefined;
    const timer = setInterval(() => {
      if (document.visibilityState === "visible") void reload();
    }, ASK_EVERY);
    return () => clearInterval(timer);
  }, [isMoving, reload]);
  if (isMissing(error))
    return <Missing icon="exports" title={t("exports.unknown")} to={href("/exports")} others={t("exports.title")} />;
  if (value === undefined) return error ? <Failure error={error} retry={() => void reload()} /> : <Skeleton rows={6} />;
  const { export: one, runs } = value;
  return (
    <>
      <a class="back" href={href("/exports")}>
        <Icon name="back" />
        {t("exports.title")}
      </a>
      <PageHead title={one.name} lead={placeName(one.place)}>
        {one.paused && <span class="status">{t("exports.paused")}</span>}
      </PageHead>
      <section class="card" aria-labelledby="when-title">
        <h2 id="when-title">{t("exports.when")}</h2>
        <When export={one} />
        {may("exports.write") && <Acts export={one} changed={() => void reload()} />}
      </section>
      <section class="card flush" aria-labelledby="runs-title">
        <div class="card-head">
          <h2 id="runs-title">{t("exports.runs")}</h2>
        </div>
        <RunLog runs={runs} />
      </section>
      {may("exports.write") && <Settings export={one} changed={() => void reload()} />}
    </>
  );
}

const isDue = ({ nextRunAt }: Export) => nextRunAt !== null && nextRunAt <= Date.now();

function When({ export: one }: { readonly export: Export }) {
  return (
    <p>
      {intervalText(one.intervalMinutes)}
      {" · "}
      {one.lastRun?.state === "running" ? (
        t("exports.state.running")
      ) : one.nextRunAt === null ? (
        t("exports.paused.hint")
      ) : isDue(one) ? (
        t("exports.next.now")
      ) : (
        <>
          {t("exports.next")} <Time at={one.nextRunAt} />
        </>
      )}
    </p>
  );
}

function Acts({ export: one, changed }: { readonly export: Export; changed(): void }) {
  const { busy, error, run } = useAction();
  const [outcome, setOutcome] = useState<TrialOutcome>();
  const [asking, setAsking] = useState(false);
  const act = (work: () => Promise<unknown>) =>
    void run(async () => {
      await work();
      changed();
    });
  const change = (body: ExportChange) => act(() => api.changeExport(one.id, body));
  return (
    <>
      <div class="acts">
        <button
          type="button"
          class="button primary"
          disabled={busy}
          onClick={() => act(() => api.runExport(one.id, { allAgain: false }))}
        >
          {t("exports.run")}
        </button>
        <button
          type="button"
          class="button"
          disabled={busy}
          onClick={() =>
            void run(async () => {
              setOutcome(undefined);
              setOutcome(await api.tryStoredExport(one.id));
            })
          }
        >
          {t("exports.test")}
        </button>
        <button type="button" class="button" disabled={busy} onClick={() => change({ paused: !one.paused })}>
          {t(one.paused ? "exports.resume" : "exports.pause")}
        </button>
        <button type="button" class="button" disabled={busy} onClick={() => setAsking(true)}>
          {t("exports.again")}
        </button>
      </div>
      {!one.externalId && (
        <div class="note">
          <span>{t("exports.externalId")}</span>
          <button type="button" class="button small" disabled={busy} onClick={() => change({ externalId: true })}>
            {t("exports.externalId.add")}
          </button>
        </div>
      )}
      {error !== undefined && <Failure error={error} />}
      {outcome !== undefined && <Trial outcome={outcome} />}
      {asking && (
        <Dialog title={t("exports.again")} close={() => setAsking(false)}>
          <p>{t("exports.again.hint")}</p>
          <div class="dialog-actions">
            <button type="button" class="button" onClick={() => setAsking(false)}>
              {t("act.cancel")}
            </button>
            <button
              type="button"
              class="button primary"
              onClick={() => {
                setAsking(false);
                act(() => api.runExport(one.id, { allAgain: true }));
              }}
            >
              {t("exports.again")}
            </button>
          </div>
        </Dialog>
      )}
    </>
  );
}

function Settings({ export: one, changed }: { readonly export: Export; changed(): void }) {
  const { busy, error, run } = useAction();
  const [removing, setRemoving] = useState(false);
  const [dirty, setDirty] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  useUnsaved({ isDirty: dirty, save: () => dirty && form.current?.requestSubmit() });
  const differs = (filled: HTMLFormElement) =>
    valueOf(filled, "name") !== one.name ||
    Number(valueOf(filled, "interval")) !== one.intervalMinutes ||
    valueOf(filled, "secret") !== "";
  function onSubmit(event: SubmitEvent & { readonly currentTarget: HTMLFormElement }) {
    event.preventDefault();
    const form = event.currentTarget;
    const secret = valueOf(form, "secret");
    void run(async () => {
      await api.changeExport(one.id, {
        name: valueOf(form, "name"),
        intervalMinutes: Number(valueOf(form, "interval")),
        ...(secret !== "" && { secret }),
      });
      form.reset();
      setDirty(false);
      showToast(t("act.saved"));
      changed();
    });
  }
  const secret = { hint: t("exports.secret.kept"), name: "secret" } as const;
  return (
    <>
      <form
        class="card"
        key={`${one.name} ${one.intervalMinutes}`}
        ref={form}
        onSubmit={onSubmit}
        onInput={(event) => setDirty(differs(event.currentTarget))}
        aria-labelledby="settings-title"
      >
        <h2 id="settings-title">{t("sites.settings")}</h2>
        <Field label={t("exports.name")} name="name" required maxLength={100} defaultValue={one.name} />
        <IntervalField minutes={one.intervalMinutes} />
        {one.place.kind === "bigquery" ? (
          <TextArea label={t("exports.key")} rows={3} spellcheck={false} {...secret} />
        ) : (
          <Field label={t("exports.password")} type="password" autocomplete="new-password" {...secret} />
        )}
        {error !== undefined && <Failure error={error} />}
        <div class="acts">
          <button type="submit" class="button primary" disabled={busy || !dirty}>
            {t("act.save")}
          </button>
          <button type="button" class="button" onClick={() => setRemoving(true)}>
            <Icon name="trash" />
            {t("exports.remove")}
          </button>
        </div>
      </form>
      {removing && <RemoveDialog export={one} close={() => setRemoving(false)} />}
    </>
  );
}

function RemoveDialog({ export: one, close }: { readonly export: Export; close(): void }) {
  const { busy, error, run } = useAction();
  const remove = () =>
    run(async () => {
      await api.removeExport(one.id);
      showToast(t("exports.removed", { name: one.name }));
      navigate(href("/exports"), "replace");
    });
  return (
    <Dialog title={t("exports.remove.title", { name: one.name })} close={close}>
      <p>{t("exports.remove.hint")}</p>
      {error !== undefined && <Failure error={error} />}
      <div class="dialog-actions">
        <button type="button" class="button" onClick={close}>
          {t("act.cancel")}
        </button>
        <button type="button" class="button danger" disabled={busy} onClick={() => void remove()}>
          {t("exports.remove")}
        </button>
      </div>
    </Dialog>
  );
}

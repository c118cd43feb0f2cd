import { useState } from "preact/hooks";
import type { Act, ActForecast, Chosen, NewAct } from "../../../contract/acts.ts";
import { api, ApiError, downloadAddress } from "../../api.ts";
import { href } from "../../router.ts";
import { may, noteRefusal } from "../../session.ts";
import { counted, t } from "../../text/index.ts";
import { Icon } from "../../ui/icon.tsx";
import { Failure, sentenceOf } from "../../ui/parts.tsx";
import { useAction } from "../../ui/resource.ts";
import { showToast } from "../../ui/toast.tsx";
import { useInterval } from "../imports/interval.ts";
import type { BulkBarProps } from "./bulk-bar.tsx";
import { DeleteDialog } from "./delete-dialog.tsx";
import { JoinDialog } from "./join-dialog.tsx";
import { ActProgress } from "./progress.tsx";
import { ActResult } from "./result.tsx";
import { belongingsOf } from "./words.ts";

const LOOK_EVERY = 700;

/** Whom it is about, said outright, and what can be done to them. */
export function ChosenActs(props: BulkBarProps) {
  const { choice, changed } = props;
  const [running, setRunning] = useState<Act>();
  const [note, setNote] = useState("");
  const { error, run, busy } = useAction();

  async function end(act: Act, effect: string): Promise<void> {
    choice.clear();
    await changed();
    showToast(<ActResult act={act} effect={effect} />, act.canUndo ? () => void undo(act.id) : undefined);
  }
  async function undo(id: number): Promise<void> {
    try {
      const undone = await api.undoAct(id);
      await changed();
      showToast(undone.state === "running" ? t("acts.undoing") : <ActResult act={undone} />);
    } catch (problem) {
      // By now the bar is gone, and has no place for it.
      if (!(problem instanceof ApiError)) throw problem;
      noteRefusal(problem);
      showToast(sentenceOf(problem));
    }
  }
  /** `effect`: what goes with it, in numbers. */
  const begin = (wanted: NewAct, effect = "") =>
    run(async () => {
      const act = await api.beginAct(wanted);
      if (act.state !== "running") return end(act, effect);
      setNote(effect);
      setRunning(act);
    });
  useInterval(
    () =>
      void run(async () => {
        if (running === undefined) return;
        const act = await api.act(running.id);
        setRunning(act);
        if (act.state !== "running") await end(act, note);
      }),
    running === undefined ? undefined : LOOK_EVERY,
  );

  if (running !== undefined) return <Running act={running} changed={setRunning} />;
  return (
    <section aria-label={t("acts.bar")}>
      <Whom {...props} />
      {error !== undefined && <Failure error={error} />}
      <Buttons {...props} busy={busy} begin={begin} />
    </section>
  );
}

function Whom({ choice, total }: BulkBarProps) {
  const isPage = !choice.all && choice.page === "all" && choice.ids.size === choice.onPage;
  return (
    <div class="bulk-whom">
      <p role="status">
        <strong>{counted("acts.chosen", choice.all ? total : choice.ids.size)}</strong>
      </p>
      <button
        type="button"
        class="icon-button"
        aria-label={t("acts.clear")}
        title={t("acts.clear")}
        onClick={choice.clear}
      >
        <Icon name="close" />
      </button>
      <div class="bulk-scope" role="group" aria-label={t("acts.whom")}>
        <button type="button" class="button small" aria-pressed={isPage} onClick={choice.choosePage}>
          {counted("acts.onPage", choice.onPage)}
        </button>
        <button type="button" class="button small" aria-pressed={choice.all} onClick={choice.chooseAll}>
          {counted("acts.matching", total)}
        </button>
      </div>
      {choice.all && <p class="small muted">{t("acts.moment")}</p>}
    </div>
  );
}

interface ButtonsProps extends BulkBarProps {
  readonly busy: boolean;
  begin(act: NewAct, effect?: string): Promise<void>;
}

function Buttons({ choice, total, listed, list, busy, begin }: ButtonsProps) {
  const [joining, setJoining] = useState(false);
  const chosen: Chosen = choice.all ? { matching: listed } : { contactIds: [...choice.ids] };
  const count = choice.all ? total : choice.ids.size;
  const download = choice.all ? { format: "csv", ...listed } : { format: "csv", ids: [...choice.ids].join(",") };
  return (
    <div class="bulk-acts">
      {may("contacts.write") && (
        <>
          <button type="button" class="button small" disabled={busy} onClick={() => setJoining(true)}>
            <Icon name="segments" />
            {t("acts.join")}
          </button>
          {list !== undefined && (
            <button
              type="button"
              class="button small"
              disabled={busy}
              onClick={() => void begin({ kind: "leave", list: { id: list.id }, chosen })}
            >
              {t("acts.leave")}
            </button>
          )}
          <DeleteButton chosen={chosen} all={choice.all} busy={busy} begin={begin} />
        </>
      )}
      {may("contacts.download") && (
        <a class="button small" href={downloadAddress(download)} download>
          <Icon name="download" />
          {t("acts.download")}
        </a>
      )}
      {joining && (
        <JoinDialog
          count={count}
          close={() => setJoining(false)}
          join={(wanted) => {
            setJoining(false);
            void begin({ kind: "join", list: wanted, chosen });
          }}
        />
      )}
    </div>
  );
}

interface DeleteProps extends Pick<ButtonsProps, "busy" | "begin"> {
  readonly chosen: Chosen;
  readonly all: boolean;
}

/** Asks only where something is lost for good, or where it is about people on pages that nobody looked at. */
function DeleteButton({ chosen, all, busy, begin }: DeleteProps) {
  const [asked, setAsked] = useState<ActForecast>();
  const { busy: asking, error, run } = useAction();
  const remove = (forecast: ActForecast) => {
    setAsked(undefined);
    return begin({ kind: "delete", chosen }, t("effect.with", { what: belongingsOf(forecast) }));
  };
  const ask = () =>
    run(async () => {
      const forecast = await api.forecastAct(chosen);
      if (all || forecast.withoutExternalId > 0) setAsked(forecast);
      else await remove(forecast);
    });
  return (
    <>
      <button type="button" class="button small" disabled={busy || asking} onClick={() => void ask()}>
        <Icon name="trash" />
        {t("acts.delete")}
      </button>
      {error !== undefined && <Failure error={error} />}
      {asked !== undefined && (
        <DeleteDialog forecast={asked} close={() => setAsked(undefined)} remove={() => void remove(asked)} />
      )}
    </>
  );
}

function Running({ act, changed }: { readonly act: Act; changed(act: Act): void }) {
  const { busy, error, run } = useAction();
  return (
    <section aria-label={t("acts.bar")}>
      <ActProgress act={act} />
      {error !== undefined && <Failure error={error} />}
      <div class="bulk-acts">
        <p class="small muted">{t("acts.goesOn")}</p>
        <a class="button small" href={href("/contacts/acts")}>
          {t("acts.title")}
        </a>
        <button
          type="button"
          class="button small"
          disabled={busy}
          onClick={() => void run(async () => changed(await api.cancelAct(act.id)))}
        >
          {t("acts.stop")}
        </button>
      </div>
    </section>
  );
}

import type { Act, ActState } from "../../../contract/acts.ts";
import { api } from "../../api.ts";
import { href, query } from "../../router.ts";
import { may } from "../../session.ts";
import { number, t } from "../../text/index.ts";
import { Icon } from "../../ui/icon.tsx";
import { Empty, Failure, PageHead, Skeleton, Time } from "../../ui/parts.tsx";
import { useAction, useResource } from "../../ui/resource.ts";
import { showToast } from "../../ui/toast.tsx";
import { useInterval } from "../imports/interval.ts";
import { ActProgress } from "./progress.tsx";
import { ActResult } from "./result.tsx";
import { whatOf } from "./words.ts";

/** What was done to many contacts at once, for good: how far it is, what became of them, and the way back. */
export function ActsPage() {
  const before = query.value.get("before") ?? undefined;
  const { value, error, reload } = useResource(`acts ${before}`, () => api.acts({ before }));
  const isMoving = value?.acts.some(({ state }) => state === "running") === true;
  useInterval(() => void reload(), isMoving ? 1_000 : undefined);
  return (
    <>
      <a class="back" href={href("/contacts")}>
        <Icon name="back" />
        {t("contacts.title")}
      </a>
      <PageHead title={t("acts.title")} lead={t("acts.lead")} />
      {error !== undefined && <Failure error={error} retry={() => void reload()} />}
      {value === undefined && error === undefined && <Skeleton rows={4} />}
      {value?.acts.length === 0 && (
        <Empty icon="action" title={t("acts.empty")}>
          <p>{t("acts.empty.hint")}</p>
          <a class="button primary" href={href("/contacts")}>
            {t("contacts.title")}
          </a>
        </Empty>
      )}
      {value !== undefined && value.acts.length > 0 && <Table acts={value.acts} changed={reload} />}
      {value !== undefined && value.next !== null && (
        <p class="paging">
          <a class="button" href={href("/contacts/acts", { before: String(value.next) })}>
            {t("acts.older")}
          </a>
        </p>
      )}
    </>
  );
}

function Table({ acts, changed }: { readonly acts: readonly Act[]; changed(): Promise<void> }) {
  return (
    <table class="table acts-table">
      <thead>
        <tr>
          <th scope="col">{t("acts.column.what")}</th>
          <th scope="col">{t("acts.column.state")}</th>
          <th scope="col">{t("acts.column.contacts")}</th>
          <th scope="col">{t("acts.column.result")}</th>
          <th scope="col">{t("acts.column.when")}</th>
          <th scope="col">
            <span class="off-screen">{t("act.undo")}</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {acts.map((act) => (
          <Row key={act.id} act={act} changed={changed} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ act, changed }: { readonly act: Act; changed(): Promise<void> }) {
  const { list, contacts, state, undoes, createdAt, createdBy } = act;
  return (
    <tr>
      <td>
        {list === null ? (
          <strong>{whatOf(act)}</strong>
        ) : (
          <a class="row-link" href={href(`/segments/${list.id}`)}>
            {whatOf(act)}
          </a>
        )}
        {undoes !== null && <p class="small muted">{t("acts.takesBack")}</p>}
      </td>
      <td data-label={t("acts.column.state")}>
        <StateTag state={state} />
      </td>
      <td data-label={t("acts.column.contacts")} class="nowrap">
        {number(contacts)}
      </td>
      <td data-label={t("acts.column.result")} class="small">
        {state === "running" ? <ActProgress act={act} /> : <ActResult act={act} />}
      </td>
      <td data-label={t("acts.column.when")} class="nowrap">
        <span>
          <Time at={createdAt} /> <span class="small muted">{t("imports.by", { name: createdBy })}</span>
        </span>
      </td>
      <td class="cell-action">{may("contacts.write") && <Way act={act} changed={changed} />}</td>
    </tr>
  );
}

/** Stop what is under way, take back what ended. */
function Way({ act, changed }: { readonly act: Act; changed(): Promise<void> }) {
  const { busy, error, run } = useAction();
  const isRunning = act.state === "running";
  if (!isRunning && !act.canUndo) return null;
  const go = () =>
    run(async () => {
      const next = isRunning ? await api.cancelAct(act.id) : await api.undoAct(act.id);
      await changed();
      if (!isRunning && next.state !== "running") showToast(<ActResult act={next} />);
    });
  return (
    <>
      <button type="button" class="button small" disabled={busy} onClick={() => void go()}>
        {t(isRunning ? "acts.stop" : "act.undo")}
        <span class="off-screen"> {whatOf(act)}</span>
      </button>
      {error !== undefined && <Failure error={error} />}
    </>
  );
}

const TONES: Readonly<Record<ActState, string>> = {
  running: "unconfirmed",
  finished: "confirmed",
  cancelled: "deleted",
  failed: "bounced",
};

function StateTag({ state }: { readonly state: ActState }) {
  return <span class={`status status-${TONES[state]}`}>{t(`acts.state.${state}`)}</span>;
}

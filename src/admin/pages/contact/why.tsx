import { useState } from "preact/hooks";
import type { ContactCard } from "../../../contract/admin/contact-card.ts";
import type { ExplanationStep } from "../../../contract/explanation.ts";
import { api } from "../../api.ts";
import { href } from "../../router.ts";
import { may } from "../../session.ts";
import { known, t } from "../../text/index.ts";
import { Copyable } from "../../ui/copy.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Empty, Failure, Skeleton, Time } from "../../ui/parts.tsx";
import { useAction, useResource } from "../../ui/resource.ts";
import { showToast } from "../../ui/toast.tsx";
import { pathOf } from "../../ui/web-address.ts";

/** Which request tied what to this contact, and by which rule. */
export function Why({ card, changed }: { readonly card: ContactCard; changed(): void }) {
  const [undoing, setUndoing] = useState<number>();
  const { value, error, reload } = useResource(`why ${card.id}`, () => api.explanation(card.id));
  if (error !== undefined) return <Failure error={error} retry={() => void reload()} />;
  if (value === undefined) return <Skeleton rows={4} />;
  if (value.steps.length === 0)
    return (
      <Empty icon="question" title={t("why.empty")}>
        <p>{t("why.empty.hint")}</p>
      </Empty>
    );
  return (
    <>
      <p class="muted">
        {t("why.lead")} {card.mergedIds.length > 0 && t("why.merged", { ids: card.mergedIds.join(", ") })}
      </p>
      <ol class="why">
        {groupByRequest(value.steps).map((steps, index) => (
          <Request key={index} steps={steps} undo={setUndoing} />
        ))}
      </ol>
      {undoing !== undefined && (
        <UndoDialog
          mergeId={undoing}
          close={() => setUndoing(undefined)}
          done={() => {
            setUndoing(undefined);
            changed();
            void reload();
          }}
        />
      )}
    </>
  );
}

/** Neighbouring steps of one request are one happening. */
function groupByRequest(
  steps: readonly ExplanationStep[],
): readonly (readonly [ExplanationStep, ...ExplanationStep[]])[] {
  const groups: [ExplanationStep, ...ExplanationStep[]][] = [];
  for (const step of steps) {
    const group = groups.at(-1);
    if (group !== undefined && group[0].requestId === step.requestId) group.push(step);
    else groups.push([step]);
  }
  return groups;
}

interface RequestProps {
  readonly steps: readonly [ExplanationStep, ...ExplanationStep[]];
  undo(mergeId: number): void;
}

function Request({ steps, undo }: RequestProps) {
  const { at, actor, url, requestId, matchedBy } = steps[0];
  return (
    <li>
      <p class="why-head">
        <strong>
          <bdi>{actorName(actor)}</bdi>
          {url !== null && ` ${t("source.onPage", { page: pathOf(url) })}`}
        </strong>
        <Time at={at} />
      </p>
      <ul class="plain">
        {steps.map((step, index) => (
          <Step key={index} step={step} undo={undo} />
        ))}
      </ul>
      <p class="small muted">
        {matchedBy !== null && `${t("why.matchedBy", { what: wordFor(matchedBy) })} · `}
        {t("error.request", { id: "" })}
        <Copyable text={requestId} length={24} />
      </p>
    </li>
  );
}

const wordFor = (kind: string): string => t(known(`why.identifier.${kind}`) ?? "value.notSet");

function Step({ step, undo }: { readonly step: ExplanationStep; undo(mergeId: number): void }) {
  const { mergeId } = step;
  const key = known(`why.action.${step.action}`);
  const title = key === undefined ? step.action : t(key, { id: step.otherContact ?? "?" });
  return (
    <li class="why-step">
      {title}
      {step.identifierKind !== null && <span class="tag">{wordFor(step.identifierKind)}</span>}
      {step.source !== null && <Copyable text={step.source.id} length={18} />}
      {step.otherContact !== null && (
        <a class="tag" href={href(`/contacts/${step.otherContact}`)}>
          {t("contacts.nameless", { id: step.otherContact })}
        </a>
      )}
      {step.reason !== null && step.action !== "bind" && <bdi class="small muted">{step.reason}</bdi>}
      {mergeId !== null && may("contacts.write") && (
        <button type="button" class="button small" onClick={() => undo(mergeId)}>
          {t("why.undo")}
        </button>
      )}
    </li>
  );
}

function UndoDialog({ mergeId, close, done }: { readonly mergeId: number; close(): void; done(): void }) {
  const { busy, error, run } = useAction();
  const undo = () =>
    run(async () => {
      await api.undoMerge(mergeId);
      showToast(t("why.undone"));
      done();
    });
  return (
    <Dialog title={t("why.undo.title")} close={close}>
      <p>{t("why.undo.hint")}</p>
      {error !== undefined && <Failure error={error} />}
      <div class="dialog-actions">
        <button type="button" class="button" onClick={close}>
          {t("act.cancel")}
        </button>
        <button type="button" class="button danger" disabled={busy} onClick={() => void undo()}>
          {t("why.undo")}
        </button>
      </div>
    </Dialog>
  );
}

/** "API key Shop back end": the kind in the reader's language, then the name. */
function actorName({ kind, name }: ExplanationStep["actor"]): string {
  const key = known(`why.actor.${kind}`);
  return [key === undefined ? kind : t(key), name].filter((part) => part !== null).join(" ");
}

import type { ContactCard } from "../../../contract/admin.ts";
import type { ExplanationStep } from "../../../contract/explanation.ts";
import { api } from "../../api.ts";
import { href } from "../../router.ts";
import { known, t } from "../../text/index.ts";
import { Copyable } from "../../ui/copy.tsx";
import { Empty, Failure, Skeleton, Time } from "../../ui/parts.tsx";
import { useResource } from "../../ui/resource.ts";
import { pathOf } from "../../ui/web-address.ts";

/** Which request tied what to this contact, and by which rule. */
export function Why({ card }: { readonly card: ContactCard }) {
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
          <Request key={index} steps={steps} />
        ))}
      </ol>
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

function Request({ steps }: { readonly steps: readonly [ExplanationStep, ...ExplanationStep[]] }) {
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
          <Step key={index} step={step} />
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

function Step({ step }: { readonly step: ExplanationStep }) {
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
    </li>
  );
}

/** "API key Shop back end": the kind in the reader's language, then the name. */
function actorName({ kind, name }: ExplanationStep["actor"]): string {
  const key = known(`why.actor.${kind}`);
  return [key === undefined ? kind : t(key), name].filter((part) => part !== null).join(" ");
}

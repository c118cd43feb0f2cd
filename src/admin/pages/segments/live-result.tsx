import { useEffect, useState } from "preact/hooks";
import type { ConditionGroup, TrialAnswer } from "../../../contract/segments.ts";
import { api } from "../../api.ts";
import { href } from "../../router.ts";
import { counted, language, t } from "../../text/index.ts";
import { exactTime, preciseTimeOfDay } from "../../text/time.ts";
import { Failure } from "../../ui/parts.tsx";
import { useResource, type Resource } from "../../ui/resource.ts";
import { initialsOf, nameOf } from "../contacts/name.ts";

/** How long nothing is typed before the server is asked. */
const PAUSE = 250;

/** The text as it was when typing last paused. */
function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), PAUSE);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}

export interface Trial extends Resource<TrialAnswer | undefined> {
  /** True while what is shown is not yet of what was typed last. */
  readonly isBehind: boolean;
}

/** Who would be in it, asked anew after each change. */
export function useTrial(condition: ConditionGroup | undefined): Trial {
  const text = condition === undefined ? "" : JSON.stringify(condition);
  const settled = useSettled(text);
  const resource = useResource(`trial ${settled}`, async () =>
    settled === "" ? undefined : api.tryCondition(JSON.parse(settled) as ConditionGroup),
  );
  return { ...resource, isBehind: resource.loading || settled !== text };
}

export function LiveResult({ trial, unfinished }: { readonly trial: Trial; readonly unfinished: number }) {
  const { value, error, isBehind } = trial;
  return (
    <section class="card live-result" aria-label={t("builder.result")} aria-busy={isBehind}>
      <h2>{t("builder.result")}</h2>
      {error !== undefined && <Failure error={error} />}
      {error === undefined && value === undefined && <p class="muted">{t("builder.nothing")}</p>}
      {error === undefined && value !== undefined && (
        <div class={isBehind ? "is-loading" : undefined}>
          <p class="live-count" aria-live="polite">
            {counted("segments.size", value.total)}
          </p>
          <p class="small muted">{t("segments.asOf", { time: preciseTimeOfDay(value.asOf) })}</p>
          <p class="live-sentence">{value.sentence[language.value]}</p>
          <Sample trial={value} />
        </div>
      )}
      {unfinished > 0 && <p class="small hint">{counted("builder.unfinished", unfinished)}</p>}
    </section>
  );
}

function Sample({ trial }: { readonly trial: TrialAnswer }) {
  if (trial.contacts.length === 0) return <p class="muted">{t("builder.nobody")}</p>;
  return (
    <>
      <h3 class="small muted" title={exactTime(trial.asOf)}>
        {t("builder.sample")}
      </h3>
      <ul class="plain sample">
        {trial.contacts.map((contact) => {
          const address = contact.email?.value ?? contact.phone?.value;
          const name = nameOf(contact, address);
          return (
            <li key={contact.id}>
              <span class="avatar" aria-hidden="true">
                {initialsOf(name)}
              </span>
              <div>
                <a class="row-link cut" href={href(`/contacts/${contact.id}`)}>
                  <bdi>{name}</bdi>
                </a>
                {address !== undefined && address !== name && <bdi class="cut small muted">{address}</bdi>}
              </div>
            </li>
          );
        })}
      </ul>
    </>
  );
}

import { useEffect, useRef, useState } from "preact/hooks";
import type { Catalogue } from "../../../contract/segments.ts";
import { language, t } from "../../text/index.ts";
import { Icon } from "../../ui/icon.tsx";
import { EMPTY_DRAFT, NEW_EVENT, type Draft } from "./draft.ts";

type Step = "closed" | "kinds" | "fields";

interface Props {
  readonly catalogue: Catalogue;
  /** Open from the start: there is nothing else to do. */
  readonly first: boolean;
  /** Whether a group may stand here. */
  readonly groups: boolean;
  add(part: Draft): void;
}

/** What to ask for: first the kind, then which. A click each, and the keyboard goes on where the next choice is. */
export function Picker({ catalogue, first, groups, add }: Props) {
  const [step, setStep] = useState<Step>(first ? "kinds" : "closed");
  const box = useRef<HTMLDivElement>(null);
  const shown = useRef(step);
  useEffect(() => {
    // Not when the page opens: then the heading has the focus.
    if (shown.current !== step) box.current?.querySelector<HTMLElement>("button")?.focus();
    shown.current = step;
  }, [step]);
  const choose = (part: Draft) => {
    setStep("closed");
    add(part);
  };
  return (
    <div class="picker" ref={box} onKeyDown={(event) => event.key === "Escape" && !first && setStep("closed")}>
      {step === "closed" && (
        <button type="button" class="button" onClick={() => setStep("kinds")}>
          <Icon name="plus" />
          {t("builder.addCondition")}
        </button>
      )}
      {step === "kinds" && (
        <div class="picker-kinds" role="group" aria-label={t("builder.kinds")}>
          <Kind name={t("builder.fields")} hint={t("builder.fields.hint")} choose={() => setStep("fields")} />
          <Kind name={t("builder.events")} hint={t("builder.events.hint")} choose={() => choose(NEW_EVENT)} />
          {groups && (
            <Kind
              name={t("builder.addGroup")}
              hint={t("builder.addGroup.hint")}
              choose={() => choose({ ...EMPTY_DRAFT, kind: "any" })}
            />
          )}
        </div>
      )}
      {step === "fields" && (
        <div class="picker-fields" role="group" aria-label={t("builder.chooseField")}>
          {catalogue.fields.map(({ name, label }) => (
            <button
              key={name}
              type="button"
              class="button small"
              onClick={() => choose({ kind: "field", field: name, values: [] })}
            >
              {capital(label[language.value])}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}

function Kind({ name, hint, choose }: { readonly name: string; readonly hint: string; choose(): void }) {
  return (
    <button type="button" class="picker-kind" onClick={choose}>
      <strong>{name}</strong>
      <span class="small muted">{hint}</span>
    </button>
  );
}

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

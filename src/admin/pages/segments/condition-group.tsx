import { useId } from "preact/hooks";
import type { Catalogue, GroupKind } from "../../../contract/segments.ts";
import { t } from "../../text/index.ts";
import { Icon } from "../../ui/icon.tsx";
import { withPart, type Draft, type DraftGroup, type Fields } from "./draft.ts";
import { EventRow } from "./event-row.tsx";
import { FieldRow } from "./field-row.tsx";
import { Picker } from "./picker.tsx";

/** Deeper trees cannot be taken in at a glance. They are shown when they exist, but not offered. */
const OFFERED_DEPTH = 2;

export interface Asked {
  readonly catalogue: Catalogue;
  readonly fields: Fields;
}

interface Props {
  readonly draft: DraftGroup;
  readonly asked: Asked;
  /** 1 is the whole. */
  readonly depth: number;
  change(draft: DraftGroup): void;
}

/** Conditions joined by one word, which stands between them. */
export function ConditionGroupEditor({ draft, asked, depth, change }: Props) {
  const id = useId();
  return (
    <fieldset class={depth === 1 ? "condition-group" : "condition-group inner"}>
      <legend class="off-screen">{depth === 1 ? t("builder.title") : t("builder.group")}</legend>
      <div class="group-head">
        <label for={id}>{depth === 1 ? t("builder.match") : t("builder.group")}</label>
        <select
          id={id}
          value={draft.kind}
          onChange={(event) => change({ ...draft, kind: event.currentTarget.value as GroupKind })}
        >
          <option value="all">{t("builder.all")}</option>
          <option value="any">{t("builder.any")}</option>
          <option value="none">{t("builder.none")}</option>
        </select>
      </div>
      {draft.of.length > 0 && (
        <ol class="conditions">
          {draft.of.map((part, index) => (
            <li key={index} class={"of" in part ? "is-group" : "condition"}>
              {index > 0 && <span class="joined-by">{t(draft.kind === "all" ? "builder.and" : "builder.or")}</span>}
              <div class="condition-body">
                <Part
                  part={part}
                  asked={asked}
                  depth={depth}
                  change={(changed) => change(withPart(draft, index, changed))}
                />
              </div>
              <button
                type="button"
                class="icon-button"
                aria-label={`${t("of" in part ? "builder.removeGroup" : "builder.remove")} ${index + 1}`}
                onClick={() => change(withPart(draft, index, undefined))}
              >
                <Icon name="close" />
              </button>
            </li>
          ))}
        </ol>
      )}
      <Picker
        key={draft.of.length === 0 ? "first" : "further"}
        catalogue={asked.catalogue}
        first={draft.of.length === 0}
        groups={depth < OFFERED_DEPTH}
        add={(part) => change({ ...draft, of: [...draft.of, part] })}
      />
    </fieldset>
  );
}

function Part(props: {
  readonly part: Draft;
  readonly asked: Asked;
  readonly depth: number;
  change(part: Draft): void;
}) {
  const { part, asked, depth, change } = props;
  if ("of" in part) return <ConditionGroupEditor draft={part} asked={asked} depth={depth + 1} change={change} />;
  if (part.kind === "event") return <EventRow draft={part} catalogue={asked.catalogue} change={change} />;
  const field = asked.fields.get(part.field);
  if (field === undefined) return <span class="not-set">{part.field}</span>;
  return <FieldRow draft={part} field={field} catalogue={asked.catalogue} change={change} />;
}

import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import type { Catalogue } from "../../../contract/segments.ts";
import { t } from "../../text/index.ts";
import type { DraftEvent } from "./draft.ts";

interface Props {
  readonly draft: DraftEvent;
  readonly catalogue: Catalogue;
  change(draft: DraftEvent): void;
}

/** What a contact did or did not do: which event, how often, how lately. */
export function EventRow({ draft, catalogue, change }: Props) {
  const list = useId();
  const isPage = draft.event === "page";
  return (
    <div class="event-row">
      <Labelled label={t("builder.event")}>
        <select
          value={isPage ? "page" : "other"}
          onChange={(event) => change({ ...draft, event: event.currentTarget.value === "page" ? "page" : "" })}
        >
          <option value="page">{t("builder.event.page")}</option>
          <option value="other">{t("builder.event.other")}</option>
        </select>
      </Labelled>
      {!isPage && (
        <Labelled label={t("builder.event.name")}>
          <input
            value={draft.event}
            list={list}
            maxLength={100}
            autocomplete="off"
            onInput={(event) => change({ ...draft, event: event.currentTarget.value })}
          />
        </Labelled>
      )}
      <Labelled label={t("builder.event.address")} hint={t("builder.event.address.hint")}>
        <input
          value={draft.address}
          maxLength={500}
          autocomplete="off"
          onInput={(event) => change({ ...draft, address: event.currentTarget.value })}
        />
      </Labelled>
      <Labelled label={t("builder.event.operator")}>
        <span class="event-times">
          <select
            aria-label={t("builder.event.operator")}
            value={draft.operator}
            onChange={(event) =>
              change({ ...draft, operator: event.currentTarget.value === "atLeast" ? "atLeast" : "lessThan" })
            }
          >
            <option value="atLeast">{t("builder.event.atLeast")}</option>
            <option value="lessThan">{t("builder.event.lessThan")}</option>
          </select>
          <input
            type="number"
            class="short"
            min={1}
            max={10_000}
            step={1}
            aria-label={t("builder.event.times")}
            value={draft.times}
            onInput={(event) => change({ ...draft, times: event.currentTarget.value })}
          />
          <span>{t("builder.event.times")}</span>
        </span>
      </Labelled>
      <Labelled label={t("builder.event.days")} hint={t("builder.event.days.hint")}>
        <input
          type="number"
          class="short"
          min={1}
          max={3_650}
          step={1}
          value={draft.days}
          onInput={(event) => change({ ...draft, days: event.currentTarget.value })}
        />
      </Labelled>
      <datalist id={list}>
        {catalogue.events.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
    </div>
  );
}

function Labelled(props: { readonly label: string; readonly hint?: string; readonly children: ComponentChildren }) {
  return (
    <label class="labelled">
      <span class="small">{props.label}</span>
      {props.children}
      {props.hint !== undefined && <span class="small muted">{props.hint}</span>}
    </label>
  );
}

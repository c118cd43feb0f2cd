import { useEffect, useId, useRef } from "preact/hooks";
import type { Catalogue, CatalogueField, Operator } from "../../../contract/segments.ts";
import { api } from "../../api.ts";
import { language, t } from "../../text/index.ts";
import { Icon } from "../../ui/icon.tsx";
import { useResource } from "../../ui/resource.ts";
import { inputFor, takesSeveral, type DraftField, type ValueInput } from "./draft.ts";
import { capital } from "./picker.tsx";

interface Props {
  readonly draft: DraftField;
  readonly field: CatalogueField;
  readonly catalogue: Catalogue;
  change(draft: DraftField): void;
}

/** One condition on a field: the field, what it must be, and the values. */
export function FieldRow({ draft, field, catalogue, change }: Props) {
  const name = capital(field.label[language.value]);
  const word = (operator: Operator) => catalogue.operators[field.kind]?.[operator]?.[language.value] ?? operator;
  const choose = (operator: Operator) => {
    const same =
      draft.operator !== undefined && inputFor(draft.operator, field.kind) === inputFor(operator, field.kind);
    const values = same ? draft.values : inputFor(operator, field.kind) === "none" ? [] : [""];
    change({ ...draft, operator, values: takesSeveral(operator) ? values : values.slice(0, 1) });
  };
  if (draft.operator === undefined)
    return <FirstOperator name={name} operators={field.operators} word={word} choose={choose} />;
  return (
    <>
      <strong class="condition-field">{name}</strong>
      <select
        class="operator"
        aria-label={t("builder.operator", { field: name })}
        value={draft.operator}
        onChange={(event) => choose(event.currentTarget.value as Operator)}
      >
        {field.operators.map((operator) => (
          <option key={operator} value={operator}>
            {word(operator)}
          </option>
        ))}
      </select>
      <Values draft={draft} field={field} name={name} input={inputFor(draft.operator, field.kind)} change={change} />
    </>
  );
}

/** The first time, what it can be is shown whole: one click instead of two. */
function FirstOperator(props: {
  readonly name: string;
  readonly operators: readonly Operator[];
  word(operator: Operator): string;
  choose(operator: Operator): void;
}) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => box.current?.querySelector<HTMLElement>("button")?.focus(), []);
  return (
    <>
      <strong class="condition-field">{props.name}</strong>
      <div
        class="first-operators"
        role="group"
        aria-label={t("builder.chooseOperator", { field: props.name })}
        ref={box}
      >
        {props.operators.map((operator) => (
          <button key={operator} type="button" class="button small" onClick={() => props.choose(operator)}>
            {props.word(operator)}
          </button>
        ))}
      </div>
    </>
  );
}

interface ValuesProps {
  readonly draft: DraftField;
  readonly field: CatalogueField;
  readonly name: string;
  readonly input: ValueInput;
  change(draft: DraftField): void;
}

function Values({ draft, field, name, input, change }: ValuesProps) {
  const list = useId();
  const suggests = input === "text" && field.choices === undefined;
  const suggestions = useResource(suggests ? `suggestions ${field.name}` : "", async () =>
    suggests ? (await api.suggestions(field.name)).values : [],
  );
  if (input === "none") return null;
  const values = draft.values.length === 0 ? [""] : draft.values;
  const put = (index: number, value: string) =>
    change({ ...draft, values: values.map((old, place) => (place === index ? value : old)) });
  return (
    <div class="condition-values">
      {values.map((value, index) => (
        <span key={index} class="condition-value">
          {index > 0 && <span class="small muted">{t("builder.or")}</span>}
          {field.choices === undefined ? (
            <input
              {...inputAttributes(input)}
              aria-label={t("builder.value", { field: name })}
              value={value}
              autocomplete="off"
              {...(suggests && { list })}
              onInput={(event) => put(index, event.currentTarget.value)}
            />
          ) : (
            <Choice field={field} name={name} value={value} put={(chosen) => put(index, chosen)} />
          )}
          {input === "days" && <span>{t("builder.days")}</span>}
          {values.length > 1 && (
            <button
              type="button"
              class="icon-button"
              aria-label={`${t("builder.value.remove")}: ${value}`}
              onClick={() => change({ ...draft, values: values.filter((_, place) => place !== index) })}
            >
              <Icon name="close" />
            </button>
          )}
        </span>
      ))}
      {draft.operator !== undefined && takesSeveral(draft.operator) && values.at(-1)?.trim() !== "" && (
        <button type="button" class="link" onClick={() => change({ ...draft, values: [...values, ""] })}>
          {t("builder.value.more")}
        </button>
      )}
      {suggests && (
        <datalist id={list}>
          {(suggestions.value ?? []).map((value) => (
            <option key={value} value={value} />
          ))}
        </datalist>
      )}
    </div>
  );
}

function inputAttributes(input: ValueInput) {
  switch (input) {
    case "day":
      return { type: "date", min: "1900-01-01", max: "2199-12-31" };
    case "days":
      return { type: "number", min: 1, max: 3_650, step: 1, class: "short" };
    case "number":
      return { type: "number", step: "any" };
    default:
      return { type: "text", maxLength: 500 };
  }
}

function Choice(props: {
  readonly field: CatalogueField;
  readonly name: string;
  readonly value: string;
  put(value: string): void;
}) {
  const { field, name, value, put } = props;
  return (
    <select
      aria-label={t("builder.value", { field: name })}
      value={value}
      onChange={(event) => put(event.currentTarget.value)}
    >
      <option value="">{t("builder.value.pick")}</option>
      {(field.choices ?? []).map((choice) => (
        <option key={choice.value} value={String(choice.value)}>
          {choice.label[language.value]}
        </option>
      ))}
    </select>
  );
}

import type {
  CatalogueField,
  Condition,
  ConditionGroup,
  EventCondition,
  FieldCondition,
  GroupKind,
  Operator,
} from "../../../contract/segments.ts";

// What is being put together: like a condition, but it may not be finished yet.

export interface DraftGroup {
  readonly kind: GroupKind;
  readonly of: readonly Draft[];
}
export interface DraftField {
  readonly kind: "field";
  readonly field: string;
  /** Absent: not chosen yet. */
  readonly operator?: Operator;
  /** As typed. */
  readonly values: readonly string[];
}
export interface DraftEvent {
  readonly kind: "event";
  readonly event: string;
  readonly address: string;
  readonly operator: EventCondition["operator"];
  readonly times: string;
  readonly days: string;
}
export type Draft = DraftGroup | DraftField | DraftEvent;

export const EMPTY_DRAFT: DraftGroup = { kind: "all", of: [] };
export const NEW_EVENT: DraftEvent = {
  kind: "event",
  event: "page",
  address: "",
  operator: "atLeast",
  times: "1",
  days: "",
};

export function draftOf(condition: ConditionGroup): DraftGroup {
  return { kind: condition.kind, of: condition.of.map(partOf) };
}

function partOf(condition: Condition): Draft {
  if ("of" in condition) return draftOf(condition);
  if (condition.kind === "field") return { ...condition, values: (condition.values ?? []).map(String) };
  const { address = "", times, days, ...rest } = condition;
  return { ...rest, address, times: String(times), days: days === undefined ? "" : String(days) };
}

/** The same group with one of its parts changed, or taken out when it becomes nothing. */
export function withPart(group: DraftGroup, index: number, part: Draft | undefined): DraftGroup {
  const of = group.of.flatMap((old, place) => (place !== index ? [old] : part === undefined ? [] : [part]));
  return { ...group, of };
}

const RELATIVE: readonly Operator[] = ["inLast", "beforeLast", "inNext"];
const WITHOUT_VALUE: readonly Operator[] = ["empty", "notEmpty", "yes", "no"];
const SINGLE: readonly Operator[] = ["on", "before", "after", "atLeast", "atMost", ...RELATIVE];

/** What is typed for an operator. */
export type ValueInput = "none" | "days" | "day" | "number" | "text";

export function inputFor(operator: Operator, kind: CatalogueField["kind"]): ValueInput {
  if (WITHOUT_VALUE.includes(operator)) return "none";
  if (RELATIVE.includes(operator)) return "days";
  if (kind === "day" || kind === "moment") return "day";
  return kind === "number" ? "number" : "text";
}

export const takesSeveral = (operator: Operator): boolean => !SINGLE.includes(operator);

export type Fields = ReadonlyMap<string, CatalogueField>;

export interface Finished {
  /** The finished parts. Absent: there are none. */
  readonly condition: ConditionGroup | undefined;
  readonly unfinished: number;
}

export function finish(draft: DraftGroup, fields: Fields): Finished {
  const count = { unfinished: 0 };
  const condition = finishGroup(draft, fields, count);
  return { condition, ...count };
}

function finishGroup(draft: DraftGroup, fields: Fields, count: { unfinished: number }): ConditionGroup | undefined {
  const of = draft.of.flatMap((part) => {
    if ("of" in part) {
      if (part.of.length === 0) count.unfinished += 1;
      return finishGroup(part, fields, count) ?? [];
    }
    const finished = part.kind === "field" ? finishField(part, fields) : finishEvent(part);
    if (finished === undefined) count.unfinished += 1;
    return finished ?? [];
  });
  return of.length === 0 ? undefined : { kind: draft.kind, of };
}

function finishField({ field: name, operator, values }: DraftField, fields: Fields): FieldCondition | undefined {
  const field = fields.get(name);
  if (field === undefined || operator === undefined) return undefined;
  const input = inputFor(operator, field.kind);
  if (input === "none") return { kind: "field", field: name, operator };
  const typed = values.map((value) => value.trim()).filter((value) => value !== "");
  const isNumber = input === "days" || input === "number" || typeof field.choices?.[0]?.value === "number";
  const known = isNumber ? typed.map(Number).filter((value) => !Number.isNaN(value)) : typed;
  return known.length === 0 ? undefined : { kind: "field", field: name, operator, values: known };
}

function finishEvent({ event, address, operator, times, days }: DraftEvent): EventCondition | undefined {
  const name = event.trim();
  const count = wholeNumber(times);
  const lately = wholeNumber(days);
  if (name === "" || count === undefined || (days.trim() !== "" && lately === undefined)) return undefined;
  const where = address.trim();
  return {
    kind: "event",
    event: name,
    ...(where !== "" && { address: where }),
    operator,
    times: count,
    ...(lately !== undefined && { days: lately }),
  };
}

function wholeNumber(text: string): number | undefined {
  return /^\s*[1-9]\d{0,4}\s*$/.test(text) ? Number(text) : undefined;
}

/** A draft in the address bar. What cannot be read is no draft. */
export function readDraft(text: string): DraftGroup | undefined {
  try {
    const draft: unknown = JSON.parse(text);
    return isGroup(draft) ? draft : undefined;
  } catch {
    return undefined;
  }
}

function isGroup(value: unknown): value is DraftGroup {
  if (typeof value !== "object" || value === null || !("of" in value) || !("kind" in value)) return false;
  const isKind = value.kind === "all" || value.kind === "any" || value.kind === "none";
  return isKind && Array.isArray(value.of) && value.of.every(isDraft);
}

function isDraft(value: unknown): value is Draft {
  if (typeof value !== "object" || value === null) return false;
  if ("of" in value) return isGroup(value);
  const part = value as Partial<Record<string, unknown>>;
  const areTexts = (...names: string[]) => names.every((name) => typeof part[name] === "string");
  if (part["kind"] === "event") return areTexts("event", "address", "operator", "times", "days");
  const { values } = part;
  return (
    part["kind"] === "field" &&
    areTexts("field") &&
    Array.isArray(values) &&
    values.every((one) => typeof one === "string")
  );
}

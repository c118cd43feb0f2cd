import { Compile } from "typebox/compile";
import {
  EventCondition,
  FieldCondition,
  MAX_CONDITIONS,
  MAX_DEPTH,
  MAX_VALUE_LENGTH,
  MAX_VALUES,
  type Condition,
  type ConditionGroup,
  type Operator,
} from "../../contract/segments.ts";
import { OPERATORS, type SegmentField } from "./fields.ts";

/** What is wrong with a tree, and where: `of.1.values`. */
export interface ConditionFault {
  readonly path: string;
  readonly message: string;
}

export type ConditionReading =
  | { readonly kind: "read"; readonly condition: ConditionGroup }
  | { readonly kind: "refused"; readonly faults: readonly ConditionFault[] };

const fieldCondition = Compile(FieldCondition);
const eventCondition = Compile(EventCondition);

interface Look {
  readonly fields: ReadonlyMap<string, SegmentField>;
  readonly faults: ConditionFault[];
  conditions: number;
}

/** Takes a tree as somebody sent it, knowing the fields there are. Blanks around values are taken away. */
export function readCondition(tree: unknown, fields: ReadonlyMap<string, SegmentField>): ConditionReading {
  const look: Look = { fields, faults: [], conditions: 0 };
  const condition = readGroup(tree, { look, path: "", depth: 1 });
  if (look.conditions > MAX_CONDITIONS)
    look.faults.push({ path: "", message: `A segment has at most ${MAX_CONDITIONS} conditions; these are more.` });
  if (condition === undefined || look.faults.length > 0) return { kind: "refused", faults: look.faults };
  return { kind: "read", condition };
}

interface Place {
  readonly look: Look;
  readonly path: string;
  readonly depth: number;
}

function readGroup(value: unknown, place: Place): ConditionGroup | undefined {
  const { look, path, depth } = place;
  const fault = (message: string) => void look.faults.push({ path, message });
  if (!isGroup(value)) {
    fault("The conditions have to be a group: all, any or none of a list.");
    return undefined;
  }
  if (depth > MAX_DEPTH) {
    fault(`Groups can be ${MAX_DEPTH} deep at most.`);
    return undefined;
  }
  if (value.of.length === 0) {
    fault("A group needs at least one condition.");
    return undefined;
  }
  // Beyond the limit nothing is looked at: the limit itself is the answer.
  const of = value.of.slice(0, MAX_CONDITIONS + 1).flatMap((part: unknown, index) => {
    const inner = { look, path: path === "" ? `of.${index}` : `${path}.of.${index}`, depth: depth + 1 };
    return readPart(part, inner) ?? [];
  });
  return { kind: value.kind, of };
}

function isGroup(value: unknown): value is ConditionGroup {
  if (typeof value !== "object" || value === null || !("kind" in value) || !("of" in value)) return false;
  return (value.kind === "all" || value.kind === "any" || value.kind === "none") && Array.isArray(value.of);
}

function readPart(value: unknown, place: Place): Condition | undefined {
  if (isGroup(value)) return readGroup(value, place);
  const { look, path } = place;
  look.conditions += 1;
  if (look.conditions > MAX_CONDITIONS) return undefined;
  if (eventCondition.Check(value)) return readEvent(value, place);
  if (!fieldCondition.Check(value)) {
    look.faults.push({ path, message: whatIsWrong(value) });
    return undefined;
  }
  return readField(value, place);
}

function readEvent(condition: EventCondition, { look, path }: Place): EventCondition | undefined {
  const event = condition.event.trim();
  const address = condition.address?.trim() ?? "";
  const { address: _raw, ...rest } = condition;
  if (event !== "" && isText(event) && isText(address)) return { ...rest, event, ...(address !== "" && { address }) };
  look.faults.push({
    path: `${path}.event`,
    message: "The event's name is missing, or holds a character that no text has.",
  });
  return undefined;
}

const isText = (text: string): boolean => !/[\0\p{Cs}]/u.test(text);

function readField(condition: FieldCondition, { look, path }: Place): FieldCondition | undefined {
  const field = look.fields.get(condition.field);
  if (field === undefined) {
    look.faults.push({ path: `${path}.field`, message: `There is no field “${condition.field}”.` });
    return undefined;
  }
  const name = field.label.en;
  const { kind, operator } = condition;
  if (!OPERATORS[field.kind].includes(operator)) {
    const known = OPERATORS[field.kind].join(", ");
    look.faults.push({
      path: `${path}.operator`,
      message: `“${operator}” does not go with ${name}; take one of: ${known}.`,
    });
    return undefined;
  }
  const values = valuesOf(condition);
  const message = faultOfValues(values, { field, operator });
  if (message !== undefined) {
    look.faults.push({ path: `${path}.values`, message: `${name}: ${message}` });
    return undefined;
  }
  return { kind, field: condition.field, operator, ...(values.length > 0 && { values }) };
}

function valuesOf({ values = [] }: FieldCondition): (string | number)[] {
  const tidy = values
    .map((value) => (typeof value === "string" ? value.trim() : value))
    .filter((value) => value !== "");
  return [...new Set(tidy)];
}

const WITHOUT_VALUE: readonly Operator[] = ["empty", "notEmpty", "yes", "no"];
const RELATIVE: readonly Operator[] = ["inLast", "beforeLast", "inNext"];
const DATED: readonly Operator[] = ["on", "before", "after"];
/** Ten years: beyond it a day is more likely mistyped. */
const MAX_DAYS = 3_650;

interface Asked {
  readonly field: SegmentField;
  readonly operator: Operator;
}

function faultOfValues(values: readonly (string | number)[], { field, operator }: Asked): string | undefined {
  if (WITHOUT_VALUE.includes(operator)) return values.length > 0 ? "this takes no value." : undefined;
  const [first] = values;
  if (first === undefined) return "a value is missing.";
  if (RELATIVE.includes(operator)) {
    const fits = values.length === 1 && Number.isInteger(first) && Number(first) >= 1 && Number(first) <= MAX_DAYS;
    return typeof first === "number" && fits ? undefined : `this takes a whole number of days, 1 to ${MAX_DAYS}.`;
  }
  if (DATED.includes(operator))
    return values.length === 1 && isDay(first) ? undefined : "this takes one day, like 2026-11-25.";
  return faultOfOrdinary(values, { field, operator });
}

function faultOfOrdinary(values: readonly (string | number)[], { field, operator }: Asked): string | undefined {
  if (field.kind === "number") {
    const single = operator === "is" || operator === "isNot" || values.length === 1;
    return single && values.every((value) => typeof value === "number") ? undefined : "this takes a number.";
  }
  if (field.name === "list") {
    if (!values.every((value) => typeof value === "number")) return "name lists by their numbers.";
  } else {
    if (!values.every((value) => typeof value === "string")) return "this takes text.";
    if (!values.every((value) => isText(value))) return "the text holds a character that no text has.";
    if (field.name === "phone" && values.some((value) => !/\d/.test(value))) return "a phone has digits.";
  }
  const { choices } = field;
  const unknown = values.find((value) => choices !== undefined && !choices.some((one) => one.value === value));
  return unknown === undefined ? undefined : `“${unknown}” is none of its values.`;
}

function isDay(value: string | number): boolean {
  if (typeof value !== "string" || !/^(?:19|20|21)\d\d-\d\d-\d\d$/.test(value)) return false;
  const at = new Date(`${value}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(value);
}

function whatIsWrong(value: unknown): string {
  const kind = typeof value === "object" && value !== null && "kind" in value ? value.kind : undefined;
  if (kind === "field") {
    const [error] = fieldCondition.Errors(value);
    if (error?.keyword === "maxItems") return `A condition takes at most ${MAX_VALUES} values.`;
    const values = (value as { values?: unknown }).values;
    if (Array.isArray(values) && values.some((one) => typeof one === "string" && one.length > MAX_VALUE_LENGTH))
      return `A value has at most ${MAX_VALUE_LENGTH} characters; this one is longer.`;
    return `The condition is not whole: ${told(error)}`;
  }
  if (kind === "event") return `The condition is not whole: ${told(eventCondition.Errors(value)[0])}`;
  return "A condition has to be of the kind field or event, or a group: all, any or none.";
}

function told(error: { readonly instancePath: string; readonly message: string } | undefined): string {
  const place = error?.instancePath.slice(1).replaceAll("/", ".") ?? "";
  return `${place === "" ? "it" : place} ${error?.message ?? "is not valid"}.`;
}

/** The lists whose members a tree asks for. */
export function listsIn(condition: Condition): number[] {
  if ("of" in condition) return condition.of.flatMap(listsIn);
  if (condition.kind === "event" || condition.field !== "list") return [];
  return (condition.values ?? []).map(Number);
}

/** The names of fields that a tree asks for. */
export function fieldsIn(condition: Condition): string[] {
  if ("of" in condition) return condition.of.flatMap(fieldsIn);
  return condition.kind === "field" ? [condition.field] : [];
}

import type { Field } from "../../contract/fields.ts";

/** What is stored. A date is a text like `2001-02-28`. */
export type FieldValue = string | number | boolean;

export type FieldReading =
  | { readonly kind: "value"; readonly value: FieldValue }
  /** Nothing was said: leave it alone. */
  | { readonly kind: "blank" }
  /** One English sentence. */
  | { readonly kind: "refused"; readonly sentence: string };

const MAX_TEXT = 4_000;
const TRUE = ["true", "1", "yes"];
const FALSE = ["false", "0", "no"];
const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d{1,3})?$/i;
const DAY = /^(\d{4}-\d\d-\d\d)(?:T[\d:.]+(?:Z|[+-]\d\d:?\d\d)?)?$/;

/** A value as somebody sent it, of whatever JSON type, turned into what the field holds. */
export function readFieldValue(field: Field, raw: unknown): FieldReading {
  if (raw === undefined || raw === null) return { kind: "blank" };
  if (typeof raw !== "string" && typeof raw !== "number" && typeof raw !== "boolean")
    return refused(field, "takes a single value");
  const text = String(raw).trim();
  if (text === "") return { kind: "blank" };
  const value = valueOf(field, text);
  return value === undefined ? refused(field, expectation(field)) : { kind: "value", value };
}

function valueOf({ type, allowedValues = [] }: Field, text: string): FieldValue | undefined {
  switch (type) {
    case "text":
      return text.length <= MAX_TEXT && isReadable(text) ? text : undefined;
    case "number":
      return numberOf(text);
    case "date":
      return dayOf(text);
    case "boolean":
      return TRUE.includes(text.toLowerCase()) ? true : FALSE.includes(text.toLowerCase()) ? false : undefined;
    case "choice":
      return allowedValues.includes(text) ? text : undefined;
  }
}

/** Lines may be broken; other control characters are no text. */
function isReadable(text: string): boolean {
  return !/[^\P{Cc}\t\n\r]|\p{Cs}/u.test(text);
}

/** A number that cannot be kept exactly is more likely an id that belongs into a text. */
function numberOf(text: string): number | undefined {
  const value = Number(text);
  if (!NUMBER.test(text) || !Number.isFinite(value)) return undefined;
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? undefined : value + 0;
}

/** The day as it is written: a birthday does not move with the time zone. */
function dayOf(text: string): string | undefined {
  const day = DAY.exec(text)?.[1];
  // Before the year 1 there is none, which databases know.
  if (day === undefined || day.startsWith("0000")) return undefined;
  const at = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(day) ? day : undefined;
}

function expectation({ type, allowedValues = [] }: Field): string {
  switch (type) {
    case "text":
      return `takes a text of at most ${MAX_TEXT} characters`;
    case "number":
      return "takes a number like 12.5, of at most 15 digits";
    case "date":
      return "takes a day like 2001-02-28";
    case "boolean":
      return "takes true or false";
    case "choice":
      return `takes one of: ${shortened(allowedValues)}`;
  }
}

function shortened(values: readonly string[]): string {
  const some = values.slice(0, 10).join(", ");
  return values.length > 10 ? `${some} and ${values.length - 10} more` : some;
}

function refused({ key }: Field, what: string): FieldReading {
  return { kind: "refused", sentence: `The additional field '${key}' ${what}. (invalid_field)` };
}

/** A value as it goes out: the wire knows texts only. */
export function writeFieldValue(value: FieldValue): string {
  return String(value);
}

/** Names that mean something else already, in a contact, in a file, or in an app's call. */
const TAKEN = [
  ...["id", "contactid", "externalcustomerid", "externalid", "externaluserid", "visitorid", "deviceid", "webid"],
  ...["email", "sms", "phone", "viber", "mobilepush", "webpush", "pushtoken", "channels", "fields", "groups", "clear"],
  ...["firstname", "lastname", "languagecode", "timezone", "contactkey", "ordersinfo", "marketid"],
  ...["address", "region", "town", "postcode", "countrycode"],
];

export interface FieldFault {
  readonly field: "key" | "allowedValues";
  readonly message: string;
}

/** What is wrong with a definition, beyond what its schema tells. */
export function faultsOf(field: Omit<Field, "id" | "name">): FieldFault[] {
  const { key, type, allowedValues } = field;
  const faults: FieldFault[] = [];
  if (TAKEN.includes(key.toLowerCase()))
    faults.push({ field: "key", message: `The key '${key}' means something else already. Choose another.` });
  if (type === "choice" && allowedValues === undefined)
    faults.push({ field: "allowedValues", message: "A choice needs the values that it takes: allowedValues." });
  if (type !== "choice" && allowedValues !== undefined)
    faults.push({ field: "allowedValues", message: "Only a choice has allowedValues." });
  return faults;
}

/** Each once, without blanks around them. */
export function tidy(values: readonly string[]): string[] {
  return [...new Set(values.map((value) => value.trim()))];
}

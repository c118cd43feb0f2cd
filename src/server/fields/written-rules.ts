import type { Field } from "../../contract/fields.ts";
import { readFieldValue, type FieldValue } from "./rules.ts";

/** Which of 03/04/2001 is the day. Nobody can tell from the date alone. */
export type DateOrder = "dayFirst" | "monthFirst";

/**
 * A value as people and their spreadsheets write it: 28.02.2001, 1 234,5, ні. Taken is only what can be read in one way;
 * undefined: it cannot.
 */
export function readWrittenValue(field: Field, text: string, dates: DateOrder | undefined): FieldValue | undefined {
  const exact = readFieldValue(field, text);
  if (exact.kind === "value") return exact.value;
  const plain = plainly(field, text.trim(), dates);
  const reading = plain === undefined ? undefined : readFieldValue(field, plain);
  return reading?.kind === "value" ? reading.value : undefined;
}

function plainly({ type, allowedValues = [] }: Field, text: string, dates: DateOrder | undefined): string | undefined {
  switch (type) {
    case "text":
      return undefined;
    case "number":
      return plainNumber(text);
    case "date":
      return plainDay(text, dates);
    case "boolean":
      return plainBoolean(text.toLowerCase());
    case "choice":
      return onlyOne(allowedValues.filter((value) => value.toLowerCase() === text.toLowerCase()));
  }
}

const onlyOne = (values: readonly string[]): string | undefined => (values.length === 1 ? values[0] : undefined);

// What Excel calls true and false in the languages of those who make the files is among them.
const YES = ["y", "on", "так", "істина", "да", "истина"];
const NO = ["n", "off", "ні", "хибність", "нет", "ложь"];

function plainBoolean(text: string): string | undefined {
  if (YES.includes(text)) return "true";
  return NO.includes(text) ? "false" : undefined;
}

const SIGN = String.raw`[+-]?`;
/** Thousands apart by blanks, whichever; what stands before fewer or more than three digits can only be the decimal sign. */
const WITH_BLANKS = new RegExp(String.raw`^${SIGN}\d{1,3}([ \u00a0\u2009\u202f'’]\d{3})+([.,]\d+)?$`);
const WITH_POINTS = new RegExp(String.raw`^${SIGN}\d{1,3}(\.\d{3})+,\d+$`);
const WITH_COMMAS = new RegExp(String.raw`^${SIGN}\d{1,3}((,\d{3})+\.\d+|(,\d{3}){2,})$`);
const DECIMAL_COMMA = new RegExp(String.raw`^${SIGN}(\d*,(\d{1,2}|\d{4,})|0,\d{3}|\d{4,},\d{3})$`);

/** 1,234 is more than a thousand to some and little more than one to others: it is not read. */
function plainNumber(written: string): string | undefined {
  const text = written.replace("\u2212", "-");
  if (WITH_BLANKS.test(text)) return text.replace(/[ \u00a0\u2009\u202f'’]/g, "").replace(",", ".");
  if (WITH_POINTS.test(text)) return text.replaceAll(".", "").replace(",", ".");
  if (WITH_COMMAS.test(text)) return text.replaceAll(",", "");
  if (DECIMAL_COMMA.test(text)) return text.replace(",", ".");
  return text === written ? undefined : text;
}

/** A day alone is asked for: the hour behind it, which spreadsheets add, says nothing. */
const HOUR = String.raw`(?:[T ,]+\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?(?: ?[AP]M)?(?:Z| ?[+-]\d\d:?\d\d| UTC)?)?`;
const YEAR_FIRST = new RegExp(String.raw`^(\d{4})([-/.])(\d{1,2})\2(\d{1,2})${HOUR}$`, "i");
const POINTED = new RegExp(String.raw`^(\d{1,2})\.(\d{1,2})\.(\d{4})${HOUR}$`, "i");
const SLASHED = new RegExp(String.raw`^(\d{1,2})([/-])(\d{1,2})\2(\d{4})${HOUR}$`, "i");

function plainDay(text: string, order: DateOrder | undefined): string | undefined {
  const [, year, , month, day] = YEAR_FIRST.exec(text) ?? [];
  if (year !== undefined) return dayOf(year, month, day);
  const pointed = POINTED.exec(text);
  if (pointed !== null) return dayOf(pointed[3], pointed[2], pointed[1]);
  const slashed = SLASHED.exec(text);
  if (slashed === null || order === undefined) return undefined;
  const [first, second] = [slashed[1], slashed[3]];
  return order === "dayFirst" ? dayOf(slashed[4], second, first) : dayOf(slashed[4], first, second);
}

const dayOf = (year = "", month = "", day = ""): string => `${year}-${month.padStart(2, "0")}-${day.padStart(2, "0")}`;

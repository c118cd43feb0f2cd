import type { Condition, ConditionGroup, EventCondition, FieldCondition, Worded } from "../../contract/segments.ts";
import type { SegmentField } from "./fields.ts";
import { WORDS, wordingOf, type Language } from "./words.ts";

type Fields = ReadonlyMap<string, SegmentField>;

/** "Contacts where External ID is empty and email status is confirmed". */
export function sentenceOf(tree: ConditionGroup, fields: Fields): Worded {
  return inBoth((language) => fill(WORDS[language].contacts, { clause: clauseOf(tree, { language, fields }) }));
}

/** The same without its beginning: what a segment is called unless it is told. */
export function titleOf(tree: ConditionGroup, fields: Fields, language: Language): string {
  const clause = clauseOf(tree, { language, fields });
  return clause.charAt(0).toUpperCase() + clause.slice(1);
}

/** One condition by itself; of a group, only what it says of its parts. */
export function lineOf(condition: Condition, fields: Fields): Worded {
  return inBoth((language) =>
    "of" in condition ? WORDS[language].groups[condition.kind] : clauseOf(condition, { language, fields }),
  );
}

const inBoth = (words: (language: Language) => string): Worded => ({ en: words("en"), uk: words("uk") });

interface Telling {
  readonly fields: Fields;
  readonly language: Language;
}

function clauseOf(condition: Condition, telling: Telling): string {
  if ("of" in condition) return groupClause(condition, telling);
  return condition.kind === "event" ? eventClause(condition, telling) : fieldClause(condition, telling);
}

function groupClause({ kind, of }: ConditionGroup, telling: Telling): string {
  const { and, or, not } = WORDS[telling.language];
  const clauses = of.map((part) => {
    const clause = clauseOf(part, telling);
    // "not (…)" has its brackets already, and a group of one needs none.
    return "of" in part && part.kind !== "none" && part.of.length > 1 ? `(${clause})` : clause;
  });
  return kind === "none" ? fill(not, { clause: clauses.join(or) }) : clauses.join(kind === "all" ? and : or);
}

function fieldClause({ field: name, operator, values = [] }: FieldCondition, telling: Telling): string {
  const { language } = telling;
  const field = telling.fields.get(name);
  if (field === undefined) return fill("{f} ?", { f: WORDS[language].gone });
  const { clause, single = clause } = wordingOf(language, field.kind, operator);
  const told = values.map((value) => valueWords(value, { field, operator, telling }));
  const fitting = isSingular(Number(values[0]), language) ? single : clause;
  return fill(fitting, { f: field.label[language], v: told.join(WORDS[language].or) }).trim();
}

interface Valued {
  readonly field: SegmentField;
  readonly operator: FieldCondition["operator"];
  readonly telling: Telling;
}

function valueWords(value: string | number, { field, operator, telling }: Valued): string {
  const { language } = telling;
  if (operator === "inLast" || operator === "beforeLast" || operator === "inNext")
    return counted(WORDS[language].days, Number(value), language);
  if (field.kind === "moment" || field.kind === "day") return dayWords(String(value), language);
  if (field.kind === "number")
    return new Intl.NumberFormat(language, { maximumFractionDigits: 20 }).format(Number(value));
  const label = field.choices?.find((one) => one.value === value)?.label[language];
  if (field.name === "list" && label === undefined) return WORDS[language].gone;
  // What people named is quoted. What we named is one of our words, and is quoted where one of them begins with "not".
  const isOurs = label !== undefined && !isNamedByPeople(field) && language === "en";
  return isOurs ? label : quoted(label ?? String(value), language);
}

const isNamedByPeople = ({ name }: SegmentField): boolean => name === "list" || name.startsWith("fields.");

const isSingular = (count: number, language: Language): boolean =>
  new Intl.PluralRules(language).select(count) === "one";

function eventClause({ event, address, operator, times, days }: EventCondition, { language }: Telling): string {
  const words = WORDS[language];
  const isPage = event === "page";
  const name = isPage ? words.page : fill(words.event, { event: quoted(event, language) });
  const what =
    address === undefined
      ? name
      : isPage
        ? fill(words.pageWith, { address: quoted(address, language) })
        : `${name} (${quoted(address, language)})`;
  const did = isPage ? words.visited : words.happened;
  const single = operator === "atLeast" ? did.once : did.never;
  const clause = times === 1 ? single : did[operator];
  const when =
    days === undefined
      ? ""
      : fill(words.inLast[isSingular(days, language) ? "one" : "other"], { days: counted(words.days, days, language) });
  return fill(clause, { what, x: counted(words.times, times, language) }) + when;
}

function counted(forms: Readonly<Record<string, string>>, count: number, language: Language): string {
  const form = forms[new Intl.PluralRules(language).select(count)] ?? forms["other"] ?? "{n}";
  return fill(form, { n: new Intl.NumberFormat(language).format(count) });
}

function dayWords(day: string, language: Language): string {
  const format = new Intl.DateTimeFormat(language === "en" ? "en-GB" : "uk", {
    day: "numeric",
    month: "short",
    year: "numeric",
    timeZone: "UTC",
  });
  return format.format(Date.parse(`${day}T00:00:00Z`));
}

const quoted = (text: string, language: Language): string => (language === "en" ? `“${text}”` : `«${text}»`);

/** In one pass, so that what a value says is never taken for a place. */
function fill(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}

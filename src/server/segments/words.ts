import type { FieldKind, Operator } from "../../contract/segments.ts";

export type Language = "en" | "uk";

/** What an operator is called by itself, and the clause that it makes of a field and its values. */
interface Wording {
  readonly word: string;
  readonly clause: string;
  /** The clause for a number that takes the singular, where the words around it differ. */
  readonly single?: string;
}
type Wordings = Partial<Record<Operator, Wording>>;

/** `{f}` stands for the field, `{v}` for its values. */
const wording = (word: string, clause = `{f} ${word} {v}`): Wording => ({ word, clause });

const empty = (word: string): Wording => wording(word, `{f} ${word}`);

const enText: Wordings = {
  is: wording("is"),
  isNot: wording("is not"),
  contains: wording("contains"),
  containsNot: wording("does not contain"),
  startsWith: wording("begins with"),
  endsWith: wording("ends with"),
  empty: empty("is empty"),
  notEmpty: empty("is not empty"),
};
const enDate: Wordings = {
  ...enText,
  on: wording("is on"),
  before: wording("is before"),
  after: wording("is after"),
  inLast: wording("is in the last", "{f} is in the last {v}"),
  beforeLast: wording("is longer ago than", "{f} is more than {v} ago"),
  inNext: wording("is in the next", "{f} is in the next {v}"),
};

const ukText: Wordings = {
  is: wording("дорівнює", "{f} — {v}"),
  isNot: wording("не дорівнює", "{f} — не {v}"),
  contains: wording("містить"),
  containsNot: wording("не містить"),
  startsWith: wording("починається з"),
  endsWith: wording("закінчується на"),
  empty: empty("не заповнено"),
  notEmpty: empty("заповнено"),
};
const ukDate: Wordings = {
  ...ukText,
  on: wording("припадає на"),
  before: wording("раніше, ніж"),
  after: wording("пізніше, ніж"),
  inLast: { ...wording("за останні", "{f} — за останні {v}"), single: "{f} — за останній {v}" },
  beforeLast: wording("давніше, ніж", "{f} — понад {v} тому"),
  inNext: { ...wording("у наступні", "{f} — у наступні {v}"), single: "{f} — у наступний {v}" },
};

const en: Record<FieldKind, Wordings> = {
  text: enText,
  address: enText,
  choice: enText,
  number: { ...enText, atLeast: wording("is at least"), atMost: wording("is at most") },
  moment: enDate,
  day: enDate,
  yesNo: { ...enText, yes: empty("is yes"), no: empty("is no") },
  member: {
    is: wording("include"),
    isNot: wording("do not include"),
    empty: empty("are empty"),
    notEmpty: empty("are not empty"),
  },
  presence: { empty: wording("is empty", "there is no {f}"), notEmpty: wording("is not empty", "there is a {f}") },
};

const uk: Record<FieldKind, Wordings> = {
  text: ukText,
  address: ukText,
  choice: ukText,
  number: {
    ...ukText,
    atLeast: wording("щонайменше", "{f} — щонайменше {v}"),
    atMost: wording("щонайбільше", "{f} — щонайбільше {v}"),
  },
  moment: ukDate,
  day: ukDate,
  yesNo: { ...ukText, yes: wording("так", "{f} — так"), no: wording("ні", "{f} — ні") },
  member: {
    is: wording("містять"),
    isNot: wording("не містять"),
    empty: empty("порожні"),
    notEmpty: empty("не порожні"),
  },
  presence: { empty: empty("відсутній"), notEmpty: wording("є", "{f} є") },
};

const WORDINGS = { en, uk };

export function wordingOf(language: Language, kind: FieldKind, operator: Operator): Wording {
  return WORDINGS[language][kind][operator] ?? wording(operator);
}

/** The words around clauses. `{n}` is the number. */
export interface Words {
  readonly contacts: string;
  readonly and: string;
  readonly or: string;
  readonly not: string;
  readonly days: Readonly<Record<string, string>>;
  readonly times: Readonly<Record<string, string>>;
  /** What a group says of its parts, when it is shown by itself. */
  readonly groups: Readonly<Record<"all" | "any" | "none", string>>;
  readonly gone: string;
  readonly page: string;
  readonly pageWith: string;
  readonly event: string;
  readonly visited: Did;
  readonly happened: Did;
  readonly inLast: Readonly<Record<"one" | "other", string>>;
}

/** `{x}` is "2 times". */
interface Did {
  readonly once: string;
  readonly never: string;
  readonly atLeast: string;
  readonly lessThan: string;
}

export const WORDS: Readonly<Record<Language, Words>> = {
  en: {
    contacts: "Contacts where {clause}",
    and: " and ",
    or: " or ",
    not: "not ({clause})",
    days: { one: "{n} day", other: "{n} days" },
    times: { one: "{n} time", other: "{n} times" },
    groups: { all: "all of these", any: "at least one of these", none: "none of these" },
    gone: "something that is gone",
    page: "a page",
    pageWith: "a page with {address} in its address",
    event: "{event}",
    visited: {
      once: "{what} was visited",
      never: "{what} was not visited",
      atLeast: "{what} was visited at least {x}",
      lessThan: "{what} was visited fewer than {x}",
    },
    happened: {
      once: "{what} happened",
      never: "{what} did not happen",
      atLeast: "{what} happened at least {x}",
      lessThan: "{what} happened fewer than {x}",
    },
    inLast: { one: " in the last {days}", other: " in the last {days}" },
  },
  uk: {
    contacts: "Контакти, де {clause}",
    and: " і ",
    or: " або ",
    not: "не ({clause})",
    days: { one: "{n} день", few: "{n} дні", many: "{n} днів", other: "{n} дня" },
    times: { one: "{n} раз", few: "{n} рази", many: "{n} разів", other: "{n} раза" },
    groups: { all: "усе з цього", any: "хоча б одне з цього", none: "нічого з цього" },
    gone: "те, чого вже немає",
    page: "сторінку",
    pageWith: "сторінку з {address} в адресі",
    event: "подія {event}",
    visited: {
      once: "{what} відвідано",
      never: "{what} не відвідано",
      atLeast: "{what} відвідано щонайменше {x}",
      lessThan: "{what} відвідано менше ніж {x}",
    },
    happened: {
      once: "{what} сталася",
      never: "{what} не сталася",
      atLeast: "{what} сталася щонайменше {x}",
      lessThan: "{what} сталася менше ніж {x}",
    },
    inLast: { one: " за останній {days}", other: " за останні {days}" },
  },
};

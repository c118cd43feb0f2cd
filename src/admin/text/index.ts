import { computed, signal } from "@preact/signals";
import { answerTo } from "../ui/ahead.ts";
import { kept } from "./kept.ts";
import {
  firstWordsWanted,
  keepLanguage,
  wordsOf,
  type CountedKey,
  type Dictionary,
  type Language,
  type PlainKey,
  type Spoken,
  type TextKey,
} from "./words.ts";

export type { PlainKey } from "./words.ts";

export const LANGUAGES: readonly { readonly code: Language; readonly name: string; readonly short: string }[] = [
  { code: "en", name: "English", short: "EN" },
  { code: "uk", name: "Українська", short: "УКР" },
];

// Nothing is drawn before the first words are there.
const spoken = signal<Spoken>({ language: "en", texts: {} as Dictionary });
export const language = computed(() => spoken.value.language);
language.subscribe((code) => (document.documentElement.lang = code));

/** Before the first screen, so that no word is seen to change. */
export async function speakFirstLanguage(): Promise<void> {
  spoken.value = await answerTo(firstWordsWanted);
}

export async function chooseLanguage(code: Language): Promise<void> {
  // At once: whoever leaves before the words have come has chosen all the same.
  keepLanguage(code);
  spoken.value = await wordsOf(code);
}

/** The chosen language as the reader's region writes it: 24 hours in London, 12 in New York. */
export function locale(): string {
  return navigator.languages.find((tag) => tag.startsWith(language.value)) ?? language.value;
}

const pluralRules = kept((tag) => new Intl.PluralRules(tag));
const numberFormat = kept((tag) => new Intl.NumberFormat(tag));
const percentFormat = kept((tag) => new Intl.NumberFormat(tag, { style: "percent", maximumFractionDigits: 0 }));

type Values = Readonly<Record<string, string | number>>;

function fill(text: string, values: Values): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

export function t(key: PlainKey, values: Values = {}): string {
  return fill(spoken.value.texts[key], values);
}

/** The same for a number: `{n}` is it, written the way the language does. */
export function counted(key: CountedKey, count: number, values: Values = {}): string {
  const forms = spoken.value.texts[key];
  const form = pluralRules(language.value).select(count);
  const text = (form === "one" || form === "few" || form === "many" ? forms[form] : undefined) ?? forms.other;
  return fill(text, { n: number(count), ...values });
}

/** A text whose key is made from a word of the server's, when the dictionary has it. */
export function known(key: string): PlainKey | undefined {
  const { texts } = spoken.value;
  return key in texts && typeof texts[key as TextKey] === "string" ? (key as PlainKey) : undefined;
}

export function number(value: number): string {
  return numberFormat(locale()).format(value);
}

/** A count that was broken off: "10,000+" when it is beyond `countedTo`. */
export function openNumber(value: number, countedTo: number): string {
  return value > countedTo ? `${number(countedTo)}+` : number(value);
}

/** The same in a text for a number. */
export function openCounted(key: CountedKey, count: number, countedTo: number): string {
  return counted(key, Math.min(count, countedTo), { n: openNumber(count, countedTo) });
}

/** "one, two and three". */
export function joined(parts: readonly string[]): string {
  return new Intl.ListFormat(language.value, { type: "conjunction" }).format(parts);
}

export function percent(part: number, all: number): string {
  const share = all === 0 ? 0 : part / all;
  return percentFormat(locale()).format(share);
}

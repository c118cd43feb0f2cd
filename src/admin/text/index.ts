import { computed, signal } from "@preact/signals";
import { en, type Plural } from "./en.ts";

export type TextKey = keyof typeof en;
/** Keys of texts that depend on a number. */
export type CountedKey = { [Key in TextKey]: (typeof en)[Key] extends Plural ? Key : never }[TextKey];
export type PlainKey = Exclude<TextKey, CountedKey>;
export type Dictionary = { readonly [Key in TextKey]: (typeof en)[Key] extends Plural ? Plural : string };

export type Language = "en" | "uk";
export const LANGUAGES: readonly { readonly code: Language; readonly name: string; readonly short: string }[] = [
  { code: "en", name: "English", short: "EN" },
  { code: "uk", name: "Українська", short: "УКР" },
];

const KEPT = "backstory.admin.language";

function firstLanguage(): Language {
  try {
    const kept = localStorage.getItem(KEPT);
    if (kept === "en" || kept === "uk") return kept;
  } catch {
    // Storage may be switched off; the browser's own language is a good guess.
  }
  return navigator.languages.some((language) => language.startsWith("uk")) ? "uk" : "en";
}

/** A language and its words: they change at once, never one without the other. */
const spoken = signal<{ readonly language: Language; readonly texts: Dictionary }>({ language: "en", texts: en });
export const language = computed(() => spoken.value.language);
language.subscribe((code) => (document.documentElement.lang = code));

/** English is always there; another language comes when it is chosen. */
async function speak(code: Language): Promise<void> {
  const texts: Dictionary = code === "en" ? en : (await import("./uk.ts")).uk;
  spoken.value = { language: code, texts };
}

/** Before the first screen, so that no word is seen to change. Without the words of their language, people get English. */
export const speakFirstLanguage = (): Promise<void> => speak(firstLanguage()).catch(() => undefined);

export async function chooseLanguage(code: Language): Promise<void> {
  await speak(code);
  try {
    localStorage.setItem(KEPT, code);
  } catch {
    // It holds until the page is closed.
  }
}

/** The chosen language as the reader's region writes it: 24 hours in London, 12 in New York. */
export function locale(): string {
  return navigator.languages.find((tag) => tag.startsWith(language.value)) ?? language.value;
}

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
  const form = new Intl.PluralRules(language.value).select(count);
  const text = (form === "one" || form === "few" || form === "many" ? forms[form] : undefined) ?? forms.other;
  return fill(text, { n: number(count), ...values });
}

/** A text whose key is made from a word of the server's, when the dictionary has it. */
export function known(key: string): PlainKey | undefined {
  return key in en && typeof en[key as TextKey] === "string" ? (key as PlainKey) : undefined;
}

export function number(value: number): string {
  return new Intl.NumberFormat(locale()).format(value);
}

/** A count that was broken off: "10,000+" when it is beyond `countedTo`. */
export function openNumber(value: number, countedTo: number): string {
  return value > countedTo ? `${number(countedTo)}+` : number(value);
}

export function percent(part: number, all: number): string {
  const share = all === 0 ? 0 : part / all;
  return new Intl.NumberFormat(locale(), { style: "percent", maximumFractionDigits: 0 }).format(share);
}

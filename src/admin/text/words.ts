import type { Wanted } from "../ui/ahead.ts";
import type { en, Plural } from "./en.ts";

export type TextKey = keyof typeof en;
/** Keys of texts that depend on a number. */
export type CountedKey = { [Key in TextKey]: (typeof en)[Key] extends Plural ? Key : never }[TextKey];
export type PlainKey = Exclude<TextKey, CountedKey>;
export type Dictionary = { readonly [Key in TextKey]: (typeof en)[Key] extends Plural ? Plural : string };

export type Language = "en" | "uk";

/** A language and its words: they change at once, never one without the other. */
export interface Spoken {
  readonly language: Language;
  readonly texts: Dictionary;
}

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

export async function wordsOf(language: Language): Promise<Spoken> {
  const texts: Dictionary = language === "en" ? (await import("./en.ts")).en : (await import("./uk.ts")).uk;
  return { language, texts };
}

export function keepLanguage(language: Language): void {
  try {
    localStorage.setItem(KEPT, language);
  } catch {
    // It holds until the page is closed.
  }
}

/** In the reader's language; without the words of it, people get English. */
export const firstWordsWanted: Wanted<Spoken> = {
  key: "words",
  load: () => wordsOf(firstLanguage()).catch(() => wordsOf("en")),
};

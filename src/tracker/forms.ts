import type { Properties } from "./api.ts";
import { listen } from "./attempt.ts";

/** Name on a card, card number … never read. */
const SECRET = /card|cc-|token/i;
/** The first that fits a field's type, autofill hint, name or id says what the field holds. */
const KINDS: Record<string, RegExp> = {
  email: /e-?mail/i,
  phone: /phone|tel\b/i,
  lastName: /family|last|surname/i,
  firstName: /given|first|(^| )(your|full)?[-_]?name\b/i,
};

const personIn = (form: HTMLFormElement): Record<string, string> => {
  const person: Record<string, string> = {};
  for (const field of form.querySelectorAll("input")) {
    const { type, autocomplete, name, id, value, dataset } = field;
    const hints = [type, autocomplete, name, id].join(" ");
    const readable = /^(text|email|tel)/.test(hints) && !SECRET.test(hints);
    const kind = dataset.backstory ?? Object.keys(KINDS).find((kind) => readable && KINDS[kind]?.test(hints));
    if (kind && !/passw|checkb/.test(type) && value.trim()) person[kind] ??= value.trim();
  }
  return person;
};

/**
 * Sign-up without code: `<form data-backstory="subscribe">` or `"identify"`. A field says what it is by its type, name
 * or autofill hint, or by `data-backstory="email"`. Where a check box with `data-backstory="consent"` is not ticked,
 * nothing is said. `data-backstory-groups="News, Offers"` on the form names the lists.
 */
export const watchForms = (send: (command: string, person: Properties) => void): void =>
  listen(document, "submit", ({ target }) => {
    const form = target as HTMLFormElement;
    const { backstory, backstoryGroups } = form.dataset;
    if (form.querySelector("[data-backstory=consent]:not(:checked)")) return;
    const person = personIn(form);
    if (backstory === "identify") send(backstory, person);
    if (backstory !== "subscribe") return;
    const groups = backstoryGroups?.split(/\s*,\s*/);
    const id = form.getAttribute("id") ?? undefined;
    send(backstory, { ...person, groups, form: { id, text: form.innerText.slice(0, 4096) } });
  });

import type { Html } from "./html.ts";
import { html } from "./html.ts";

export type Errors = Readonly<Record<string, string | undefined>>;
export type Values = Readonly<Record<string, string>>;

export interface FieldLook {
  readonly name: string;
  readonly label: string;
  readonly type?: "text" | "email" | "password";
  readonly autocomplete: string;
  readonly hint?: string;
}

/** What was typed so far, and what was wrong with it. */
export interface Filled {
  readonly values: Values;
  readonly errors: Errors;
}

export const emptyForm: Filled = { values: {}, errors: {} };

export function field({ name, label, type = "text", autocomplete, hint }: FieldLook, filled: Filled): Html {
  const error = filled.errors[name];
  const described = [hint !== undefined && `${name}-hint`, error !== undefined && `${name}-error`].filter(Boolean);
  // A password never travels back to the page.
  const value = type === "password" ? "" : (filled.values[name] ?? "");
  return html`<div class="field">
    <label for="${name}">${label}</label>
    <input
      id="${name}"
      name="${name}"
      type="${type}"
      autocomplete="${autocomplete}"
      value="${value}"
      required
      aria-invalid="${error === undefined ? "false" : "true"}"
      aria-describedby="${described.join(" ")}"
    />
    ${hint !== undefined && html`<p class="hint" id="${name}-hint">${hint}</p>`}
    ${error !== undefined && html`<p class="error" id="${name}-error">${error}</p>`}
  </div>`;
}

/** Said first, so that a screen reader meets it before the fields. */
export function errorSummary({ errors }: Filled): Html | false {
  const sentences = Object.values(errors).filter((sentence) => sentence !== undefined);
  const [sentence] = sentences;
  if (sentence === undefined) return false;
  const said = sentences.length === 1 ? sentence : `Please look at the ${sentences.length} fields marked below.`;
  return html`<p class="alert" role="alert">${said}</p>`;
}

/** The text fields of a form's body, trimmed. A password is left as it was typed. */
export function readFields(body: unknown, names: readonly string[]): Values {
  const given = new Map(Object.entries(typeof body === "object" && body !== null ? body : {}));
  return Object.fromEntries(
    names.map((name) => {
      const value: unknown = given.get(name);
      const text = typeof value === "string" ? value.slice(0, 300) : "";
      return [name, name === "password" ? text : text.trim()];
    }),
  );
}

export function isEmail(text: string): boolean {
  return text.length <= 254 && /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text);
}

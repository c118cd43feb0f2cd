import type { ComponentChildren, JSX } from "preact";
import { useId, useLayoutEffect, useRef } from "preact/hooks";

interface Naming {
  readonly label: string;
  readonly hint?: ComponentChildren;
}

/** What was typed into one field of a form. */
export function valueOf(form: HTMLFormElement, name: string): string {
  const value = new FormData(form).get(name);
  return typeof value === "string" ? value : "";
}

export function Field({ label, hint, autofocus, ...input }: Naming & JSX.InputHTMLAttributes) {
  const id = useId();
  const own = useRef<HTMLInputElement>(null);
  // Browsers do it by themselves once a page, and complain of the second time; here one form follows another.
  useLayoutEffect(() => {
    if (autofocus === true) own.current?.focus({ preventScroll: true });
  }, []);
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        ref={own}
        id={id}
        data-first={autofocus}
        {...(hint !== undefined && { "aria-describedby": `${id}-hint` })}
        {...input}
      />
      {hint !== undefined && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}

export function TextArea({ label, hint, ...input }: Naming & JSX.TextareaHTMLAttributes) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <textarea id={id} {...(hint !== undefined && { "aria-describedby": `${id}-hint` })} {...input} />
      {hint !== undefined && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}

export function Select({ label, hint, children, ...input }: Naming & JSX.SelectHTMLAttributes) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select id={id} {...(hint !== undefined && { "aria-describedby": `${id}-hint` })} {...input}>
        {children}
      </select>
      {hint !== undefined && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}

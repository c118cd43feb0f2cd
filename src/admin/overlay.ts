import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";

/** What lies over the screen and belongs to none. */
export const overlay = signal<"finder" | "shortcuts" | "more" | undefined>(undefined);

export const closeOverlay = (): void => void (overlay.value = undefined);

export const isTyping = ({ target }: KeyboardEvent) =>
  target instanceof Element &&
  target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]") !== null;

function onKey(event: KeyboardEvent): void {
  const { key, code, ctrlKey, metaKey, altKey, shiftKey } = event;
  // A dialog that is open has the keyboard to itself.
  if (event.defaultPrevented || document.querySelector("dialog[open]") !== null) return;
  // By its place too: on a Ukrainian keyboard the same key writes another letter.
  if ((ctrlKey || metaKey) && !altKey && !shiftKey && (code === "KeyK" || key === "k")) overlay.value = "finder";
  else if (ctrlKey || metaKey || altKey || isTyping(event)) return;
  else if (key === "?") overlay.value = "shortcuts";
  else if (key === "/") searchHere();
  else return;
  event.preventDefault();
}

function searchHere(): void {
  const search = document.querySelector<HTMLInputElement>("main input[type=search]");
  if (search === null) overlay.value = "finder";
  else search.focus();
}

export function useShortcuts(): void {
  useEffect(() => {
    document.addEventListener("keydown", onKey);
    return () => {
      document.removeEventListener("keydown", onKey);
      closeOverlay();
    };
  }, []);
}

import { signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { t } from "../text/index.ts";
import { Icon } from "./icon.tsx";

interface Toast {
  readonly text: ComponentChildren;
  readonly undo?: () => void;
}

const toast = signal<Toast | undefined>(undefined);

/** Says what was done. With `undo` it stays ten seconds, long enough to change one's mind. */
export function showToast(text: ComponentChildren, undo?: () => void): void {
  toast.value = undo === undefined ? { text } : { text, undo };
}

export function ToastArea() {
  const shown = toast.value;
  const close = () => (toast.value = undefined);
  useEffect(() => {
    if (shown === undefined) return undefined;
    const timer = setTimeout(close, shown.undo === undefined ? 5_000 : 10_000);
    return () => clearTimeout(timer);
  }, [shown]);
  return (
    <div class="toast-area" role="status">
      {shown !== undefined && (
        <div class="toast">
          <span>{shown.text}</span>
          {shown.undo !== undefined && (
            <button
              type="button"
              class="toast-undo"
              onClick={() => {
                close();
                shown.undo?.();
              }}
            >
              {t("act.undo")}
            </button>
          )}
          <button type="button" class="toast-close" aria-label={t("act.close")} onClick={close}>
            <Icon name="close" />
          </button>
        </div>
      )}
    </div>
  );
}

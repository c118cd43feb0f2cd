import { signal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { guardLeaving } from "../router.ts";
import { t } from "../text/index.ts";
import { Dialog } from "./dialog.tsx";

/** Where somebody wants to go who has not saved, until they have said whether they mean it. */
const leaving = signal<(() => void) | undefined>(undefined);

interface Unsaved {
  /** Something differs from what is stored, and would be lost. */
  readonly isDirty: boolean;
  /** Absent: Ctrl-S has nothing to do here. */
  readonly save?: (() => void) | undefined;
}

/** Ctrl-S or ⌘S saves, and nobody leaves the screen by mistake while something on it is not saved. */
export function useUnsaved({ isDirty, save }: Unsaved): void {
  const latest = useRef(save);
  latest.current = save;
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      // By its place too: on a Ukrainian keyboard the same key writes another letter.
      const isS = event.key === "s" || event.code === "KeyS";
      if (!isS || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
      event.preventDefault();
      latest.current?.();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
  // From the same moment on as the screen shows that there is something to save.
  useLayoutEffect(() => {
    if (!isDirty) return undefined;
    const onUnload = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", onUnload);
    const stopGuarding = guardLeaving((goOn) => void (leaving.value = goOn));
    return () => {
      window.removeEventListener("beforeunload", onUnload);
      stopGuarding();
    };
  }, [isDirty]);
}

/** The question itself; once in the frame of every screen. */
export function LeavingQuestion() {
  const goOn = leaving.value;
  if (goOn === undefined) return null;
  const stay = () => void (leaving.value = undefined);
  return (
    <Dialog title={t("leaving.title")} close={stay}>
      <p>{t("leaving.hint")}</p>
      <div class="dialog-actions">
        <button type="button" class="button primary" onClick={stay}>
          {t("leaving.stay")}
        </button>
        <button
          type="button"
          class="button danger"
          onClick={() => {
            stay();
            goOn();
          }}
        >
          {t("leaving.leave")}
        </button>
      </div>
    </Dialog>
  );
}

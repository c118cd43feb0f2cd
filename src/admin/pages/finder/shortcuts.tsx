import type { ComponentChildren } from "preact";
import { closeOverlay } from "../../overlay.ts";
import { t } from "../../text/index.ts";
import { Dialog } from "../../ui/dialog.tsx";

export function Shortcuts() {
  return (
    <Dialog title={t("shortcuts.title")} close={closeOverlay}>
      <dl class="shortcuts">
        <Shortcut what={t("shortcuts.find")}>
          <kbd>Ctrl K</kbd> {t("shortcuts.or")} <kbd>⌘ K</kbd>
        </Shortcut>
        <Shortcut what={t("shortcuts.search")}>
          <kbd>/</kbd>
        </Shortcut>
        <Shortcut what={t("shortcuts.step")}>
          <kbd>J</kbd> <kbd>K</kbd>
        </Shortcut>
        <Shortcut what={t("shortcuts.help")}>
          <kbd>?</kbd>
        </Shortcut>
        <Shortcut what={t("shortcuts.close")}>
          <kbd>Esc</kbd>
        </Shortcut>
      </dl>
      <div class="dialog-actions">
        <button type="button" class="button" onClick={closeOverlay}>
          {t("act.close")}
        </button>
      </div>
    </Dialog>
  );
}

function Shortcut({ what, children }: { readonly what: string; readonly children: ComponentChildren }) {
  return (
    <div>
      <dt>{children}</dt>
      <dd>{what}</dd>
    </div>
  );
}

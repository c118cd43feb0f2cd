import { closeOverlay } from "./overlay.ts";
import { currentness, settings, type Place } from "./places.ts";
import { href } from "./router.ts";
import { t } from "./text/index.ts";
import { Dialog } from "./ui/dialog.tsx";
import { Icon } from "./ui/icon.tsx";

/** On a phone: the screens that have no place in the bar, and those behind the settings too. */
export function More({ places }: { readonly places: readonly Place[] }) {
  return (
    <Dialog title={t("nav.more")} close={closeOverlay}>
      <nav class="more-places" aria-label={t("nav.more")}>
        {[...places, ...settings()].map((place) => (
          <a key={place.to} href={href(place.to)} aria-current={currentness(place)} onClick={closeOverlay}>
            <Icon name={place.icon} />
            {t(place.title)}
          </a>
        ))}
      </nav>
      <div class="dialog-actions">
        <button type="button" class="button" onClick={closeOverlay}>
          {t("act.close")}
        </button>
      </div>
    </Dialog>
  );
}

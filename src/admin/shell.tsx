import { Fragment, type ComponentChildren } from "preact";
import type { Me } from "../contract/admin/session.ts";
import { More } from "./more.tsx";
import { overlay, useShortcuts } from "./overlay.ts";
import { currentness, stops } from "./places.ts";
import { href } from "./router.ts";
import { SampleBanner, times } from "./samples.tsx";
import { logOut, may } from "./session.ts";
import { chooseLanguage, language, LANGUAGES, t } from "./text/index.ts";
import { showToast } from "./ui/toast.tsx";
import { Icon, Mark } from "./ui/icon.tsx";
import { late } from "./ui/late.tsx";

const Finder = late(async () => (await import("./pages/finder/finder.tsx")).Finder);
const Shortcuts = late(async () => (await import("./pages/finder/shortcuts.tsx")).Shortcuts);

/** So many entries fit side by side on a phone, and one more for the others. */
const AT_THE_THUMB = 4;

export function LanguageChoice() {
  return (
    <div class="languages" role="group" aria-label={t("app.language")}>
      {LANGUAGES.map(({ code, name, short }) => (
        <button
          key={code}
          type="button"
          lang={code}
          title={name}
          aria-label={name}
          aria-pressed={language.value === code}
          onClick={() => void chooseLanguage(code).catch(() => showToast(t("error.unreachable")))}
        >
          {short}
        </button>
      ))}
    </div>
  );
}

/** The rail; a bar at the bottom of a phone. */
function Rail() {
  const places = stops();
  const beyond = places.slice(AT_THE_THUMB);
  return (
    <>
      <nav class="rail" aria-label={t("app.menu")}>
        {places.map((place, index) => (
          <a
            key={place.to}
            class={index < AT_THE_THUMB ? undefined : "beyond"}
            href={href(place.to)}
            aria-current={currentness(place)}
          >
            <Icon name={place.icon} />
            <span>{t(place.title)}</span>
          </a>
        ))}
        <button
          type="button"
          class="more"
          aria-haspopup="dialog"
          aria-current={beyond.some((place) => currentness(place) !== undefined) ? "true" : undefined}
          onClick={() => (overlay.value = "more")}
        >
          <Icon name="more" />
          <span>{t("nav.more")}</span>
        </button>
      </nav>
      {overlay.value === "more" && <More places={beyond} />}
    </>
  );
}

function FindButton() {
  return (
    <button
      type="button"
      class="find-button"
      aria-haspopup="dialog"
      aria-label={t("finder.open")}
      aria-keyshortcuts="Control+K Meta+K"
      onClick={() => (overlay.value = "finder")}
    >
      <Icon name="search" />
      <span>{t("finder.open")}</span>
      <kbd aria-hidden="true">Ctrl K</kbd>
    </button>
  );
}

function Account({ me }: { readonly me: Me }) {
  return (
    <section class="account" aria-label={t("app.account")}>
      <LanguageChoice />
      <details class="account-menu">
        <summary>
          <Icon name="person" />
          <span class="cut">{me.login}</span>
        </summary>
        <div class="menu">
          <p class="small muted">
            {me.login} · {t(`role.${me.role}`)}
          </p>
          <a href={href("/password")}>{t("password.link")}</a>
          <button type="button" onClick={() => (overlay.value = "shortcuts")}>
            {t("shortcuts.title")}
          </button>
          <button type="button" onClick={() => void logOut()}>
            <Icon name="out" /> {t("login.out")}
          </button>
        </div>
      </details>
    </section>
  );
}

/** The frame of every screen: skip link, brand, finder, rail, account. */
export function Shell({ me, children }: { readonly me: Me; readonly children: ComponentChildren }) {
  useShortcuts();
  return (
    <div class="shell">
      <a class="skip" href="#content">
        {t("app.skip")}
      </a>
      <header class="brand-bar">
        <a class="brand" href={href("/")} aria-label="Backstory">
          <Mark />
          <span>Backstory</span>
        </a>
        {may("contacts.read") && <FindButton />}
      </header>
      <Rail />
      <Account me={me} />
      <main id="content" tabIndex={-1}>
        {may("contacts.read") && <SampleBanner />}
        <Fragment key={times.value}>{children}</Fragment>
      </main>
      {overlay.value === "finder" && <Finder />}
      {overlay.value === "shortcuts" && <Shortcuts />}
    </div>
  );
}

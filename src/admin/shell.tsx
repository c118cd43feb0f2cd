import type { ComponentChildren } from "preact";
import type { AdminRight, Me } from "../contract/admin.ts";
import { href, path } from "./router.ts";
import { logOut, may } from "./session.ts";
import { chooseLanguage, language, LANGUAGES, t } from "./text/index.ts";
import { showToast } from "./ui/toast.tsx";
import { Icon, Mark, type IconName } from "./ui/icon.tsx";

interface Stop {
  readonly to: string;
  readonly name: "overview" | "contacts" | "imports" | "segments" | "exports" | "sites" | "mail" | "keys";
  readonly right: AdminRight;
}
const STOPS: readonly Stop[] = [
  { to: "/", name: "overview", right: "contacts.read" },
  { to: "/contacts", name: "contacts", right: "contacts.read" },
  { to: "/imports", name: "imports", right: "contacts.read" },
  { to: "/segments", name: "segments", right: "contacts.read" },
  { to: "/exports", name: "exports", right: "exports.read" },
  { to: "/sites", name: "sites", right: "sites.read" },
  { to: "/mail", name: "mail", right: "mail.read" },
  { to: "/keys", name: "keys", right: "keys.read" },
];

function isHere({ to }: Stop): boolean {
  return to === "/" ? path.value === "/" : path.value === to || path.value.startsWith(`${to}/`);
}

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

/** The frame of every screen: skip link, brand, rail (a bar at the bottom of a phone), account. */
export function Shell({ me, children }: { readonly me: Me; readonly children: ComponentChildren }) {
  return (
    <div class="shell">
      <a class="skip" href="#content">
        {t("app.skip")}
      </a>
      <header class="brand-bar">
        <a class="brand" href={href("/")}>
          <Mark />
          <span>Backstory</span>
        </a>
      </header>
      <nav class="rail" aria-label={t("app.menu")}>
        {STOPS.filter(({ right }) => may(right)).map((stop) => (
          <a key={stop.to} href={href(stop.to)} aria-current={isHere(stop) ? "page" : undefined}>
            <Icon name={stop.name satisfies IconName} />
            <span>{t(`nav.${stop.name}`)}</span>
          </a>
        ))}
      </nav>
      <section class="account" aria-label={t("app.account")}>
        <LanguageChoice />
        <details class="account-menu">
          <summary>
            <Icon name="person" />
            {me.login}
          </summary>
          <div class="menu">
            <p class="small muted">
              {me.login} · {t(`role.${me.role}`)}
            </p>
            {may("users.read") && <a href={href("/users")}>{t("users.title")}</a>}
            <a href={href("/password")}>{t("password.link")}</a>
            <button type="button" onClick={() => void logOut()}>
              <Icon name="out" /> {t("login.out")}
            </button>
          </div>
        </details>
      </section>
      <main id="content" tabIndex={-1}>
        {children}
      </main>
    </div>
  );
}

import { settings } from "../../places.ts";
import { href } from "../../router.ts";
import { t } from "../../text/index.ts";
import { Icon } from "../../ui/icon.tsx";
import { PageHead } from "../../ui/parts.tsx";

export function SettingsPage() {
  return (
    <>
      <PageHead title={t("nav.settings")} lead={t("settings.lead")} />
      <ul class="plain stack">
        {settings().map(({ to, title, lead, icon }) => (
          <li key={to}>
            <a class="card setting" href={href(to)}>
              <Icon name={icon} />
              <span>
                <strong>{t(title)}</strong>
                <span class="small muted">{t(lead)}</span>
              </span>
            </a>
          </li>
        ))}
      </ul>
    </>
  );
}

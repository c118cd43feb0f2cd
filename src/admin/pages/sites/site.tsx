import type { Site } from "../../../contract/admin/sites.ts";
import { href } from "../../router.ts";
import { may } from "../../session.ts";
import { t } from "../../text/index.ts";
import { Copyable } from "../../ui/copy.tsx";
import { Icon } from "../../ui/icon.tsx";
import { Failure, Missing, PageHead, Skeleton } from "../../ui/parts.tsx";
import { IdentityKeys } from "./identity-keys.tsx";
import { Silence } from "./silence.tsx";
import { SiteSettings } from "./site-settings.tsx";
import { LiveDot, useSites } from "./sites.tsx";
import { SayWho, Tag } from "./tag.tsx";

export function SitePage({ id }: { readonly id: number }) {
  const { value, error, reload, set } = useSites();
  const site = value?.sites.find((known) => known.id === id);
  if (error !== undefined && value === undefined) return <Failure error={error} retry={() => void reload()} />;
  if (value === undefined) return <Skeleton rows={6} />;
  if (site === undefined)
    return <Missing icon="sites" title={t("sites.unknown")} to={href("/sites")} others={t("sites.title")} />;
  const changed = (now: Site) => set({ sites: value.sites.map((known) => (known.id === id ? now : known)) });
  return (
    <>
      <a class="back" href={href("/sites")}>
        <Icon name="back" />
        {t("sites.title")}
      </a>
      <PageHead title={site.name} lead={<LiveDot site={site} />}>
        <span class="small muted">{t("sites.key")}</span> <Copyable text={site.key} />
      </PageHead>
      <section class="card" aria-labelledby="tag-title">
        <h2 id="tag-title">{t("sites.tag")}</h2>
        <Tag site={site} />
        {site.firstEventAt === null && <Silence site={site} changed={changed} />}
      </section>
      <section class="card" aria-labelledby="who-title">
        <h2 id="who-title">{t("sites.identify")}</h2>
        <SayWho site={site} />
      </section>
      <IdentityKeys site={site} />
      {may("sites.write") && <SiteSettings site={site} changed={changed} />}
    </>
  );
}

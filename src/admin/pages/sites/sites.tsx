import { useEffect } from "preact/hooks";
import type { Site } from "../../../contract/admin/sites.ts";
import { api } from "../../api.ts";
import { href } from "../../router.ts";
import { may } from "../../session.ts";
import { t } from "../../text/index.ts";
import { relativeTime, exactTime } from "../../text/time.ts";
import { Icon } from "../../ui/icon.tsx";
import { Empty, Failure, PageHead, Skeleton } from "../../ui/parts.tsx";
import { useResource, type Resource } from "../../ui/resource.ts";

const ASK_EVERY = 3_000;

/** The sites, asked for again as long as one of them waits for its first event and somebody is looking. */
export function useSites(): Resource<{ readonly sites: readonly Site[] }> {
  const resource = useResource<{ readonly sites: readonly Site[] }>("sites", api.sites);
  const { value, reload } = resource;
  const waiting = value?.sites.some(({ firstEventAt }) => firstEventAt === null) ?? false;
  useEffect(() => {
    if (!waiting) return undefined;
    const timer = setInterval(() => {
      if (document.visibilityState === "visible") void reload();
    }, ASK_EVERY);
    return () => clearInterval(timer);
  }, [waiting, reload]);
  return resource;
}

export function SitesPage() {
  const { value, error, reload } = useSites();
  return (
    <>
      <PageHead title={t("sites.title")}>
        {may("contacts.read") && (
          <a class="button" href={href("/sites/rejected")}>
            {t("rejected.title")}
          </a>
        )}
        {may("sites.write") && (
          <a class="button primary" href={href("/sites/new")}>
            <Icon name="plus" />
            {t("sites.add")}
          </a>
        )}
      </PageHead>
      {error !== undefined && <Failure error={error} retry={() => void reload()} />}
      {value === undefined && error === undefined && <Skeleton rows={3} />}
      {value?.sites.length === 0 && (
        <Empty icon="sites" title={t("sites.empty")}>
          <p>{t("sites.empty.hint")}</p>
          {may("sites.write") && (
            <a class="button primary" href={href("/sites/new")}>
              {t("sites.add")}
            </a>
          )}
        </Empty>
      )}
      <ul class="plain stack">
        {value?.sites.map((site) => (
          <li key={site.id}>
            <a class="card site-row" href={href(`/sites/${site.id}`)}>
              <span>
                <strong>
                  <bdi>{site.name}</bdi>
                </strong>
                {site.url !== null && <span class="small muted cut">{site.url}</span>}
              </span>
              <LiveDot site={site} />
            </a>
          </li>
        ))}
      </ul>
    </>
  );
}

/** Grey and breathing while nothing has arrived, green from the first event on. */
export function LiveDot({ site }: { readonly site: Site }) {
  const at = site.firstEventAt;
  return (
    <span
      class={at === null ? "live-dot waiting" : "live-dot on"}
      role="status"
      title={at === null ? "" : exactTime(at)}
    >
      <span class="dot" aria-hidden="true" />
      {at === null ? t("sites.dot.waiting") : t("sites.dot.live", { when: relativeTime(at) })}
    </span>
  );
}

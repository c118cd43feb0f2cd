import type { TimelineEvent } from "../../../contract/admin/timeline.ts";
import { t } from "../../text/index.ts";
import { exactTime, timeOfDay } from "../../text/time.ts";
import { Copyable } from "../../ui/copy.tsx";
import { Icon } from "../../ui/icon.tsx";
import { SafeLink } from "../../ui/safe-link.tsx";
import { pathOf } from "../../ui/web-address.ts";
import { textOf } from "./identity-card.tsx";

interface Props {
  readonly event: TimelineEvent;
  /** With what is folded up under it. */
  readonly whole: boolean;
}

export function EventItem({ event, whole }: Props) {
  const isPage = event.name === "page";
  const path = event.url === null ? null : pathOf(event.url);
  const title = isPage ? event.title || path || t("timeline.untitled") : event.name;
  const beside = path === title ? null : path;
  return (
    <li class={event.before ? "entry before" : "entry"}>
      <details>
        <summary>
          <span class="entry-dot">
            <Icon name={isPage ? "page" : "action"} />
          </span>
          <span class="entry-title">
            <bdi class={isPage ? undefined : "event-name"}>{title}</bdi>
            {event.before && <span class="off-screen"> ({t("timeline.before.mark")})</span>}
          </span>
          {beside !== null && (
            <span class="entry-path mono" title={event.url ?? undefined}>
              <bdi>{beside}</bdi>
            </span>
          )}
          <time class="entry-time" dateTime={new Date(event.at).toISOString()} title={exactTime(event.at)}>
            {timeOfDay(event.at)}
          </time>
        </summary>
        {whole && <EventDetails event={event} />}
      </details>
    </li>
  );
}

function EventDetails({ event }: { readonly event: TimelineEvent }) {
  const properties = Object.entries(event.properties ?? {});
  return (
    <dl class="facts entry-details">
      {properties.map(([name, value]) => (
        <div key={name}>
          <dt>
            <bdi>{name}</bdi>
          </dt>
          <dd>
            <bdi>{textOf(value)}</bdi>
          </dd>
        </div>
      ))}
      {event.url !== null && (
        <div>
          <dt>{t("timeline.url")}</dt>
          <dd>
            <SafeLink address={event.url} />
          </dd>
        </div>
      )}
      {event.referrer !== null && event.referrer !== "" && (
        <div>
          <dt>{t("timeline.referrer")}</dt>
          <dd>
            <SafeLink address={event.referrer} />
          </dd>
        </div>
      )}
      <div>
        <dt>{t("timeline.site")}</dt>
        <dd>
          <bdi>{event.siteName ?? String(event.siteId)}</bdi>
        </dd>
      </div>
      <div>
        <dt>{t("timeline.trust")}</dt>
        <dd>{t(`timeline.trust.${event.trust}`)}</dd>
      </div>
      <div>
        <dt>{t("timeline.received")}</dt>
        <dd>{exactTime(event.receivedAt)}</dd>
      </div>
      <div>
        <dt>{t(`source.${event.source.kind}`)}</dt>
        <dd>
          <Copyable text={event.source.id} length={26} />
        </dd>
      </div>
      <div>
        <dt>{t("timeline.eventId")}</dt>
        <dd>
          <Copyable text={event.id} length={26} />
        </dd>
      </div>
    </dl>
  );
}

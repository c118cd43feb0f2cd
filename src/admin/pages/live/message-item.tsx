import { useState } from "preact/hooks";
import type { LiveMessage, LiveVerdict } from "../../../contract/admin/live.ts";
import { href } from "../../router.ts";
import { known, t } from "../../text/index.ts";
import { exactTime, preciseTimeOfDay } from "../../text/time.ts";
import { Copyable, Snippet } from "../../ui/copy.tsx";
import { Icon, type IconName } from "../../ui/icon.tsx";
import { pathOf } from "../../ui/web-address.ts";
import { nameOf } from "../contacts/name.ts";

export function MessageItem({
  message,
  severalSites,
}: {
  readonly message: LiveMessage;
  readonly severalSites: boolean;
}) {
  const { at, url, siteName, verdict } = message;
  const path = url === null ? null : pathOf(url);
  const title = titleOf(message, path);
  const [open, setOpen] = useState(false);
  return (
    <li class={`live-message is-${verdict.kind}`}>
      <details onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>
          <time dateTime={new Date(at).toISOString()} title={exactTime(at)}>
            {preciseTimeOfDay(at)}
          </time>
          <Icon name={iconOf(message)} />
          <span class="live-title">
            <bdi class="cut">{title}</bdi>
            {path !== null && path !== title && <bdi class="cut small muted mono">{path}</bdi>}
          </span>
          {severalSites && siteName !== null && <bdi class="cut small muted live-site">{siteName}</bdi>}
        </summary>
        {open && <Details message={message} />}
      </details>
      <Verdict verdict={verdict} />
    </li>
  );
}

function titleOf({ name, title, verdict }: LiveMessage, path: string | null): string {
  if (name === "page") return title || path || t("timeline.untitled");
  const said = name === null ? undefined : known(`live.said.${name}`);
  if (said !== undefined) return t(said);
  return name ?? (verdict.kind === "rejected" ? verdict.code : t("live.unnamed"));
}

function iconOf({ name, verdict }: LiveMessage): IconName {
  if (verdict.kind === "rejected") return "warning";
  if (name === "page") return "page";
  return name === "identify" || name === "subscribe" || name === "reset" ? "person" : "action";
}

function Verdict({ verdict }: { readonly verdict: LiveVerdict }) {
  switch (verdict.kind) {
    case "contact":
      return (
        <p class="live-verdict">
          <span class="off-screen">{t("live.verdict.contact")} </span>
          <a class="cut" href={href(`/contacts/${verdict.id}`)}>
            <bdi>{nameOf(verdict)}</bdi>
          </a>
        </p>
      );
    case "rejected":
      return (
        <p class="live-verdict">
          <strong>{t("live.verdict.rejected")}</strong> <bdi>{verdict.reason}</bdi>
        </p>
      );
    default:
      return <p class="live-verdict">{t(`live.verdict.${verdict.kind}`)}</p>;
  }
}

function Details({ message: { source, siteName, siteId, at, body } }: { readonly message: LiveMessage }) {
  return (
    <div class="live-details">
      <dl class="facts">
        <div>
          <dt>{t("timeline.received")}</dt>
          <dd>{exactTime(at)}</dd>
        </div>
        {siteId !== null && (
          <div>
            <dt>{t("timeline.site")}</dt>
            <dd>
              <a href={href(`/sites/${siteId}`)}>
                <bdi>{siteName ?? siteId}</bdi>
              </a>
            </dd>
          </div>
        )}
        {source !== null && (
          <div>
            <dt>{t(`source.${source.kind}`)}</dt>
            <dd>
              <Copyable text={source.id} length={26} />
            </dd>
          </div>
        )}
      </dl>
      {body === null ? <p class="small muted">{t("live.bodyGone")}</p> : <Snippet text={body} />}
    </div>
  );
}

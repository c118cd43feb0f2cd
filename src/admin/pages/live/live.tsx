import { useRef } from "preact/hooks";
import { api } from "../../api.ts";
import { href, navigate, query } from "../../router.ts";
import { counted, t } from "../../text/index.ts";
import { Icon } from "../../ui/icon.tsx";
import { Empty, Failure, PageHead, Skeleton } from "../../ui/parts.tsx";
import { useResource } from "../../ui/resource.ts";
import { Filters } from "./filters.tsx";
import { MessageItem } from "./message-item.tsx";
import { matching, type Filter } from "./matching.ts";
import { isFull } from "./stream.ts";
import { useStream } from "./use-stream.ts";

/** Messages as they arrive, each with what became of it. */
export function LivePage() {
  const asked = query.value;
  const filter: Filter = {
    verdict: asked.get("verdict") ?? "",
    site: asked.get("site") ?? "",
    q: asked.get("q") ?? "",
  };
  const paused = asked.has("paused");
  const list = useRef<HTMLOListElement>(null);
  const { stream, begun, behind, error, show, jump } = useStream(() => paused || isLookedAt(list.current));
  const sites = useResource("sites", api.sites).value?.sites ?? [];
  const go = (change: Partial<Filter> & { readonly paused?: string | undefined }) =>
    navigate(href("/live", { ...filter, ...(paused && { paused: "1" }), ...change }), "replace");
  const shown = stream.shown.filter(matching(filter));
  const waiting = stream.held.filter(matching(filter)).length;

  function toggle() {
    if (paused) show();
    go({ paused: paused ? undefined : "1" });
  }

  return (
    <>
      <PageHead title={t("live.title")} lead={t("live.lead")}>
        <a class="button" href={href("/sites/rejected")}>
          {t("rejected.title")}
        </a>
        <button type="button" class="button" aria-pressed={paused} onClick={toggle}>
          <Icon name={paused ? "play" : "pause"} />
          {t(paused ? "live.resume" : "live.pause")}
        </button>
      </PageHead>
      <Filters filter={filter} sites={sites} choose={go} />
      {error !== undefined && <Failure error={error} />}
      {behind && (
        <p class="note warn">
          {t("live.behind")}{" "}
          <button type="button" class="button small" onClick={jump}>
            {t("live.jump")}
          </button>
        </p>
      )}
      <div class="live-pill" role="status">
        {waiting > 0 && (
          <button type="button" class="button primary small" onClick={show}>
            {isFull(stream) ? t("live.newMany") : counted("live.new", waiting)}
          </button>
        )}
        {waiting === 0 && paused && <span class="muted small">{t("live.paused")}</span>}
      </div>
      {!begun && error === undefined && <Skeleton rows={8} />}
      {begun && shown.length === 0 && <Nothing any={stream.shown.length > 0} />}
      <ol class="plain live card flush" ref={list} hidden={shown.length === 0}>
        {shown.map((message) => (
          <MessageItem key={message.key} message={message} severalSites={sites.length > 1} />
        ))}
      </ol>
    </>
  );
}

/** What somebody points at, has unfolded or scrolled to does not move. */
function isLookedAt(list: HTMLElement | null): boolean {
  if (list === null) return false;
  return window.scrollY > 120 || list.matches(":hover, :focus-within") || list.querySelector("details[open]") !== null;
}

function Nothing({ any }: { readonly any: boolean }) {
  return (
    <Empty icon="live" title={t(any ? "live.noneMatch" : "live.none")}>
      <p>{t(any ? "live.noneMatch.hint" : "live.none.hint")}</p>
      <a class={any ? "button" : "button primary"} href={href(any ? "/live" : "/sites")}>
        {t(any ? "live.filter.clear" : "contacts.empty.action")}
      </a>
    </Empty>
  );
}

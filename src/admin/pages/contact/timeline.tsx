import { useEffect, useRef, useState } from "preact/hooks";
import type { TimelineEntry } from "../../../contract/admin/timeline.ts";
import { api } from "../../api.ts";
import { counted, t } from "../../text/index.ts";
import { dayKey, dayName, timeOfDay } from "../../text/time.ts";
import { Icon } from "../../ui/icon.tsx";
import { Empty, Failure, Skeleton } from "../../ui/parts.tsx";
import { useAction, useWanted } from "../../ui/resource.ts";
import { linesInView, useSoon } from "../../ui/soon.ts";
import { EventItem } from "./event-item.tsx";
import { LandmarkItem } from "./landmark-item.tsx";
import { groupByDay, type Visit } from "./sessions.ts";
import { timelineWanted } from "./wanted.ts";

/** Everything the contact did, newest first; what lies before the naming is visibly another country. */
export function Timeline({ contactId }: { readonly contactId: number }) {
  const first = useWanted(timelineWanted(contactId));
  const isSoon = useSoon();
  const [older, setOlder] = useState<{ entries: readonly TimelineEntry[]; next: string | null }>();
  const { busy, error, run } = useAction();

  if (first.error !== undefined) return <Failure error={first.error} retry={() => void first.reload()} />;
  if (first.value === undefined) return <Skeleton rows={6} />;
  const entries = [...first.value.entries, ...(older?.entries ?? [])];
  const next = older === undefined ? first.value.next : older.next;
  const loadMore = (before: string) =>
    run(async () => {
      const page = await api.timeline(contactId, { before });
      setOlder({ entries: [...(older?.entries ?? []), ...page.entries], next: page.next });
    });

  if (entries.length === 0)
    return (
      <Empty icon="page" title={t("timeline.empty")}>
        <p>{t("timeline.empty.hint")}</p>
      </Empty>
    );
  return (
    <div class="timeline">
      {groupByDay(isSoon ? entries : entries.slice(0, linesInView()), dayKey).map((day) => (
        <section key={day.key} class="day">
          <h2 class="day-name">{dayName(day.at)}</h2>
          {day.visits.map((visit) => (
            <VisitItem key={visit.entries[0]?.id} visit={visit} whole={isSoon} />
          ))}
        </section>
      ))}
      {error !== undefined && <Failure error={error} />}
      {next === null ? (
        <p class="timeline-end">{t("timeline.end")}</p>
      ) : (
        <MoreButton busy={busy} load={() => void loadMore(next)} />
      )}
    </div>
  );
}

/** A button for the keyboard; for everybody else it presses itself when it comes into view. */
function MoreButton({ busy, load }: { readonly busy: boolean; load(): void }) {
  const button = useRef<HTMLButtonElement>(null);
  const press = useRef(load);
  press.current = load;
  useEffect(() => {
    const seen = new IntersectionObserver(
      (changes) => {
        if (!busy && changes.some(({ isIntersecting }) => isIntersecting)) press.current();
      },
      // What lies above the window counts too: one jump to the end must not pass the button by.
      { rootMargin: "1000000px 0px 400px" },
    );
    if (button.current !== null) seen.observe(button.current);
    return () => seen.disconnect();
  }, [busy]);
  return (
    <button ref={button} type="button" class="button timeline-more" disabled={busy} onClick={load}>
      {t(busy ? "app.loading" : "timeline.more")}
    </button>
  );
}

function VisitItem({ visit, whole }: { readonly visit: Visit; readonly whole: boolean }) {
  const { source, entries } = visit;
  const events = entries.filter(({ kind }) => kind === "event").length;
  const newest = entries[0]?.at ?? 0;
  const oldest = entries.at(-1)?.at ?? newest;
  const from = timeOfDay(oldest);
  const to = timeOfDay(newest);
  const id = `visit-${entries[0]?.id}`;
  const lastLandmark = entries.findLast(({ kind }) => kind === "landmark");
  return (
    <section class="visit" aria-labelledby={id}>
      <h3 id={id}>
        <Icon name={source.kind === "visitor" ? "browser" : source.kind === "device" ? "device" : "server"} />
        <span>
          {t(`source.${source.kind}`)}, {from === to ? from : `${from}–${to}`}
        </span>
        {events > 0 && <span class="muted">{counted("timeline.session", events)}</span>}
      </h3>
      <ol class="entries">
        {entries.map((entry) =>
          entry.kind === "event" ? (
            <EventItem key={entry.id} event={entry} whole={whole} />
          ) : (
            <LandmarkItem key={entry.id} landmark={entry} introduces={entry === lastLandmark && hasBefore(entries)} />
          ),
        )}
      </ol>
    </section>
  );
}

const hasBefore = (entries: readonly TimelineEntry[]) =>
  entries.some((entry) => entry.kind === "event" && entry.before);

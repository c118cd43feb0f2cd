import type { TimelineEntry } from "../../../contract/admin/timeline.ts";

/** A pause after which what the same browser does next counts as another visit. */
const PAUSE = 30 * 60_000;

/** What one browser or device did without a longer pause, newest first. */
export interface Visit {
  readonly source: TimelineEntry["source"];
  readonly entries: readonly TimelineEntry[];
}

export interface Day {
  readonly key: string;
  /** Some moment of the day, to name it by. */
  readonly at: number;
  readonly visits: readonly Visit[];
}

interface OpenVisit extends Visit {
  readonly entries: TimelineEntry[];
}
interface OpenDay extends Day {
  readonly visits: OpenVisit[];
}

/** Groups a timeline, newest first, by day and visit. Browsers used side by side make visits side by side. */
export function groupByDay(entries: readonly TimelineEntry[], dayOf: (at: number) => string): readonly Day[] {
  const days: OpenDay[] = [];
  for (const entry of entries) {
    const key = dayOf(entry.at);
    let day = days.at(-1);
    if (day?.key !== key) {
      day = { key, at: entry.at, visits: [] };
      days.push(day);
    }
    const visit = day.visits.find((known) => goesOn(known, entry));
    if (visit === undefined) day.visits.push({ source: entry.source, entries: [entry] });
    else visit.entries.push(entry);
  }
  return days;
}

function goesOn(visit: Visit, entry: TimelineEntry): boolean {
  const earliest = visit.entries.at(-1);
  const sameSource = visit.source.kind === entry.source.kind && visit.source.id === entry.source.id;
  return sameSource && earliest !== undefined && earliest.at - entry.at <= PAUSE;
}

import {
  LandmarkReason,
  type TimelineEntry,
  type TimelineEvent,
  type TimelineLandmark,
} from "../../contract/admin/timeline.ts";
import type { SiteId } from "../../contract/identifiers.ts";
import { EVENTS_COUNTED_TO, type Landmark, type TimelineEntry as Event, type TimelinePage } from "../contacts/index.ts";

type SiteNames = ReadonlyMap<SiteId, string>;

/** A page that was left longer ago is not where the naming happened. */
const SAME_VISIT = 30 * 60_000;

/** Events and landmarks in one line, newest first. A landmark stands above everything it attached. */
export function tellTimeline(page: TimelinePage, siteNames: SiteNames): TimelineEntry[] {
  const events = page.entries.map((event) => tellEvent(event, siteNames));
  const landmarks = page.landmarks.map((landmark) => tellLandmark(landmark, page));
  const merged: TimelineEntry[] = [];
  let next = 0;
  for (const event of events) {
    for (let landmark = landmarks[next]; landmark !== undefined && landmark.at > event.at; landmark = landmarks[next]) {
      merged.push(landmark);
      next += 1;
    }
    merged.push(event);
  }
  return [...merged, ...landmarks.slice(next)];
}

function tellEvent(event: Event, siteNames: SiteNames): TimelineEvent {
  const { eventId, occurredAt, beforeIdentification, properties, ...rest } = event;
  return {
    ...rest,
    kind: "event",
    id: eventId,
    at: occurredAt,
    siteName: siteNames.get(event.siteId) ?? null,
    properties: properties === null ? null : { ...properties },
    before: beforeIdentification,
  };
}

function tellLandmark(landmark: Landmark, page: TimelinePage): TimelineLandmark {
  const { bindingId, boundAt, boundUrl, source, earlierEvents } = landmark;
  return {
    kind: "landmark",
    id: String(bindingId),
    at: boundAt,
    source,
    reason: reasonOf(landmark),
    url: boundUrl ?? lastPageBefore(landmark, page.entries),
    earlier: earlierEvents,
    earlierCountedTo: EVENTS_COUNTED_TO,
  };
}

/** Identity says it in the same words; one that is newer than the screens is told as "other". */
function reasonOf({ reason }: Landmark): LandmarkReason {
  return LandmarkReason.enum.find((known) => known === reason) ?? "other";
}

/** A back end names a person without saying on which page; the page that browser saw last tells. */
function lastPageBefore({ source, boundAt }: Landmark, events: readonly Event[]): string | null {
  const last = events.find(
    ({ source: { kind, id }, occurredAt, url }) =>
      kind === source.kind && id === source.id && occurredAt <= boundAt && url !== null,
  );
  return last !== undefined && boundAt - last.occurredAt <= SAME_VISIT ? last.url : null;
}

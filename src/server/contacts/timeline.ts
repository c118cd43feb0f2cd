import type { ContactId, Instant, MessageId, SiteId } from "../../contract/identifiers.ts";
import type { Database } from "../db/database.ts";
import { findEvents, findLandmarks, orderedIndexWalk } from "./timeline-store.ts";

/** What an event came from: a browser, an app installation, or a server call that named the contact. */
export interface Source {
  readonly kind: "visitor" | "device" | "contact";
  readonly id: string;
}

/** Where the next page goes on: strictly older than this event. */
export interface TimelineCursor {
  readonly occurredAt: Instant;
  readonly eventId: MessageId;
  readonly siteId: SiteId;
}

export interface TimelineEntry {
  readonly eventId: MessageId;
  readonly siteId: SiteId;
  readonly source: Source;
  readonly name: string;
  readonly occurredAt: Instant;
  readonly receivedAt: Instant;
  readonly url: string | null;
  readonly title: string | null;
  readonly referrer: string | null;
  readonly properties: Readonly<Record<string, unknown>> | null;
  readonly trust: "browser" | "signed" | "server" | "import";
  /** It happened before anybody knew whose browser or device this was. */
  readonly beforeIdentification: boolean;
}

/** The moment a browser or device got its name, and what that brought. */
export interface Landmark {
  readonly bindingId: number;
  readonly source: Source;
  /** `-Infinity`: from its very beginning. */
  readonly validFrom: Instant;
  /** `Infinity`: still. */
  readonly validTo: Instant;
  readonly boundAt: Instant;
  /** Where the naming happened, e.g. the page of the sign-up form. */
  readonly boundUrl: string | null;
  readonly reason: string;
  /** Events attached from before `boundAt`, counted up to `EVENTS_COUNTED_TO`; one more means "more than that". */
  readonly earlierEvents: number;
}

/** One page, newest first. The landmarks are those that lie between its ends. */
export interface TimelinePage {
  readonly entries: readonly TimelineEntry[];
  readonly landmarks: readonly Landmark[];
  /** Absent: nothing older. */
  readonly next?: TimelineCursor;
}

export interface TimelineRequest {
  /** May be an id that was merged into another. Deleted and erased contacts have no timeline. */
  readonly contactId: ContactId;
  readonly before?: TimelineCursor;
  /** Entries of one page, 1 to 200. */
  readonly limit: number;
}

export async function readTimeline(db: Database, request: TimelineRequest): Promise<TimelinePage> {
  const limit = Math.min(Math.max(Math.trunc(request.limit), 1), 200);
  return db.transaction(async (tx) => {
    await orderedIndexWalk(tx);
    const found = await findEvents(tx, { ...request, limit: limit + 1 });
    const entries = found.slice(0, limit);
    const oldest = entries.at(-1);
    const more = found.length > limit && oldest !== undefined;
    const landmarks = await findLandmarks(tx, {
      contactId: request.contactId,
      from: more ? oldest.occurredAt : -Infinity,
      to: request.before?.occurredAt ?? Infinity,
    });
    if (!more) return { entries, landmarks };
    const { occurredAt, eventId, siteId } = oldest;
    return { entries, landmarks, next: { occurredAt, eventId, siteId } };
  });
}

import { Type, type Static } from "typebox";
import { SourceKind } from "./contact-card.ts";
import { Count, Cursor, OrNull, Text, Time } from "./pieces.ts";

export const TimelineQuery = Type.Object({ before: Type.Optional(Cursor) });
export type TimelineQuery = Static<typeof TimelineQuery>;

export const TimelineEvent = Type.Object({
  kind: Type.Literal("event"),
  id: Text,
  at: Time,
  receivedAt: Time,
  /** `page`, or the name given to `track`. */
  name: Text,
  siteId: Type.Integer(),
  siteName: OrNull(Text),
  source: Type.Object({ kind: SourceKind, id: Text }),
  url: OrNull(Text),
  title: OrNull(Text),
  referrer: OrNull(Text),
  properties: OrNull(Type.Record(Type.String(), Type.Unknown())),
  trust: Type.Enum(["browser", "signed", "server", "import"]),
  /** It happened before anybody knew who this was. */
  before: Type.Boolean(),
});
export type TimelineEvent = Static<typeof TimelineEvent>;

/** What tied a source to the contact. `signup`: it also made the contact. `proof`: a claim that had waited was proven. */
export const LandmarkReason = Type.Enum(["signup", "subscribe", "identify", "server", "device", "proof", "other"]);
export type LandmarkReason = Static<typeof LandmarkReason>;

/** The moment a source was tied to the contact. */
export const TimelineLandmark = Type.Object({
  kind: Type.Literal("landmark"),
  id: Text,
  at: Time,
  source: Type.Object({ kind: SourceKind, id: Text }),
  reason: LandmarkReason,
  /** Where it happened, as far as it was said or the last page before tells. */
  url: OrNull(Text),
  /** Events of that source that were attached, counted up to `earlierCountedTo`; one more means "or more". */
  earlier: Count,
  earlierCountedTo: Count,
});
export type TimelineLandmark = Static<typeof TimelineLandmark>;

export const TimelineEntry = Type.Union([TimelineEvent, TimelineLandmark]);
export type TimelineEntry = Static<typeof TimelineEntry>;

/** Newest first. */
export const TimelinePage = Type.Object({ entries: Type.Array(TimelineEntry), next: OrNull(Cursor) });
export type TimelinePage = Static<typeof TimelinePage>;

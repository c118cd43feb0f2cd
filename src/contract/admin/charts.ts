import { Type, type Static } from "typebox";
import { Count, Text, Time } from "./pieces.ts";

// What the overview draws.

/** How long before they were known somebody's history begins: nothing earlier, under an hour, a day, a week, 30 days. */
export const BackstoryLength = Type.Enum(["none", "hour", "day", "week", "month", "longer"]);
export type BackstoryLength = Static<typeof BackstoryLength>;

export const ChartsQuery = Type.Object({
  /** Whose midnight parts the days, e.g. `Europe/Kyiv`. */
  zone: Type.String({ minLength: 1, maxLength: 64 }),
});
export type ChartsQuery = Static<typeof ChartsQuery>;

export const ChartDay = Type.Object({
  /** `2026-11-25` */
  day: Text,
  from: Time,
  to: Time,
  /** Counted up to `eventsCountedTo`; one more means "or more". */
  events: Count,
  newContacts: Count,
  /** Of them: those whose history begins before they were known. */
  withBackstory: Count,
});
export type ChartDay = Static<typeof ChartDay>;

/** Oldest day first; the last is today, and not over. */
export const Charts = Type.Object({
  days: Type.Array(ChartDay),
  eventsCountedTo: Count,
  /** The new contacts of these days by the length of their backstory. */
  lengths: Type.Array(Type.Object({ length: BackstoryLength, contacts: Count })),
});
export type Charts = Static<typeof Charts>;

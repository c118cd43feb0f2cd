import { Type, type Static } from "typebox";
import { Count, Time } from "./pieces.ts";

export const Overview = Type.Object({
  asOf: Time,
  contacts: Count,
  /** Created within the last 7 days. */
  newContacts: Count,
  /** Of the new ones: those with at least one event from before they were known. */
  newWithBackstory: Count,
  /** Live contacts with a confirmed email. */
  confirmedEmails: Count,
  /** Events of the last 24 hours, counted up to `eventsCountedTo`; one more means "or more". */
  eventsToday: Count,
  eventsCountedTo: Count,
  pendingClaims: Count,
});
export type Overview = Static<typeof Overview>;

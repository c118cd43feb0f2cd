import { Type, type Static } from "typebox";
import { Count, Id, OrNull, Text, Time } from "./pieces.ts";

/** What a browser says about who it is and could not prove yet. */
export const Claim = Type.Object({
  id: Id,
  visitorId: Text,
  externalCustomerId: OrNull(Text),
  email: OrNull(Text),
  phone: OrNull(Text),
  claimedAt: Time,
  expiresAt: Time,
  url: OrNull(Text),
  /** The contacts that hold what is claimed. */
  holders: Type.Array(Id),
  /** Events of that browser, counted up to `eventsCountedTo`; one more means "or more". */
  events: Count,
  eventsCountedTo: Count,
});
export type Claim = Static<typeof Claim>;

/** Newest first. */
export const ClaimList = Type.Object({ claims: Type.Array(Claim) });
export type ClaimList = Static<typeof ClaimList>;

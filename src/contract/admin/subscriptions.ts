import { Type, type Static } from "typebox";
import { ChannelStatus } from "./contacts.ts";
import { Count, Cursor, Id, OrNull, Text, Time } from "./pieces.ts";

export const SubscriptionQuery = Type.Object({ status: ChannelStatus, before: Type.Optional(Cursor) });
export type SubscriptionQuery = Static<typeof SubscriptionQuery>;

export const Subscription = Type.Object({
  contactId: Id,
  firstName: OrNull(Text),
  lastName: OrNull(Text),
  /** As the person wrote it. */
  address: Text,
  status: ChannelStatus,
  source: Text,
  /** When it became what it is. */
  since: Time,
  /** Of confirmation letters within 30 days. */
  lastAskedAt: OrNull(Time),
  /** `null`: no link works. */
  linkUntil: OrNull(Time),
});
export type Subscription = Static<typeof Subscription>;

/** Latest change first. */
export const SubscriptionPage = Type.Object({
  subscriptions: Type.Array(Subscription),
  next: OrNull(Cursor),
  /** Of current addresses of live contacts. */
  counts: Type.Object({
    unconfirmed: Count,
    confirmed: Count,
    unsubscribed: Count,
    bounced: Count,
    suppressed: Count,
  }),
  lastAskedAt: OrNull(Time),
  /** Letters that wait to leave, and those that were given up. */
  letters: Type.Object({ waiting: Count, dead: Count }),
});
export type SubscriptionPage = Static<typeof SubscriptionPage>;

export const AskAgain = Type.Object({ contactId: Id, address: Type.String({ minLength: 3, maxLength: 254 }) });
export type AskAgain = Static<typeof AskAgain>;

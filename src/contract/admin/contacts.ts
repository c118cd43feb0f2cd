import { Type, type Static } from "typebox";
import { ContactResult } from "../imports.ts";
import { Count, Cursor, Id, OrNull, Text, Time } from "./pieces.ts";

export const ContactStatus = Type.Enum(["live", "deleted"]);
export type ContactStatus = Static<typeof ContactStatus>;
export const ChannelStatus = Type.Enum(["unconfirmed", "confirmed", "unsubscribed", "bounced", "suppressed"]);
export type ChannelStatus = Static<typeof ChannelStatus>;

const Moment = Type.Number({ minimum: 0, maximum: 8.64e15 });
/** What a list of contacts can be narrowed to. */
export const ContactConditions = {
  createdFrom: Type.Optional(Moment),
  createdTo: Type.Optional(Moment),
  /** `any`: some, however long. */
  backstory: Type.Optional(Type.Enum(["any", "none", "hour", "day", "week", "month", "longer"])),
  externalId: Type.Optional(Type.Enum(["empty", "set"])),
  /** Those whom an import did this to; absent: it created them. */
  import: Type.Optional(Type.Integer({ minimum: 1, maximum: 2_147_483_647 })),
  result: Type.Optional(ContactResult),
};

/** Whom a list of contacts is about. */
export const ContactCountQuery = Type.Object({
  ...ContactConditions,
  /** Finds by id, external id, email, phone, device or browser id, and by the beginning of a name or address. */
  q: Type.Optional(Type.String({ maxLength: 254 })),
});
export type ContactCountQuery = Static<typeof ContactCountQuery>;

export const ContactCount = Type.Object({ total: Count });
export type ContactCount = Static<typeof ContactCount>;

export const ContactQuery = Type.Object({
  ...ContactCountQuery.properties,
  /** By the time of creation. Absent: the newest first. */
  order: Type.Optional(Type.Enum(["newest", "oldest"])),
  after: Type.Optional(Cursor),
});
export type ContactQuery = Static<typeof ContactQuery>;

const Address = Type.Object({ value: Text, status: ChannelStatus });
export const ContactRow = Type.Object({
  id: Id,
  externalCustomerId: OrNull(Text),
  firstName: OrNull(Text),
  lastName: OrNull(Text),
  email: OrNull(Address),
  phone: OrNull(Address),
  /** What created it, e.g. `TRACKER`. */
  contactSource: Text,
  createdAt: Time,
  updatedAt: Time,
});
export type ContactRow = Static<typeof ContactRow>;

/** How many there are of all pages together is asked for apart: it may take longer than a page. */
export const ContactPage = Type.Object({ contacts: Type.Array(ContactRow), next: OrNull(Cursor) });
export type ContactPage = Static<typeof ContactPage>;

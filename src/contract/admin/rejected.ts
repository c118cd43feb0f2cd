import { Type, type Static } from "typebox";
import { Count, Id, OrNull, Text, Time } from "./pieces.ts";

export const RejectedQuery = Type.Object({
  before: Type.Optional(Type.Integer({ minimum: 1 })),
  code: Type.Optional(Type.String({ minLength: 1, maxLength: 50 })),
});
export type RejectedQuery = Static<typeof RejectedQuery>;
export const RejectedMessage = Type.Object({
  id: Id,
  siteId: OrNull(Id),
  at: Time,
  /** A word for machines, e.g. `invalid_email`. */
  code: Text,
  /** A sentence for people. */
  reason: Text,
  /** The message as JSON text, or an outline of it where it broke a limit. */
  message: Text,
});
export type RejectedMessage = Static<typeof RejectedMessage>;
export const RejectedPage = Type.Object({
  rejected: Type.Array(RejectedMessage),
  /** All that are kept, by their reason. */
  counts: Type.Array(Type.Object({ code: Text, count: Count })),
  next: OrNull(Type.Integer()),
});
export type RejectedPage = Static<typeof RejectedPage>;
/** `message`: repaired. Absent: as it is, after what it lacked was put right elsewhere. */
export const Replay = Type.Object({ message: Type.Optional(Type.Record(Type.String(), Type.Unknown())) });
export type Replay = Static<typeof Replay>;

import { Type, type Static } from "typebox";

/** `POST /event` of a back end. `null` members mean "absent". */
export const EventInput = Type.Object({
  eventTypeKey: Type.String({ minLength: 1, maxLength: 100, pattern: "\\S" }),
  keyValue: Type.Optional(Type.Union([Type.String({ maxLength: 300 }), Type.Null()])),
  params: Type.Optional(
    Type.Union([
      Type.Array(Type.Object({ name: Type.String({ maxLength: 100 }), value: Type.Optional(Type.Unknown()) })),
      Type.Null(),
    ]),
  ),
  /** The sender's own id of the event: a repetition is the same event. */
  eventId: Type.Optional(Type.Union([Type.String({ maxLength: 255 }), Type.Null()])),
  /** When it happened; absent: now. */
  occurred: Type.Optional(Type.Union([Type.String({ maxLength: 40 }), Type.Null()])),
});
export type EventInput = Static<typeof EventInput>;

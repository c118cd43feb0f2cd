import { Type, type Static } from "typebox";

// What apps send. Clients send only what changed: an absent member means "leave alone", and so does `null`.

const text = (maxLength: number) => Type.Optional(Type.Union([Type.String({ maxLength }), Type.Null()]));
const Texts = Type.Optional(Type.Union([Type.Array(Type.String({ maxLength: 255 }), { maxItems: 100 }), Type.Null()]));
const deviceId = Type.String({ minLength: 1, maxLength: 256 });
/** When it happened, by the clock of the device, which `sentAt` lets us correct. Absent: now. */
const occurred = text(40);
/** When the call was sent, by the same clock. */
const sentAt = text(40);
const externalUserId = Type.Optional(Type.Union([Type.String(), Type.Number(), Type.Null()]));

export const DeviceInput = Type.Object({
  deviceId,
  externalUserId,
  occurred,
  sentAt,
  pushToken: text(4096),
  pushSubscribed: Type.Optional(Type.Union([Type.Boolean(), Type.Null()])),
  category: text(20),
  osType: text(20),
  osVersion: text(50),
  deviceModel: text(100),
  appVersion: text(50),
  languageCode: text(35),
  timeZone: text(64),
  advertisingId: text(64),
  phone: text(50),
  email: text(320),
});
export type DeviceInput = Static<typeof DeviceInput>;

export const UserInput = Type.Object({
  deviceId,
  externalUserId,
  occurred,
  sentAt,
  userAttributes: Type.Optional(
    Type.Union([
      Type.Object({
        phone: text(50),
        email: text(320),
        firstName: text(100),
        lastName: text(100),
        languageCode: text(35),
        timeZone: text(64),
        /** At most 64 letters, digits, `-`, `_`; empty clears it. */
        marketId: Type.Optional(Type.Union([Type.String({ pattern: "^[A-Za-z0-9_-]{0,64}$" }), Type.Null()])),
        address: Type.Optional(
          Type.Union([
            Type.Object({ region: text(255), town: text(255), address: text(500), postcode: text(32) }),
            Type.Null(),
          ]),
        ),
        /** Additional fields by key. */
        fields: Type.Optional(
          Type.Union([
            Type.Array(
              Type.Object({ key: Type.String({ minLength: 1, maxLength: 100 }), value: Type.Optional(Type.Unknown()) }),
              {
                maxItems: 200,
              },
            ),
            Type.Null(),
          ]),
        ),
      }),
      Type.Null(),
    ]),
  ),
  subscriptionKeys: Texts,
  groupNamesInclude: Texts,
  groupNamesExclude: Texts,
});
export type UserInput = Static<typeof UserInput>;

/** Each event is checked by itself, so that a bad one harms no other. */
export const DeviceEventsInput = Type.Object({
  deviceId,
  externalUserId,
  sentAt,
  events: Type.Array(Type.Unknown(), { maxItems: 5_000 }),
});
export type DeviceEventsInput = Static<typeof DeviceEventsInput>;

export const DeviceEventInput = Type.Object({
  eventTypeKey: Type.String({ minLength: 1, maxLength: 100, pattern: "\\S" }),
  occurred: Type.String({ maxLength: 40 }),
  params: Type.Optional(
    Type.Union([
      Type.Array(Type.Object({ name: Type.String({ maxLength: 100 }), value: Type.Optional(Type.Unknown()) })),
      Type.Null(),
    ]),
  ),
});
export type DeviceEventInput = Static<typeof DeviceEventInput>;

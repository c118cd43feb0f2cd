import { Type, type Static } from "typebox";
import { ContactId, FieldId } from "./identifiers.ts";

/** Text without control characters. */
const Line = (maxLength: number) => Type.String({ maxLength, pattern: "^[^\\u0000-\\u001f\\u007f]*$" });
const line = (maxLength: number) => Type.Optional(Line(maxLength));
export const ChannelType = Type.Enum(["email", "sms", "viber", "mobilepush", "webpush"]);
export type ChannelType = Static<typeof ChannelType>;

/** An address one can send to. */
export const Channel = Type.Object({
  type: ChannelType,
  /** Blank counts as no channel. */
  value: Type.Optional(Type.Union([Line(4096), Type.Number()])),
  /** `mobilepush`: appId, deviceModel, os, locale, appVersion, active … */
  device: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  /** `webpush`: userAgent, os, subscriptionPage … */
  webPushSubscription: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
});
export type Channel = Static<typeof Channel>;

const NumberOrDigits = Type.Union([Type.Integer(), Type.String({ pattern: "^\\s*\\d{1,16}\\s*$" })]);
const VisitorIds = Type.Union([Type.String(), Type.Array(Type.String(), { maxItems: 10 })]);

/** A List segment named by its number or its name. */
export const GroupReference = Type.Union([
  Type.Object({ id: Type.Optional(NumberOrDigits), name: line(255) }),
  Type.String({ maxLength: 255 }),
]);

/**
 * A contact as the contact API takes it, after `null` members and blank texts were left out: at every level they mean
 * "absent", and absent means "leave alone". Unknown members pass.
 */
export const ContactInput = Type.Object({
  id: Type.Optional(NumberOrDigits),
  externalCustomerId: Type.Optional(Type.Union([Type.String(), Type.Number()])),
  firstName: line(100),
  lastName: line(100),
  languageCode: Type.Optional(Type.String({ pattern: "^[A-Za-z]{2,3}([-_][A-Za-z0-9]{1,8})*$" })),
  timeZone: line(64),
  address: Type.Optional(
    Type.Object({
      region: line(255),
      town: line(255),
      address: line(500),
      postcode: line(32),
      countryCode: Type.Optional(Type.String({ pattern: "^[A-Za-z]{2}$" })),
    }),
  ),
  channels: Type.Optional(Type.Union([Type.Array(Channel, { maxItems: 50 }), Channel])),
  /** Additional fields by number, which have to exist. */
  fields: Type.Optional(
    Type.Array(Type.Object({ id: Type.Optional(NumberOrDigits), value: Type.Optional(Type.Unknown()) })),
  ),
  contactKey: line(255),
  groups: Type.Optional(Type.Array(GroupReference, { maxItems: 100 })),
  /** Fields to empty: their names here, of the address's parts without `address.`, `field:7` for an additional field. */
  clear: Type.Optional(Type.Array(Type.String({ maxLength: 50 }), { maxItems: 100 })),
  /** The cookie ids whose earlier history belongs to this person. */
  visitorId: Type.Optional(VisitorIds),
  /** Another name of `visitorId`. */
  webId: Type.Optional(VisitorIds),
});
export type ContactInput = Static<typeof ContactInput>;

export const WarningCode = Type.Enum([
  "email_in_use",
  "phone_in_use",
  "blocked_identifier",
  "external_id_case_variant",
  "phone_not_merged",
  "late_identify",
  "limit_reached",
  "consent_not_restored",
]);

/** What became of an add or update. A plain create answers `id` alone. */
export const ContactAnswer = Type.Object({
  id: ContactId,
  matchedBy: Type.Optional(Type.Enum(["externalCustomerId", "email", "phone", "device", "id"])),
  changed: Type.Optional(Type.Literal(false)),
  restored: Type.Optional(Type.Literal(true)),
  merged: Type.Optional(Type.Array(ContactId)),
  warnings: Type.Optional(
    Type.Array(
      Type.Object({
        code: WarningCode,
        field: Type.Optional(Type.String()),
        /** The other contact; for the secret key only. */
        heldBy: Type.Optional(ContactId),
      }),
    ),
  ),
});
export type ContactAnswer = Static<typeof ContactAnswer>;

/** A segment as the contact API gives it out. */
export const Group = Type.Object({
  id: Type.Integer(),
  name: Type.String(),
  type: Type.Enum(["Static", "Dynamic", "Combined"]),
});
export type Group = Static<typeof Group>;

/** A contact as the contact API gives it out. Empty fields are left out. */
export const ContactOutput = Type.Object({
  id: ContactId,
  externalCustomerId: Type.Optional(Type.String()),
  firstName: Type.Optional(Type.String()),
  lastName: Type.Optional(Type.String()),
  languageCode: Type.Optional(Type.String()),
  timeZone: Type.Optional(Type.String()),
  contactKey: Type.Optional(Type.String()),
  addressBookId: Type.Literal(1),
  address: Type.Optional(
    Type.Object({
      region: Type.Optional(Type.String()),
      town: Type.Optional(Type.String()),
      address: Type.Optional(Type.String()),
      postcode: Type.Optional(Type.String()),
      countryCode: Type.Optional(Type.String()),
    }),
  ),
  channels: Type.Optional(
    Type.Array(
      Type.Object({
        type: ChannelType,
        value: Type.String(),
        device: Type.Optional(Type.Unknown()),
        webPushSubscription: Type.Optional(Type.Unknown()),
      }),
    ),
  ),
  /** Additional fields that have a value; every value goes out as a text. */
  fields: Type.Optional(Type.Array(Type.Object({ id: FieldId, value: Type.String() }))),
  groups: Type.Optional(Type.Array(Group)),
});
export type ContactOutput = Static<typeof ContactOutput>;

/** Signs that names of forms and events must not have, on the wire that is spoken here. */
export const FORBIDDEN_IN_NAMES = /[<;’\\/|"`'^?!,>]/;

/** `POST /contact/subscribe`, after `null` members and blank texts were left out. The contact is read by itself. */
export const SubscribeInput = Type.Object({
  contact: Type.Record(Type.String(), Type.Unknown()),
  /** Names of List segments; those that nobody has yet are made. */
  groups: Type.Optional(Type.Array(Line(255), { maxItems: 100 })),
  /** Names of subscription categories. */
  subscriptions: Type.Optional(Type.Array(Line(255), { maxItems: 100 })),
  /** The form's name. */
  formType: line(100),
  dedupeOn: line(40),
});
export type SubscribeInput = Static<typeof SubscribeInput>;

const Ids = Type.Array(NumberOrDigits, { maxItems: 500 });

/** `POST /group/{id}/contacts/attach` and `…/detach`: one kind of ids. */
export const MembersInput = Type.Object({
  contactIds: Type.Optional(Ids),
  externalCustomerIds: Type.Optional(Type.Array(Type.Union([Type.Integer(), Type.String()]), { maxItems: 500 })),
});
export type MembersInput = Static<typeof MembersInput>;

export const BULK_MAX_CONTACTS = 3_000;

export const BulkKey = Type.Enum([
  "email",
  "sms",
  "email_or_sms",
  "push",
  "webpush",
  "id",
  "fieldId",
  "externalCustomerId",
]);
export type BulkKey = Static<typeof BulkKey>;

export const BULK_FIELDS = [
  "firstName",
  "lastName",
  "email",
  "sms",
  "mobilepush",
  "webpush",
  "address",
  "town",
  "region",
  "postcode",
  "languageCode",
  "timeZone",
  "contactKey",
  "ordersInfo",
] as const;
export type BulkField = (typeof BULK_FIELDS)[number];

/** `POST /contacts` around its contacts, after `null` members and blank texts were left out. */
export const BulkInput = Type.Object({
  dedupeOn: Type.Optional(BulkKey),
  fieldId: Type.Optional(NumberOrDigits),
  /** Which fields to write; absent: all. A listed field without data is emptied. */
  contactFields: Type.Optional(Type.Array(Type.Enum([...BULK_FIELDS]))),
  /** Which additional fields to write; those not listed stay as they are. */
  customFieldsIDs: Type.Optional(Type.Array(NumberOrDigits, { maxItems: 500 })),
  groupNames: Type.Optional(Type.Array(Line(255), { maxItems: 100 })),
  groupNamesExclude: Type.Optional(Type.Array(Line(255), { maxItems: 100 })),
  restoreDeleted: Type.Optional(Type.Boolean()),
  eventKeyForNewContacts: line(100),
});
export type BulkInput = Static<typeof BulkInput>;

/** `POST /contacts/upload`: the contacts are in a CSV file, whose columns say which fields are written. */
export const UploadInput = Type.Object({
  /** May carry a login and a password. */
  link: Type.String({ maxLength: 2_048 }),
  ...Type.Omit(BulkInput, ["contactFields", "customFieldsIDs", "dedupeOn"]).properties,
  dedupeOn: BulkKey,
});
export type UploadInput = Static<typeof UploadInput>;

/** The contact that a request would make, which has no number yet. */
const WouldBe = Type.Union([Type.Integer(), Type.Literal("new")]);
const Missing = Type.Null();

/**
 * `?dry_run=1`, or `"dryRun": true` in the body, on `POST /contact`, `PUT /contact/{id}` and `POST /contact/subscribe`
 * (ours): what the same request would do. Nothing is written, no mail is sent, no Idempotency-Key is used up. What
 * would be refused is refused with the same status and sentence.
 */
export const ContactForecast = Type.Object({
  dryRun: Type.Literal(true),
  /** Absent: a new contact would be made. */
  id: Type.Optional(Type.Integer()),
  created: Type.Boolean(),
  changed: Type.Boolean(),
  restored: Type.Boolean(),
  matchedBy: Type.Optional(Type.String()),
  /** Contacts that would flow into this one. */
  merged: Type.Array(Type.Integer()),
  warnings: Type.Array(Type.Unknown()),
  /** Of this contact; `null` stands for "empty". */
  fields: Type.Array(Type.Object({ name: Type.String(), from: Type.Unknown(), to: Type.Unknown() })),
  /** Lookup keys that would get another owner, or another proof; `null`: nobody. */
  identifiers: Type.Array(
    Type.Object({
      kind: Type.String(),
      value: Type.String(),
      from: Type.Union([WouldBe, Missing]),
      to: Type.Union([WouldBe, Missing]),
    }),
  ),
  /** Addresses as they would be. */
  channels: Type.Array(
    Type.Object({
      contact: WouldBe,
      type: Type.String(),
      value: Type.String(),
      status: Type.String(),
      current: Type.Boolean(),
    }),
  ),
  /** Browsers and devices that would be tied to a contact; `since`: milliseconds since 1970, `null`: all of the past. */
  sources: Type.Array(
    Type.Object({
      kind: Type.String(),
      id: Type.String(),
      contact: WouldBe,
      since: Type.Union([Type.Number(), Missing]),
    }),
  ),
});
export type ContactForecast = Static<typeof ContactForecast>;

import { Type, type Static } from "typebox";
import { ExplanationStep } from "./explanation.ts";
import { Field } from "./fields.ts";
import { ContactResult } from "./imports.ts";

// The admin's own JSON API, under ADMIN_API_PATH. Times are milliseconds since 1970; `null` stands for "not set".

const OrNull = <T extends Parameters<typeof Type.Optional>[0]>(schema: T) => Type.Union([schema, Type.Null()]);
const Count = Type.Integer({ minimum: 0 });
const Time = Type.Number();
const Text = Type.String();
const Id = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER });

/** The row that an address names. */
export const ById = Type.Object({ id: Id });
export const ByText = Type.Object({ id: Type.String({ minLength: 1, maxLength: 100 }) });
export const ByUuid = Type.Object({ id: Type.String({ pattern: "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$" }) });
/** Opaque: comes from the page before. */
const Cursor = Type.String({ minLength: 1, maxLength: 200 });

export const AdminRole = Type.Enum(["owner", "marketer", "developer", "viewer"]);
export type AdminRole = Static<typeof AdminRole>;

/** What a role may do; each route names the one it needs. */
export const AdminRight = Type.Enum([
  "contacts.read",
  "contacts.write",
  "sites.read",
  "sites.write",
  "mail.read",
  "keys.read",
  "keys.write",
  "users.read",
  "users.write",
  /** Take many contacts away at once, as a file. */
  "contacts.download",
  /** Remove somebody for good, with everything they did. */
  "contacts.erase",
  "exports.read",
  "exports.write",
]);
export type AdminRight = Static<typeof AdminRight>;

// --- session

export const Credentials = Type.Object({
  login: Type.String({ minLength: 1, maxLength: 254 }),
  password: Type.String({ minLength: 1, maxLength: 256 }),
});
export type Credentials = Static<typeof Credentials>;

export const PasswordChange = Type.Object({
  current: Type.String({ minLength: 1, maxLength: 256 }),
  next: Type.String({ minLength: 1, maxLength: 256 }),
});
export type PasswordChange = Static<typeof PasswordChange>;

/** The person who is logged in, and what the screens need to know about the installation. */
export const Me = Type.Object({
  login: Text,
  role: AdminRole,
  rights: Type.Array(AdminRight),
  /** True: nothing but changing the password is allowed. */
  mustChangePassword: Type.Boolean(),
  /** Where tags, curl examples and mails point to. */
  publicUrl: Text,
  /** True: no mail leaves, it is kept and shown under Mail. */
  mailIsCaptured: Type.Boolean(),
  /** The tracker under the name that never changes its content, and the hash browsers check it by. `null`: not built. */
  tracker: OrNull(Type.Object({ path: Text, integrity: Text })),
});
export type Me = Static<typeof Me>;

// --- overview

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

// --- sample data

export const SampleStanding = Type.Object({
  /** Invented people that are there. */
  contacts: Count,
  /** There is something to remove. */
  present: Type.Boolean(),
});
export type SampleStanding = Static<typeof SampleStanding>;
/** `kept`: those that were merged with somebody real meanwhile. */
export const RemovedSamples = Type.Object({ removed: Count, kept: Count });
export type RemovedSamples = Static<typeof RemovedSamples>;

// --- contacts

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

export const SourceKind = Type.Enum(["visitor", "device", "contact"]);
export type SourceKind = Static<typeof SourceKind>;

export const ContactChannel = Type.Object({
  type: Type.Enum(["email", "sms", "viber", "mobilepush", "webpush"]),
  value: Text,
  status: ChannelStatus,
  /** False: an earlier address. */
  current: Type.Boolean(),
  /** Whether the contact is found by it: `null` when it is only an address to send to. */
  proof: OrNull(Type.Enum(["claimed", "confirmed", "server"])),
  source: Text,
  createdAt: Time,
  confirmedAt: OrNull(Time),
});
export type ContactChannel = Static<typeof ContactChannel>;

/** A browser or device whose history, or a stretch of it, is this contact's. */
export const ContactSource = Type.Object({
  kind: SourceKind,
  id: Text,
  /** `null`: as far back as history goes. */
  from: OrNull(Time),
  /** `null`: still going on. */
  to: OrNull(Time),
  boundAt: Time,
  boundUrl: OrNull(Text),
  reason: Text,
});
export type ContactSource = Static<typeof ContactSource>;

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

export const ContactCard = Type.Object({
  /** Another than the one asked for, when that one was merged into it. */
  id: Id,
  status: ContactStatus,
  externalCustomerId: OrNull(Text),
  externalIdSince: OrNull(Time),
  externalIdProof: OrNull(Type.Enum(["claimed", "confirmed", "server"])),
  firstName: OrNull(Text),
  lastName: OrNull(Text),
  languageCode: OrNull(Text),
  timeZone: OrNull(Text),
  /** The parts of the postal address that are set, most general last. */
  address: Type.Array(Text),
  attributes: Type.Record(Type.String(), Type.Unknown()),
  /** Additional fields that have a value. */
  fields: Type.Array(Type.Object({ id: Id, name: Text, value: Text })),
  contactSource: Text,
  createdAt: Time,
  updatedAt: Time,
  deletedAt: OrNull(Time),
  channels: Type.Array(ContactChannel),
  sources: Type.Array(ContactSource),
  /** Contacts that were merged into this one. */
  mergedIds: Type.Array(Id),
  /** What browsers say about this contact and could not prove yet. */
  claims: Type.Array(Claim),
});
export type ContactCard = Static<typeof ContactCard>;

/** What was typed before a contact is erased: its id, so that it is never another than the one that was meant. */
export const Erasure = Type.Object({ confirmation: Type.String({ minLength: 1, maxLength: 100 }) });
export type Erasure = Static<typeof Erasure>;

// --- additional fields

export const FieldRow = Type.Object({
  ...Field.properties,
  /** Live contacts that have a value. */
  contacts: Count,
  /** What it is a part of; `hinders`: it is not deleted as long as that is there. */
  usedBy: Type.Array(
    Type.Object({
      kind: Type.Enum(["segment", "import", "mapping", "export"]),
      /** Of what has a screen of its own. */
      id: Type.Optional(Text),
      name: Text,
      hinders: Type.Boolean(),
    }),
  ),
});
export type FieldRow = Static<typeof FieldRow>;
export const FieldList = Type.Object({ fields: Type.Array(FieldRow) });
export type FieldList = Static<typeof FieldList>;

// --- timeline

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

// --- why is this one contact

/** Oldest first. */
export const Explanation = Type.Object({ steps: Type.Array(ExplanationStep) });
export type Explanation = Static<typeof Explanation>;

// --- sites

export const IdentifyMode = Type.Enum(["new-contacts", "signed", "open"]);
export type IdentifyMode = Static<typeof IdentifyMode>;
export const MobileIdentifyMode = Type.Enum(["open", "signed"]);
export type MobileIdentifyMode = Static<typeof MobileIdentifyMode>;

export const Site = Type.Object({
  id: Id,
  key: Text,
  name: Text,
  url: OrNull(Text),
  allowedOrigins: Type.Array(Text),
  identify: IdentifyMode,
  mobileIdentify: MobileIdentifyMode,
  createdAt: Time,
  /** `null`: nothing has arrived yet. */
  firstEventAt: OrNull(Time),
});
export type Site = Static<typeof Site>;
export const SiteList = Type.Object({ sites: Type.Array(Site) });
export type SiteList = Static<typeof SiteList>;

const siteFields = {
  name: Type.String({ minLength: 1, maxLength: 100, pattern: "\\S" }),
  url: OrNull(Type.String({ maxLength: 2000 })),
  allowedOrigins: Type.Array(Type.String({ minLength: 1, maxLength: 300 }), { maxItems: 50 }),
  identify: IdentifyMode,
  mobileIdentify: MobileIdentifyMode,
};
export const NewSite = Type.Object({
  name: siteFields.name,
  url: Type.Optional(siteFields.url),
  allowedOrigins: Type.Optional(siteFields.allowedOrigins),
  identify: Type.Optional(siteFields.identify),
  mobileIdentify: Type.Optional(siteFields.mobileIdentify),
});
export type NewSite = Static<typeof NewSite>;
/** Absent: leave alone. */
export const SiteChange = Type.Object({
  name: Type.Optional(siteFields.name),
  url: Type.Optional(siteFields.url),
  allowedOrigins: Type.Optional(siteFields.allowedOrigins),
  identify: Type.Optional(siteFields.identify),
  mobileIdentify: Type.Optional(siteFields.mobileIdentify),
});
export type SiteChange = Static<typeof SiteChange>;

/** Why nothing arrives, by what the server saw. */
const seen = { origin: Text, times: Count, lastAt: Time };
export const SilenceCause = Type.Union([
  /** The script was fetched, and nothing sent. Or: a page used the site's key and may not. `origin` empty: not told. */
  Type.Object({ kind: Type.Enum(["onlyScript", "blockedOrigin"]), ...seen }),
  /** A page used a key that no site has. */
  Type.Object({ kind: Type.Literal("wrongKey"), siteKey: Text, ...seen }),
  /** A request could not be taken; `code` says why. */
  Type.Object({ kind: Type.Literal("refused"), code: Text, ...seen }),
  /** Messages came in, and none could be taken. */
  Type.Object({ kind: Type.Literal("rejected"), code: Text, times: Count, lastAt: Time }),
  /** Not even the script was fetched. */
  Type.Object({ kind: Type.Literal("nothing") }),
]);
export type SilenceCause = Static<typeof SilenceCause>;
/** Most telling first. */
export const Silence = Type.Object({ causes: Type.Array(SilenceCause) });
export type Silence = Static<typeof Silence>;

// --- keys that sign identity tokens

export const IdentityKeyAlgorithm = Type.Enum(["HS256", "EdDSA"]);
export type IdentityKeyAlgorithm = Static<typeof IdentityKeyAlgorithm>;
export const IdentityKey = Type.Object({
  /** Goes into the token's `kid`. */
  id: Text,
  algorithm: IdentityKeyAlgorithm,
  createdAt: Time,
  /** `null`: it works. */
  revokedAt: OrNull(Time),
});
export type IdentityKey = Static<typeof IdentityKey>;
/** Newest first. */
export const IdentityKeyList = Type.Object({ keys: Type.Array(IdentityKey) });
export type IdentityKeyList = Static<typeof IdentityKeyList>;
export const NewIdentityKey = Type.Union([
  Type.Object({ algorithm: Type.Literal("HS256") }),
  /** The public half, as PEM or JWK. */
  Type.Object({
    algorithm: Type.Literal("EdDSA"),
    publicKey: Type.String({ minLength: 1, maxLength: 2000 }),
  }),
]);
export type NewIdentityKey = Static<typeof NewIdentityKey>;
/** The secret is shown this once; `null`: the site has its private key itself. */
export const CreatedIdentityKey = Type.Object({ key: IdentityKey, secret: OrNull(Text) });
export type CreatedIdentityKey = Static<typeof CreatedIdentityKey>;
export const OneIdentityKey = Type.Object({ id: Id, keyId: Type.String({ minLength: 1, maxLength: 100 }) });

// --- rejected messages

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

// --- subscriptions

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

// --- captured mail

export const MailQuery = Type.Object({ before: Type.Optional(Cursor) });
export type MailQuery = Static<typeof MailQuery>;
export const MailRow = Type.Object({ id: Text, at: Time, to: Text, subject: Text });
export type MailRow = Static<typeof MailRow>;
export const MailPage = Type.Object({ mail: Type.Array(MailRow), next: OrNull(Cursor) });
export type MailPage = Static<typeof MailPage>;
export const Letter = Type.Object({ id: Text, at: Time, from: Text, to: Text, subject: Text, text: Text });
export type Letter = Static<typeof Letter>;

// --- API keys

export const ApiKey = Type.Object({
  id: Text,
  name: Text,
  scopes: Type.Array(Text),
  /** The last characters, to tell keys apart. */
  ending: Text,
  createdAt: Time,
  lastUsedAt: OrNull(Time),
});
export type ApiKey = Static<typeof ApiKey>;
export const ApiKeyList = Type.Object({
  keys: Type.Array(ApiKey),
  /** All that a key can be given. */
  scopes: Type.Array(Text),
});
export type ApiKeyList = Static<typeof ApiKeyList>;
export const NewApiKey = Type.Object({
  name: Type.String({ minLength: 1, maxLength: 100, pattern: "\\S" }),
  scopes: Type.Array(Type.String({ maxLength: 50 }), { minItems: 1, maxItems: 20 }),
});
export type NewApiKey = Static<typeof NewApiKey>;
/** The secret is shown this once. */
export const CreatedApiKey = Type.Object({ key: ApiKey, secret: Text });
export type CreatedApiKey = Static<typeof CreatedApiKey>;

// --- users

/** Somebody who may log in. */
export const User = Type.Object({
  id: Id,
  login: Text,
  role: AdminRole,
  /** They have not chosen a password of their own yet. */
  mustChangePassword: Type.Boolean(),
  createdAt: Time,
  lastLoginAt: OrNull(Time),
});
export type User = Static<typeof User>;
export const UserList = Type.Object({ users: Type.Array(User) });
export type UserList = Static<typeof UserList>;
export const NewUser = Type.Object({ login: Type.String({ minLength: 1, maxLength: 254 }), role: AdminRole });
export type NewUser = Static<typeof NewUser>;
export const UserChange = Type.Object({ role: AdminRole });
export type UserChange = Static<typeof UserChange>;
/** Shown this once, to be handed over. */
export const OneTimePassword = Type.Object({ login: Text, oneTimePassword: Text });
export type OneTimePassword = Static<typeof OneTimePassword>;

import { Type, type Static } from "typebox";
import { ExplanationStep } from "../explanation.ts";
import { Claim } from "./claims.ts";
import { ChannelStatus, ContactStatus } from "./contacts.ts";
import { Id, OrNull, Text, Time } from "./pieces.ts";

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

/** Why this is one contact, oldest step first. */
export const Explanation = Type.Object({ steps: Type.Array(ExplanationStep) });
export type Explanation = Static<typeof Explanation>;

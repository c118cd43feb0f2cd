import type { ContactId, Instant } from "../../contract/identifiers.ts";
import type { IdentityRequest } from "./request.ts";
import type { Suppressed } from "./suppressions.ts";
import type { Profile } from "./values.ts";

/** A contact's id; `new` is the one this plan makes, which has no number yet. */
export type ContactRef = ContactId | "new";

export type IdentifierKind = "external" | "email" | "phone" | "device";
/** In order of strength. */
export type Proof = "claimed" | "confirmed" | "server";

export interface Identifier {
  readonly kind: IdentifierKind;
  readonly value: string;
  readonly proof: Proof;
  readonly since: Instant;
}

export type ChannelType = "email" | "sms" | "viber" | "mobilepush" | "webpush";
export type ChannelStatus = "unconfirmed" | "confirmed" | "unsubscribed" | "bounced" | "suppressed";

export interface Channel {
  readonly type: ChannelType;
  readonly value: string;
  readonly spelling: string;
  readonly status: ChannelStatus;
  /** False: an earlier address, kept in the contact's history. */
  readonly current: boolean;
  /** Said by a browser about a person proven since: unconfirmed until a server or a token names it (B25). */
  readonly withheld: boolean;
  readonly details: Readonly<Record<string, unknown>> | null;
  readonly source: string;
  readonly createdAt: Instant;
  /** When its status was last said: merging goes by it, so nothing else may move it. */
  readonly updatedAt: Instant;
  readonly confirmedAt: Instant | null;
}

/** A live or deleted contact as far as identity cares. */
export interface Contact extends Profile {
  readonly id: ContactRef;
  readonly status: "live" | "deleted";
  readonly contactSource: string;
  readonly createdAt: Instant;
  readonly identifiers: readonly Identifier[];
  readonly channels: readonly Channel[];
  readonly bindings: number;
  /** Contacts that ended in this one. */
  readonly merges: number;
  /** Pairs that an admin took apart: never merged again by themselves. */
  readonly apartFrom: readonly ContactId[];
}

export interface Source {
  readonly kind: "visitor" | "device";
  readonly id: string;
}

export interface OpenBinding {
  readonly bindingId: number;
  readonly contactId: ContactRef;
  readonly validFrom: Instant;
  readonly boundAt: Instant;
}

export interface SourceFacts extends Source {
  readonly open?: OpenBinding;
  /** Where the last closed stretch ends, erased ones included; -Infinity when there was none. */
  readonly lastEnd: Instant;
  /** Several people use it: binding never reaches back. */
  readonly shared: boolean;
  /** Its open stretch was erased: it stays unbound for ever. */
  readonly erased: boolean;
  /** Identified contacts that were bound to it within the last day. */
  readonly recentPersons: readonly ContactId[];
}

export interface PendingClaim {
  readonly claimId: number;
  readonly visitorId: string;
  readonly external: string | null;
  readonly email: string | null;
  readonly phone: string | null;
  readonly claimedAt: Instant;
}

/** What the request's `contactId` is, redirects followed. */
export type AskedContact =
  { readonly kind: "none" } | { readonly kind: "found"; readonly contactId: ContactId } | { readonly kind: "unknown" };

/** Everything a decision may depend on, read under the locks. */
export interface Facts {
  readonly asked: AskedContact;
  readonly contacts: readonly Contact[];
  /** In the request's order: visitors, then the device. */
  readonly sources: readonly SourceFacts[];
  /** Unproven claims of the visitors named. */
  readonly claims: readonly PendingClaim[];
  /** Claims made within the last hour by this visitor and about this address. */
  readonly recentClaims: { readonly byVisitor: number; readonly byAddress: number };
  /** Another external id differs only in letter case. */
  readonly caseVariant: boolean;
  /** Different emails that the external id's contact had within a day. */
  readonly recentEmails: number;
  /** Addresses that must not be written to, of the request and of the contacts. */
  readonly suppressed: ReadonlyMap<string, Suppressed>;
}

export type Verb = IdentityRequest["verb"];

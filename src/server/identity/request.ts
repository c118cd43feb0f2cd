import type { ContactId, Instant, SiteId } from "../../contract/identifiers.ts";

/**
 * Whose word it is. `server`: secret key, contact API. `signed`: identity token. `mobile`: secret key, device calls.
 * `claim`: a browser, unsigned. `mail`: a mailed token came back, which proves that mailbox and nothing else.
 * With `signed`, `externalCustomerId` must be the token's own, never the message's.
 */
export type Trust = "server" | "signed" | "mobile" | "claim" | "mail";

/** What a site believes of an unsigned browser: identity.md calls it the site's mode. */
export type IdentifyMode = "new-contacts" | "signed" | "open";

/** Who or what caused a change, for the audit. */
export interface Cause {
  readonly actor: string;
  readonly requestId: string;
  readonly siteId?: SiteId | undefined;
  /** The page the person was on. */
  readonly url?: string | undefined;
}

/** Absent or blank: leave alone. `null`: clear. */
export type FieldValue = string | null | undefined;

/** Fields of a contact that are not identifiers. */
export interface ContactFields {
  readonly firstName?: FieldValue;
  readonly lastName?: FieldValue;
  readonly languageCode?: FieldValue;
  readonly timeZone?: FieldValue;
  readonly region?: FieldValue;
  readonly town?: FieldValue;
  readonly address?: FieldValue;
  readonly postcode?: FieldValue;
  readonly countryCode?: FieldValue;
  /** Single attributes; those not named stay as they are. */
  readonly attributes?: Readonly<Record<string, unknown>> | undefined;
  /** Additional fields that an installation defined, by their number; those not named stay as they are. */
  readonly additional?: Readonly<Record<string, AdditionalValue | null>> | undefined;
}

/** What an additional field can hold. */
export type AdditionalValue = string | number | boolean;

/** A further address to keep on the contact that is never a lookup key: push tokens, viber. */
export interface RequestedChannel {
  readonly type: "viber" | "mobilepush" | "webpush";
  readonly value: string;
  readonly details?: Readonly<Record<string, unknown>> | undefined;
}

/** One thing somebody said about one person. Identifiers are raw, as they came; normalising is identity's own work. */
export interface IdentityRequest {
  readonly trust: Trust;
  /** `subscribe` leaves new addresses unconfirmed, everything else with trust `server` confirms them. */
  readonly verb: "upsert" | "subscribe" | "identify" | "device";
  readonly contactId?: ContactId | undefined;
  readonly externalCustomerId?: string | number | null | undefined;
  readonly email?: string | null | undefined;
  readonly phone?: string | null | undefined;
  readonly deviceId?: string | null | undefined;
  /** With trust `signed`: whose word the email is. A token vouches for nothing that stands beside it. */
  readonly emailFrom?: "token" | "message" | undefined;
  readonly visitorIds?: readonly string[] | undefined;
  readonly fields?: ContactFields | undefined;
  readonly channels?: readonly RequestedChannel[] | undefined;
  /** How email and phone begin that the contact did not have: `server` confirms them unless this says otherwise. */
  readonly newAddresses?: "unconfirmed" | undefined;
  /** What a different external id of the contact named by `contactId` becomes: refused, unless an admin asked for it. */
  readonly otherExternalId?: "replace" | undefined;
  /** What a deleted contact with this external id becomes: single calls restore it (the default), bulk may skip it. */
  readonly deleted?: "restore" | "skip" | undefined;
  /** Corrected time of the message that names the person; for server calls the time of receipt. */
  readonly moment: Instant;
  readonly receivedAt: Instant;
  /** With trust `claim`: `remember` makes no contact of somebody unknown, but waits for the back end to make one. */
  readonly unknownPerson?: "create" | "remember" | undefined;
  /** Needed with trust `claim`; absent means `new-contacts`. */
  readonly mode?: IdentifyMode | undefined;
  /** What `contact_source` says when this request creates the contact, e.g. `TRACKER`. */
  readonly contactSource: string;
  readonly cause: Cause;
}

export type MatchedBy = "id" | "externalCustomerId" | "email" | "phone" | "device";

export interface Warning {
  readonly code:
    | "email_in_use"
    | "phone_in_use"
    | "blocked_identifier"
    | "external_id_case_variant"
    | "phone_not_merged"
    | "late_identify"
    | "limit_reached"
    | "consent_not_restored";
  readonly field?: string;
  /** The other contact: for the secret key only. */
  readonly heldBy?: ContactId;
}

export type RefusalCode =
  | "no_identifier"
  | "invalid_email"
  | "invalid_phone"
  | "invalid_external_id"
  | "invalid_visitor_id"
  | "unknown_contact"
  | "token_required"
  | "external_id_immutable"
  | "identifier_mismatch"
  | "both_identified"
  | "email_in_use"
  /** Asked to leave deleted contacts alone, and this one is deleted. */
  | "deleted_contact";

export interface Refused {
  readonly kind: "refused";
  readonly status: 400 | 409;
  readonly code: RefusalCode;
  /** One English sentence: what happened, why, what to do. */
  readonly message: string;
}

export interface Resolved {
  readonly kind: "resolved";
  readonly contactId: ContactId;
  readonly created: boolean;
  readonly changed: boolean;
  readonly restored: boolean;
  readonly merged: readonly ContactId[];
  readonly matchedBy?: MatchedBy;
  readonly warnings: readonly Warning[];
}

export type IdentityOutcome =
  | Resolved
  /** Somebody holds one of the identifiers: nothing existing was read out or changed; the claim waits for proof. */
  | { readonly kind: "pending"; readonly claimId: number }
  /** The claim says nothing beyond the contact its visitor is already bound to, or too many claims were made. */
  | { readonly kind: "nothing" }
  | Refused;

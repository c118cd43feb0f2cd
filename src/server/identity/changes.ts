import type { ContactId, Instant } from "../../contract/identifiers.ts";
import type { Channel, ChannelType, Contact, ContactRef, Identifier, IdentifierKind, Source } from "./facts.ts";
import type { MatchedBy, Refused, Warning } from "./request.ts";
import type { Values } from "./values.ts";

/** One contact flows into another. `loser` and `winner` are what they were just before. */
export interface Merge {
  readonly winner: Contact;
  readonly loser: Contact;
  readonly reason: string;
}

export interface NewBinding extends Source {
  readonly contactId: ContactRef;
  readonly validFrom: Instant;
  readonly boundAt: Instant;
  readonly reason: string;
}

export interface ClosedBinding extends Source {
  readonly bindingId: number;
  readonly contactId: ContactRef;
  readonly at: Instant;
}

export interface NewClaim {
  readonly visitorId: string;
  readonly external: string | null;
  readonly email: string | null;
  readonly phone: string | null;
  readonly values: Values;
  readonly claimedAt: Instant;
  /** `contact`: nobody holds what is claimed, and whoever the back end makes with it will be meant. */
  readonly awaits: "proof" | "contact";
}

export interface EndedClaim {
  readonly claimId: number;
  readonly how: "applied" | "dropped";
}

/** A key gets this owner: taken from `from`, or made. */
export interface OwnedIdentifier extends Identifier {
  readonly owner: ContactRef;
  readonly from: ContactRef | undefined;
}

export interface DroppedIdentifier {
  readonly kind: IdentifierKind;
  readonly value: string;
  readonly owner: ContactRef;
}

export interface OwnedChannel extends Channel {
  readonly owner: ContactRef;
}

export interface DroppedChannel {
  readonly type: ChannelType;
  readonly value: string;
  readonly owner: ContactRef;
}

export type AuditAction =
  | "create"
  | "restore"
  | "update-identifier"
  | "bind"
  | "close"
  | "merge"
  | "merge-refused"
  | "unmerge"
  | "delete"
  | "erase"
  | "claim"
  | "claim-applied"
  | "claim-dropped"
  | "limit-hit"
  | "block";

/** What happened, why, and on whose word. Values of identifiers reach the table as keyed hashes only. */
export interface AuditEntry {
  readonly action: AuditAction;
  readonly contact?: ContactRef;
  readonly otherContact?: ContactRef;
  readonly identifier?: { readonly kind: IdentifierKind; readonly value: string };
  /** With which a contact begins. */
  readonly identifiers?: readonly Pick<Identifier, "kind" | "value" | "proof">[];
  readonly source?: Source;
  readonly before?: unknown;
  readonly after?: unknown;
  readonly reason?: string;
}

/** What has to be written so that the state becomes the planned one. */
export interface Changes {
  readonly created: readonly Contact[];
  /** Contacts of which a field, the status or the age changed, as they shall be. */
  readonly updated: readonly Contact[];
  /** Contacts of which anything changed that counts as an update. */
  readonly touched: readonly ContactId[];
  readonly merges: readonly Merge[];
  readonly identifiers: { readonly put: readonly OwnedIdentifier[]; readonly drop: readonly DroppedIdentifier[] };
  readonly channels: { readonly put: readonly OwnedChannel[]; readonly drop: readonly DroppedChannel[] };
  readonly closed: readonly ClosedBinding[];
  readonly opened: readonly NewBinding[];
  readonly shared: readonly Source[];
  readonly claim?: NewClaim;
  readonly endedClaims: readonly EndedClaim[];
  readonly audit: readonly AuditEntry[];
}

export type PlannedOutcome =
  | {
      readonly kind: "resolved";
      readonly contact: ContactRef;
      readonly created: boolean;
      readonly changed: boolean;
      readonly restored: boolean;
      readonly merged: readonly ContactId[];
      readonly matchedBy?: MatchedBy;
      readonly warnings: readonly Warning[];
    }
  | { readonly kind: "pending" }
  | { readonly kind: "nothing" }
  | Refused;

export interface Plan {
  readonly outcome: PlannedOutcome;
  /** Absent: nothing to write. */
  readonly changes?: Changes;
}

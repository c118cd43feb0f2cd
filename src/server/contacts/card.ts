import type { ChannelType } from "../../contract/contacts.ts";
import type { ContactId, FieldId, Instant } from "../../contract/identifiers.ts";
import type { Database } from "../db/database.ts";
import { readCard } from "./card-store.ts";
import type { FieldValue } from "../fields/index.ts";
import type { ChannelStatus } from "./list.ts";
import { findContactState } from "./store.ts";
import type { Source } from "./timeline.ts";

/** A lookup key, with how well it is proven. */
export interface CardIdentifier {
  readonly kind: "external" | "email" | "phone" | "device";
  readonly value: string;
  readonly proof: "claimed" | "confirmed" | "server";
  readonly since: Instant;
}

export interface CardChannel {
  readonly type: ChannelType;
  /** As the person wrote it. */
  readonly value: string;
  readonly status: ChannelStatus;
  /** False: an earlier address, kept as history. */
  readonly current: boolean;
  /** How well it is proven that the contact is found by it; null: it is only an address to send to. */
  readonly proof: CardIdentifier["proof"] | null;
  readonly source: string;
  readonly createdAt: Instant;
  readonly confirmedAt: Instant | null;
}

/** A browser or device that belongs, or for a while belonged, to the contact. */
export interface CardBinding {
  readonly bindingId: number;
  readonly source: Source;
  /** `-Infinity`: from its very beginning. */
  readonly validFrom: Instant;
  /** `Infinity`: still. */
  readonly validTo: Instant;
  /** When the person was named. */
  readonly boundAt: Instant;
  readonly boundUrl: string | null;
  readonly reason: string;
}

/** What a browser says about this contact and could not prove yet. */
export interface CardClaim {
  readonly claimId: number;
  readonly visitorId: string;
  readonly externalCustomerId: string | null;
  readonly email: string | null;
  readonly phone: string | null;
  readonly claimedAt: Instant;
  readonly expiresAt: Instant;
  readonly url: string | null;
  /** Events of that browser, counted up to `EVENTS_COUNTED_TO`; one more means "more than that". */
  readonly events: number;
}

export interface CardField {
  readonly id: FieldId;
  readonly name: string;
  readonly value: FieldValue;
}

/** Everything known of one person, apart from the timeline. */
export interface ContactCard {
  readonly id: ContactId;
  readonly status: "live" | "deleted";
  readonly deletedAt: Instant | null;
  readonly externalCustomerId: string | null;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly languageCode: string | null;
  readonly timeZone: string | null;
  readonly region: string | null;
  readonly town: string | null;
  readonly address: string | null;
  readonly postcode: string | null;
  readonly countryCode: string | null;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Additional fields that have a value. */
  readonly fields: readonly CardField[];
  readonly contactSource: string;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
  readonly identifiers: readonly CardIdentifier[];
  readonly channels: readonly CardChannel[];
  /** Newest first. */
  readonly bindings: readonly CardBinding[];
  /** Contacts that were merged into this one: their ids lead here. */
  readonly mergedIds: readonly ContactId[];
  readonly claims: readonly CardClaim[];
}

/** What an id leads to. `found.card.id` differs from the id asked for when that one was merged. */
export type ContactLookup =
  { readonly kind: "found"; readonly card: ContactCard } | { readonly kind: "erased" } | { readonly kind: "unknown" };

export async function readContact(db: Database, id: ContactId): Promise<ContactLookup> {
  const state = await findContactState(db, id);
  if (state.kind === "unknown" || state.kind === "erased") return state;
  const card = await readCard(db, state.contactId);
  // Erased between the two looks.
  return card === undefined ? { kind: "erased" } : { kind: "found", card };
}

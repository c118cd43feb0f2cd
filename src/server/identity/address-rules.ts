import {
  channelOf,
  contactOf,
  externalIdOf,
  holderOf,
  identifierOf,
  putChannel,
  putIdentifier,
  warn,
  type Draft,
} from "./draft.ts";
import type { Channel, Contact, ContactRef } from "./facts.ts";
import { differs, emailsOf, knownEmailsOf } from "./match-rules.ts";
import { mayMerge, merge, retire } from "./merge-rules.ts";
import type { Address } from "./normal-request.ts";
import { mayReplace, proofOf, proves, statusOf } from "./trust.ts";

type AddressKind = "email" | "phone";

export interface AddressKey extends Address<string> {
  readonly kind: AddressKind;
  /** The external id was only claimed until this very request proved it (B25). */
  readonly provenNow: boolean;
}

/** Step 7 for an email or a phone: the key goes to the target, its holder flows in, or it is kept as a channel only. */
export function settleAddress(draft: Draft, target: ContactRef, key: AddressKey): void {
  const verdict = verdictOn(draft, contactOf(draft, target), key);
  if (verdict.kind === "merge") merge(draft, { winner: target, loser: verdict.holder.id, reason: `same ${key.kind}` });
  keepChannel(draft, target, key);
  if (verdict.kind !== "keep apart") takeKey(draft, target, key);
  else warn(draft, { code: verdict.code, field: key.kind, heldBy: verdict.holder.id });
}

type Verdict =
  | { readonly kind: "take" }
  | { readonly kind: "merge"; readonly holder: Contact }
  | {
      readonly kind: "keep apart";
      readonly holder: Contact;
      readonly code: "email_in_use" | "phone_in_use" | "phone_not_merged" | "limit_reached";
    };

/** Who holds the value decides; also asked before anything is written, to refuse a conflict as a whole. */
export function verdictOn(draft: Draft, target: Contact, { kind, value }: Pick<AddressKey, "kind" | "value">): Verdict {
  const holder = holderOf(draft, kind, value);
  const inUse = kind === "email" ? "email_in_use" : "phone_in_use";
  if (holder === undefined || holder.id === target.id || holder.status === "deleted") return { kind: "take" };
  if (externalIdOf(holder) !== undefined) {
    const hold = holder.identifiers.find((identifier) => identifier.kind === kind && identifier.value === value);
    // B24: an unsigned browser must not be able to squat on somebody's address.
    const yields = hold?.proof === "claimed" && proves(draft.request, kind);
    return yields ? { kind: "take" } : { kind: "keep apart", holder, code: inUse };
  }
  // Or a stranger would pour a contact into his own by typing its phone beside his own address.
  if (!proves(draft.request, kind)) return { kind: "keep apart", holder, code: inUse };
  const guard = guardOf(draft, target, { holder, kind });
  if (guard) return { kind: "keep apart", holder, code: kind === "phone" ? "phone_not_merged" : "email_in_use" };
  const may = mayMerge(draft, target, holder);
  if (may === "yes") return { kind: "merge", holder };
  return { kind: "keep apart", holder, code: may === "limit" ? "limit_reached" : inUse };
}

/** No merge over different emails, unless the back end itself says that this very email is the target's. */
function guardOf(draft: Draft, target: Contact, { holder, kind }: { holder: Contact; kind: AddressKind }): boolean {
  const { request } = draft;
  const known = knownEmailsOf(draft, target);
  const named = request.email ? [request.email.value] : [];
  if (request.trust === "server" && kind === "email") return false;
  const expected = mayReplace(request) ? (named.length > 0 ? named : known) : known.length > 0 ? known : named;
  return differs(emailsOf(holder), expected);
}

function takeKey(draft: Draft, target: ContactRef, key: AddressKey): void {
  const { request } = draft;
  const present = identifierOf(contactOf(draft, target), key.kind);
  if (present && present.value !== key.value) {
    const givesWay = mayReplace(request) || (key.provenNow && present.proof !== "server" && proves(request, key.kind));
    // The new value stays a channel: there is one email and one phone that a contact is found by.
    if (!givesWay) return;
    retire(draft, target, present);
  }
  putIdentifier(draft, target, { kind: key.kind, value: key.value, proof: proofOf(request, key.kind) });
}

/** The address as something that can be written to. Its status rises with proof, and never over somebody's "no". */
function keepChannel(draft: Draft, target: ContactRef, key: AddressKey): void {
  const { request } = draft;
  const type = key.kind === "email" ? "email" : "sms";
  const known = channelOf(contactOf(draft, target), type, key.value);
  const status = statusOf(request, type);
  const now = request.receivedAt;
  if (known === undefined) {
    putChannel(draft, target, {
      type,
      value: key.value,
      spelling: key.spelling,
      status,
      current: true,
      withheld: false,
      details: null,
      source: request.contactSource,
      createdAt: now,
      updatedAt: now,
      confirmedAt: status === "confirmed" ? now : null,
    });
    return;
  }
  const next = raised(draft, known, status);
  if (next !== known) putChannel(draft, target, next);
}

function raised(draft: Draft, known: Channel, status: Channel["status"]): Channel {
  const { trust, receivedAt } = draft.request;
  const kind = known.type === "email" ? "email" : "phone";
  // B25: what lifts it is the back end's word, by itself or in a token.
  const lifts = (trust === "server" || trust === "signed") && proves(draft.request, kind);
  const named = { ...known, current: true, withheld: known.withheld && !lifts };
  // A mailed token also ends an earlier unsubscribe: the same person asked again and proved it.
  const risesFrom = trust === "mail" ? ["unconfirmed", "unsubscribed", "bounced"] : ["unconfirmed"];
  if (status === "confirmed" && !named.withheld && risesFrom.includes(known.status)) {
    return { ...named, status, updatedAt: receivedAt, confirmedAt: receivedAt };
  }
  const same = named.current === known.current && named.withheld === known.withheld;
  // `updatedAt` stays: it is when the status was said, and the latest word wins when contacts merge.
  return same ? known : named;
}

import { bindSources } from "./binding-rules.ts";
import type { NewClaim } from "./changes.ts";
import { holderOf, ownerOf, type Draft } from "./draft.ts";
import type { Contact } from "./facts.ts";
import { findTarget } from "./match-rules.ts";

export type ClaimVerdict =
  /** Nobody holds what is claimed: go on and make the contact. */
  | { readonly kind: "free" }
  | { readonly kind: "bound"; readonly contact: Contact }
  | { readonly kind: "pending" }
  | { readonly kind: "nothing" };

/** What becomes of an unsigned browser's word (§8.3): it never changes what was there before. */
export function judgeClaim(draft: Draft): ClaimVerdict {
  const { request } = draft;
  const holders = holdersOfClaimed(draft);
  if (holders.every((holder) => holder === undefined)) return { kind: "free" };
  const visitor = draft.facts.sources.find(({ kind }) => kind === "visitor");
  const owner = visitor && ownerOf(draft, visitor);
  if (owner && holders.every((holder) => holder?.id === owner.id)) return { kind: "nothing" };
  if (request.mode === "open") {
    const match = findTarget(draft);
    if (match.kind === "found") {
      bindSources(draft, match.contact.id);
      return { kind: "bound", contact: match.contact };
    }
  }
  return writeClaim(draft);
}

/** One entry per identifier claimed. A deleted contact still holds its external id, but no longer its addresses. */
function holdersOfClaimed(draft: Draft): (Contact | undefined)[] {
  const { external, email, phone } = draft.request;
  const live = (holder: Contact | undefined) => (holder?.status === "live" ? holder : undefined);
  return [
    ...(external === undefined ? [] : [holderOf(draft, "external", external)]),
    ...(email === undefined ? [] : [live(holderOf(draft, "email", email.value))]),
    ...(phone === undefined ? [] : [live(holderOf(draft, "phone", phone.value))]),
  ];
}

/**
 * Leaves the claim to wait for proof, or for the back end to make the contact; unless this browser or this address had
 * its share within the hour.
 */
export function writeClaim(draft: Draft, awaits: NewClaim["awaits"] = "proof"): ClaimVerdict {
  const { request, facts, settings } = draft;
  const [visitorId] = request.visitorIds;
  if (visitorId === undefined) return { kind: "nothing" };
  const claim = {
    visitorId,
    external: request.external ?? null,
    email: request.email?.value ?? null,
    phone: request.phone?.value ?? null,
    values: request.values,
    claimedAt: request.moment,
    awaits,
  };
  const repeated = facts.claims.some(
    (known) =>
      known.visitorId === visitorId &&
      known.external === claim.external &&
      known.email === claim.email &&
      known.phone === claim.phone,
  );
  const { byVisitor, byAddress } = facts.recentClaims;
  if (!repeated && (byVisitor >= settings.claimsPerVisitorPerHour || byAddress >= settings.claimsPerAddressPerHour)) {
    draft.audit.push({ action: "limit-hit", source: { kind: "visitor", id: visitorId }, reason: "claims per hour" });
    return { kind: "nothing" };
  }
  draft.claim = claim;
  if (!repeated)
    draft.audit.push({ action: "claim", source: { kind: "visitor", id: visitorId }, after: kindsOf(claim) });
  return { kind: "pending" };
}

function kindsOf(claim: { external: string | null; email: string | null; phone: string | null }): readonly string[] {
  return (["external", "email", "phone"] as const).filter((kind) => claim[kind] !== null);
}

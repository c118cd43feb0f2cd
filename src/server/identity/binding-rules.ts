import type { Instant } from "../../contract/identifiers.ts";
import { change, contactOf, externalIdOf, identifierOf, keyOf, ownerOf, warn, type Draft } from "./draft.ts";
import type { Contact, ContactRef, OpenBinding, PendingClaim, SourceFacts } from "./facts.ts";

/** Step 8: every source the request names belongs to the target from now on, and as far back as it was nobody's. */
export function bindSources(draft: Draft, target: ContactRef): void {
  for (const source of draft.facts.sources) {
    const claims = draft.facts.claims.filter(({ visitorId }) => source.kind === "visitor" && visitorId === source.id);
    const claim = claims.find((candidate) => speaksOf(draft, candidate, contactOf(draft, target)));
    bindSource(draft, source, { target, claim });
    // Whoever the visitor is, is known now: no claim survives its visitor's proof (I28).
    if (draft.request.trust !== "claim") {
      for (const { claimId } of claims) {
        draft.endedClaims.push({ claimId, how: claimId === claim?.claimId ? "applied" : "dropped" });
      }
    }
  }
}

/** Whether the claim, had it been believed at once, would have meant this contact. */
function speaksOf({ request }: Draft, claim: PendingClaim, contact: Contact): boolean {
  // What a mailed token proves is the email of the claim, whatever else was claimed beside it.
  if (request.trust === "mail") return claim.email !== null && claim.email === request.email?.value;
  if (claim.external !== null) return claim.external === externalIdOf(contact);
  const holds = (kind: "email" | "phone", value: string | null) =>
    value !== null && identifierOf(contact, kind)?.value === value;
  return holds("email", claim.email) || holds("phone", claim.phone);
}

interface Binding {
  readonly target: ContactRef;
  readonly claim: PendingClaim | undefined;
}

function bindSource(draft: Draft, source: SourceFacts, { target, claim }: Binding): void {
  if (source.erased) return;
  const open = draft.open.get(keyOf(source));
  const owner = ownerOf(draft, source);
  const moment = momentOf(draft, { claim, open });
  if (owner?.id === target) return;
  if (owner && staysWith(draft, owner, contactOf(draft, target))) return;
  if (open && moment < open.boundAt) {
    warn(draft, { code: "late_identify", field: source.kind === "visitor" ? "visitorId" : "deviceId" });
    return;
  }
  if (contactOf(draft, target).bindings >= draft.settings.maxBindingsPerContact) {
    warn(draft, { code: "limit_reached", field: source.kind === "visitor" ? "visitorId" : "deviceId" });
    draft.audit.push({ action: "limit-hit", contact: target, source, reason: "bindings per contact" });
    return;
  }
  const shared = isShared(draft, source, target);
  if (shared && !source.shared) draft.shared.push(pick(source));
  // A browser that many people use gives nothing of its past away.
  const reach = shared ? Math.max(moment, source.lastEnd) : source.lastEnd;
  const from = open ? Math.max(moment, open.validFrom) : reach;
  if (open && owner) draft.closed.push({ ...pick(source), bindingId: open.bindingId, contactId: owner.id, at: from });
  const reason = reasonOf(draft, { target, claim });
  draft.opened.push({ ...pick(source), contactId: target, validFrom: from, boundAt: moment, reason });
  change(draft, target, { bindings: contactOf(draft, target).bindings + 1 });
}

/** What tied the source, in the words of the timeline. */
function reasonOf({ request }: Draft, { target, claim }: Binding): string {
  if (claim) return "proof";
  if (request.verb === "subscribe" || request.verb === "device") return request.verb;
  if (target === "new") return "signup";
  return request.verb === "upsert" ? "server" : "identify";
}

const pick = ({ kind, id }: SourceFacts) => ({ kind, id });

/** On proof the switch happens when the claim was made, but not before the binding that is in force was (C9). */
function momentOf(
  draft: Draft,
  { claim, open }: { claim: PendingClaim | undefined; open: OpenBinding | undefined },
): Instant {
  return claim ? Math.max(claim.claimedAt, open?.boundAt ?? -Infinity) : draft.request.moment;
}

/** C6b: a subscription form states an address, not who uses the browser. */
function staysWith({ request }: Draft, owner: Contact, target: Contact): boolean {
  return request.verb === "subscribe" && externalIdOf(owner) !== undefined && externalIdOf(target) === undefined;
}

/** More identified people within a day than one person has names: a kiosk, a call centre, a library. */
function isShared(draft: Draft, source: SourceFacts, target: ContactRef): boolean {
  if (source.shared) return true;
  if (source.kind !== "visitor" || externalIdOf(contactOf(draft, target)) === undefined) return false;
  const others = source.recentPersons.filter((person) => person !== target);
  return others.length + 1 > draft.settings.personsPerVisitorPerDay;
}

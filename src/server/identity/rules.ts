import { settleAddress, verdictOn } from "./address-rules.ts";
import { bindSources } from "./binding-rules.ts";
import type { Plan, PlannedOutcome } from "./changes.ts";
import { judgeClaim, writeClaim } from "./claim-rules.ts";
import { keepFurtherChannels, settleDevice } from "./device-rules.ts";
import { changesOf, isChange } from "./difference.ts";
import {
  change,
  contactOf,
  dropIdentifier,
  externalIdOf,
  identifierOf,
  openDraft,
  putChannel,
  putIdentifier,
  warn,
} from "./draft.ts";
import type { Draft } from "./draft.ts";
import type { Contact, ContactRef, Facts } from "./facts.ts";
import { applyFields } from "./field-rules.ts";
import { findTarget, type Match } from "./match-rules.ts";
import { refused, type NormalRequest } from "./normal-request.ts";
import type { MatchedBy, Refused } from "./request.ts";
import type { IdentitySettings } from "./settings.ts";
import { obeySuppressions } from "./suppression-rules.ts";
import { proofOf, proves } from "./trust.ts";

/** The whole procedure of matching, binding and merging: facts and a request in, what to write and to answer out. */
export function plan(facts: Facts, request: NormalRequest, settings: IdentitySettings): Plan {
  const draft = openDraft(facts, believable(facts, request, settings), settings);
  const { external, email, phone, deviceId, contactId, trust } = draft.request;
  // What stands unproven beside a token or a mailed proof says nothing about who is meant.
  const counts = (kind: "email" | "phone") => trust === "claim" || proves(draft.request, kind);
  const names = [external, counts("email") && email, counts("phone") && phone, deviceId, contactId];
  const nobody = names.every((name) => name === undefined || name === false);
  if (nobody) return { outcome: refused("no_identifier", "Nothing that may be believed here says who this is.") };
  const outcome = request.trust === "claim" ? planClaim(draft) : planProven(draft);
  if (outcome.kind === "refused") return { outcome };
  const changes = changesOf(draft);
  if (outcome.kind !== "resolved") return { outcome, ...(changes && { changes }) };
  return { outcome: { ...outcome, changed: changes !== undefined && isChange(changes) }, ...(changes && { changes }) };
}

/** The request without an external id that nobody may say here, or that names a crowd instead of a person (§8.1). */
function believable(facts: Facts, request: NormalRequest, settings: IdentitySettings): NormalRequest {
  const unsigned = request.trust === "claim" && request.mode === "signed" && request.verb === "subscribe";
  const crowd = request.email !== undefined && facts.recentEmails > settings.emailsPerExternalIdPerDay;
  if (!unsigned && !crowd) return request;
  const { external, ...rest } = request;
  if (external === undefined || unsigned) return rest;
  return { ...rest, warnings: [...rest.warnings, { code: "blocked_identifier", field: "externalCustomerId" }] };
}

function planClaim(draft: Draft): PlannedOutcome {
  const { request } = draft;
  if (request.mode === "signed" && request.verb !== "subscribe") {
    return refused(
      "token_required",
      "This site believes an identify call only with an identity token: send its token.",
    );
  }
  const verdict = judgeClaim(draft);
  if (verdict.kind === "free" && request.unknownPerson === "remember") {
    const waiting = writeClaim(draft, "contact");
    return waiting.kind === "pending" ? waiting : { kind: "nothing" };
  }
  if (verdict.kind === "free") return settle(draft, { kind: "nobody" });
  if (verdict.kind === "bound") return resolved(draft, { target: verdict.contact.id });
  return verdict;
}

function planProven(draft: Draft): PlannedOutcome {
  const match = findTarget(draft);
  if (match.kind === "refused") return match;
  if (match.kind === "deleted") {
    const verdict = writeClaim(draft);
    return verdict.kind === "pending" ? verdict : { kind: "nothing" };
  }
  return settle(draft, match);
}

/** Steps 5 to 8, once it is known who is meant. */
function settle(draft: Draft, match: Exclude<Match, Refused | { kind: "deleted" }>): PlannedOutcome {
  const target = match.kind === "found" ? match.contact : create(draft);
  const no = refusalOf(draft, target);
  if (no) return no;
  const restored = target.status === "deleted";
  if (restored) restore(draft, target);
  const provenNow = settleExternalId(draft, target.id);
  const { email, phone, deviceId } = draft.request;
  if (email) settleAddress(draft, target.id, { ...email, kind: "email", provenNow });
  if (phone) settleAddress(draft, target.id, { ...phone, kind: "phone", provenNow });
  if (provenNow) withhold(draft, target.id);
  if (deviceId !== undefined) settleDevice(draft, target.id, deviceId);
  keepFurtherChannels(draft, target.id);
  applyFields(draft, contactOf(draft, target.id));
  bindSources(draft, target.id);
  obeySuppressions(draft);
  return resolved(draft, { target: target.id, restored, ...(match.kind === "found" && { by: match.by }) });
}

function resolved(
  draft: Draft,
  { target, restored = false, by }: { target: ContactRef; restored?: boolean; by?: MatchedBy },
): PlannedOutcome {
  return {
    kind: "resolved",
    contact: target,
    created: target === "new",
    changed: false,
    restored,
    merged: draft.merges.map(({ loser }) => loser.id).filter((id) => id !== "new"),
    ...(by !== undefined && { matchedBy: by }),
    warnings: draft.warnings,
  };
}

function create(draft: Draft): Contact {
  const { contactSource, receivedAt } = draft.request;
  const contact: Contact = {
    id: "new",
    status: "live",
    contactSource,
    createdAt: receivedAt,
    values: {},
    provenance: {},
    identifiers: [],
    channels: [],
    bindings: 0,
    merges: 0,
    apartFrom: [],
  };
  draft.contacts.set("new", contact);
  return contact;
}

/** What is refused as a whole, before anything is planned: a refusal changes nothing. */
function refusalOf(draft: Draft, target: Contact): Refused | undefined {
  const { request, settings } = draft;
  const known = externalIdOf(target);
  const differs = request.external !== undefined && known !== undefined && known !== request.external;
  if (differs && !replacesExternalId(request)) {
    return refused("external_id_immutable", "externalCustomerId can't be changed (external_id_immutable)", 409);
  }
  if (settings.onConflict === "reject" && request.trust === "server" && request.email) {
    const verdict = verdictOn(draft, target, { kind: "email", value: request.email.value });
    if (verdict.kind === "keep apart") {
      return refused(
        "email_in_use",
        "The email belongs to a contact with another externalCustomerId (email_in_use)",
        409,
      );
    }
  }
  return undefined;
}

/** Gap G3: only for a contact that is named outright, so that no address leads to somebody else's id. */
function replacesExternalId({ trust, contactId, otherExternalId }: NormalRequest): boolean {
  return trust === "server" && contactId !== undefined && otherExternalId === "replace";
}

/** Rule R8, F1. Consent stays as it was: who had unsubscribed is still unsubscribed (F2). */
function restore(draft: Draft, target: Contact): void {
  const contact = change(draft, target.id, { status: "live" });
  for (const { kind, channel } of [
    { kind: "email", channel: "email" },
    { kind: "phone", channel: "sms" },
  ] as const) {
    const named = draft.request[kind]?.value;
    const lost = contact.channels.find(({ type, current }) => type === channel && current);
    if (lost && lost.value !== named && identifierOf(contact, kind) === undefined) {
      warn(draft, { code: kind === "email" ? "email_in_use" : "phone_in_use", field: kind });
    }
  }
  if (contact.channels.some(({ current, status }) => current && status !== "confirmed" && status !== "unconfirmed")) {
    warn(draft, { code: "consent_not_restored" });
  }
}

/** Step 6. Answers whether an id that a browser had only claimed was proven by this request. */
function settleExternalId(draft: Draft, target: ContactRef): boolean {
  const { request, facts } = draft;
  if (request.external === undefined) return false;
  // A mailed token or a browser's word gives no external id to a contact that was there before.
  if (target !== "new" && !proves(request, "external")) return false;
  const known = identifierOf(contactOf(draft, target), "external");
  if (known?.value !== request.external && facts.caseVariant) {
    warn(draft, { code: "external_id_case_variant", field: "externalCustomerId" });
  }
  if (known && known.value !== request.external) dropIdentifier(draft, target, known);
  putIdentifier(draft, target, {
    kind: "external",
    value: request.external,
    proof: proofOf(request, "external"),
  });
  return known?.value === request.external && known.proof === "claimed" && proves(request, "external");
}

/**
 * Rule B25: the person behind the id was proven, the addresses beside it were not. Nothing is sent to them for this
 * contact until the back end or a token names them; a mailed confirmation would prove the mailbox, not that it is his.
 */
function withhold(draft: Draft, target: ContactRef): void {
  const { request } = draft;
  const proven = (kind: "email" | "phone") => (proves(request, kind) ? request[kind]?.value : undefined);
  const named: (string | undefined)[] = [proven("email"), proven("phone")];
  const contact = contactOf(draft, target);
  for (const key of contact.identifiers) {
    if (key.kind !== "email" && key.kind !== "phone") continue;
    if (key.proof === "server" || named.includes(key.value)) continue;
    const type = key.kind === "email" ? "email" : "sms";
    const channel = contact.channels.find((candidate) => candidate.type === type && candidate.value === key.value);
    if (!channel) continue;
    const falls = channel.status === "confirmed";
    const fallen = falls && ({ status: "unconfirmed", updatedAt: request.receivedAt } as const);
    putChannel(draft, target, { ...channel, ...fallen, withheld: true });
  }
}

import type { Contact } from "./facts.ts";
import { contactOf, externalIdOf, holderOf, identifierOf, type Draft } from "./draft.ts";
import { refused } from "./normal-request.ts";
import type { MatchedBy, Refused } from "./request.ts";
import { proves } from "./trust.ts";

export type Match =
  | { readonly kind: "found"; readonly contact: Contact; readonly by: MatchedBy }
  /** Its external id belongs to a deleted contact, which this request may not bring back. */
  | { readonly kind: "deleted" }
  | { readonly kind: "nobody" }
  | Refused;

/** Steps 1 to 5: who is meant, in the order external id, email, phone, device. */
export function findTarget(draft: Draft): Match {
  const { request } = draft;
  if (request.contactId !== undefined) return findAsked(draft);
  const owner = request.external && holderOf(draft, "external", request.external);
  if (owner) return findByExternalId(draft, owner);
  const email = request.email && holderOf(draft, "email", request.email.value);
  if (email && proves(request, "email") && fits(draft, email)) return { kind: "found", contact: email, by: "email" };
  const phone = request.phone && holderOf(draft, "phone", request.phone.value);
  if (phone && fits(draft, phone) && phoneMayMatch(draft, phone)) return { kind: "found", contact: phone, by: "phone" };
  const device = request.deviceId && holderOf(draft, "device", request.deviceId);
  if (device && fits(draft, device)) return { kind: "found", contact: device, by: "device" };
  return { kind: "nobody" };
}

function findAsked({ facts, request, ...rest }: Draft): Match {
  const draft = { facts, request, ...rest };
  if (facts.asked.kind !== "found") {
    return refused("unknown_contact", "No live contact has this id.");
  }
  const contact = contactOf(draft, facts.asked.contactId);
  if (contact.status !== "live") return refused("deleted_contact", "The contact with this id has been deleted.", 409);
  const owner = request.external && holderOf(draft, "external", request.external);
  if (owner && owner.id !== contact.id) {
    return refused(
      "identifier_mismatch",
      "externalCustomerId is already used by another contact (identifier_mismatch)",
      409,
    );
  }
  return { kind: "found", contact, by: "id" };
}

function findByExternalId({ request }: Draft, contact: Contact): Match {
  if (contact.status === "live") return { kind: "found", contact, by: "externalCustomerId" };
  // A call of an app is a login, which restores; a token from an open tab must not undo a deletion (F10).
  const mayRestore = request.trust === "server" || request.verb === "device";
  if (!mayRestore) return { kind: "deleted" };
  if (request.deleted === "restore") return { kind: "found", contact, by: "externalCustomerId" };
  return refused("deleted_contact", "The contact with this externalCustomerId has been deleted and was left so.", 409);
}

/** A contact that has a different external id is another person, whatever it shares with this one (G2). */
function fits({ request }: Draft, contact: Contact): boolean {
  if (contact.status !== "live") return false;
  return request.external === undefined || externalIdOf(contact) === undefined;
}

/** Rule B12: families share a telephone. A mail or a token proves nothing about one. */
function phoneMayMatch(draft: Draft, contact: Contact): boolean {
  const { trust, email } = draft.request;
  if (!proves(draft.request, "phone")) return false;
  return trust === "server" || email === undefined || !differs(emailsOf(contact), [email.value]);
}

/** Every address the contact has now, as key or as channel only. */
export function emailsOf(contact: Contact): readonly string[] {
  const channels = contact.channels.filter(({ type, current }) => type === "email" && current);
  return channels.map(({ value }) => value);
}

/**
 * Whose mailbox the target is, apart from what this request says: its key, or else the addresses it has only as
 * channels. The address that is being asked about doesn't count, or asking twice would answer differently.
 */
export function knownEmailsOf({ request }: Draft, target: Contact): readonly string[] {
  const key = identifierOf(target, "email")?.value;
  if (key !== undefined) return [key];
  return emailsOf(target).filter((value) => value !== request.email?.value);
}

/** Both are known and have nothing in common. */
export function differs(a: readonly string[], b: readonly string[]): boolean {
  return a.length > 0 && b.length > 0 && !a.some((value) => b.includes(value));
}

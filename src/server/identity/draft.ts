import type { AuditEntry, ClosedBinding, EndedClaim, Merge, NewBinding, NewClaim } from "./changes.ts";
import type {
  Channel,
  ChannelType,
  Contact,
  ContactRef,
  Facts,
  Identifier,
  IdentifierKind,
  OpenBinding,
  Proof,
  Source,
  SourceFacts,
} from "./facts.ts";
import type { NormalRequest } from "./normal-request.ts";
import type { Warning } from "./request.ts";
import type { IdentitySettings } from "./settings.ts";

/**
 * The state while a plan is being made: rules read and change this copy, so that a later rule sees what an earlier
 * one decided. What differs from the facts in the end is what gets written (see difference.ts).
 */
export interface Draft {
  readonly request: NormalRequest;
  readonly settings: IdentitySettings;
  readonly facts: Facts;
  readonly contacts: Map<ContactRef, Contact>;
  readonly open: Map<string, OpenBinding>;
  readonly merges: Merge[];
  readonly opened: NewBinding[];
  readonly closed: ClosedBinding[];
  readonly shared: Source[];
  readonly endedClaims: EndedClaim[];
  readonly warnings: Warning[];
  readonly audit: AuditEntry[];
  claim?: NewClaim;
}

export function openDraft(facts: Facts, request: NormalRequest, settings: IdentitySettings): Draft {
  const open = facts.sources.flatMap((source) => (source.open ? [[keyOf(source), source.open] as const] : []));
  return {
    request,
    settings,
    facts,
    contacts: new Map(facts.contacts.map((contact) => [contact.id, contact])),
    open: new Map(open),
    merges: [],
    opened: [],
    closed: [],
    shared: [],
    endedClaims: [],
    warnings: [...request.warnings],
    audit: [],
  };
}

export const keyOf = ({ kind, id }: Source) => `${kind} ${id}`;

/** A contact of the draft by its reference, or the one it was merged into. */
export function contactOf(draft: Draft, ref: ContactRef): Contact {
  const merge = draft.merges.find(({ loser }) => loser.id === ref);
  if (merge) return contactOf(draft, merge.winner.id);
  const contact = draft.contacts.get(ref);
  if (contact === undefined) throw new Error(`Contact ${ref} was not loaded.`);
  return contact;
}

export function change(draft: Draft, ref: ContactRef, difference: Partial<Contact>): Contact {
  const contact = { ...contactOf(draft, ref), ...difference };
  draft.contacts.set(contact.id, contact);
  return contact;
}

/** Whoever has the key, live or deleted. */
export function holderOf(draft: Draft, kind: IdentifierKind, value: string): Contact | undefined {
  return [...draft.contacts.values()].find((contact) => owns(contact, kind, value));
}

function owns(contact: Contact, kind: IdentifierKind, value: string): boolean {
  return contact.identifiers.some((identifier) => identifier.kind === kind && identifier.value === value);
}

/** The contact's key of a kind. A contact may have many devices; for those this is any one. */
export function identifierOf(contact: Contact, kind: IdentifierKind): Identifier | undefined {
  return contact.identifiers.find((identifier) => identifier.kind === kind);
}

export const externalIdOf = (contact: Contact) => identifierOf(contact, "external")?.value;

const STRENGTH: Readonly<Record<Proof, number>> = { claimed: 0, confirmed: 1, server: 2 };

export function stronger(a: Proof, b: Proof): Proof {
  return STRENGTH[a] >= STRENGTH[b] ? a : b;
}

export function isWeaker(a: Proof, b: Proof): boolean {
  return STRENGTH[a] < STRENGTH[b];
}

/** Gives the key to this contact, whoever had it. Proof of the same owner never falls. */
export function putIdentifier(draft: Draft, owner: ContactRef, key: Omit<Identifier, "since">): void {
  const earlier = holderOf(draft, key.kind, key.value);
  if (earlier && earlier.id !== owner) dropIdentifier(draft, earlier.id, key);
  const contact = contactOf(draft, owner);
  const known = contact.identifiers.find(({ kind, value }) => kind === key.kind && value === key.value);
  if (known && !isWeaker(known.proof, key.proof)) return;
  const since = known?.since ?? draft.request.receivedAt;
  const others = contact.identifiers.filter((identifier) => identifier !== known);
  change(draft, owner, { identifiers: [...others, { ...key, since }] });
}

export function dropIdentifier(draft: Draft, owner: ContactRef, key: Pick<Identifier, "kind" | "value">): void {
  const contact = contactOf(draft, owner);
  change(draft, owner, {
    identifiers: contact.identifiers.filter(({ kind, value }) => kind !== key.kind || value !== key.value),
  });
}

export function channelOf(contact: Contact, type: ChannelType, value: string): Channel | undefined {
  return contact.channels.find((channel) => channel.type === type && channel.value === value);
}

export function putChannel(draft: Draft, owner: ContactRef, channel: Channel): void {
  const contact = contactOf(draft, owner);
  const others = contact.channels.filter(({ type, value }) => type !== channel.type || value !== channel.value);
  change(draft, owner, { channels: [...others, channel] });
}

export function dropChannel(draft: Draft, owner: ContactRef, channel: Pick<Channel, "type" | "value">): void {
  const contact = contactOf(draft, owner);
  change(draft, owner, {
    channels: contact.channels.filter(({ type, value }) => type !== channel.type || value !== channel.value),
  });
}

export function warn(draft: Draft, warning: { code: Warning["code"]; field?: string; heldBy?: ContactRef }): void {
  const { code, field, heldBy } = warning;
  draft.warnings.push({
    code,
    ...(field !== undefined && { field }),
    // Who else holds a value is nobody's business but the back end's.
    ...(typeof heldBy === "number" && draft.request.trust === "server" && { heldBy }),
  });
}

export function sourceOf(draft: Draft, { kind, id }: Source): SourceFacts | undefined {
  return draft.facts.sources.find((source) => source.kind === kind && source.id === id);
}

/** Whom the source belongs to right now, merges of this plan included. */
export function ownerOf(draft: Draft, source: Source): Contact | undefined {
  const open = draft.open.get(keyOf(source));
  return open && contactOf(draft, open.contactId);
}

import type { ContactId } from "../../contract/identifiers.ts";
import { auditOf } from "./audit.ts";
import type { Changes, DroppedChannel, DroppedIdentifier, OwnedChannel, OwnedIdentifier } from "./changes.ts";
import type { Draft } from "./draft.ts";
import type { Channel, Contact, ContactRef, Identifier } from "./facts.ts";
import { canonical } from "./values.ts";

/** What has to be written for the draft to become true; nothing when nothing differs. */
export function changesOf(draft: Draft): Changes | undefined {
  const before = new Map<ContactRef, Contact>(draft.facts.contacts.map((contact) => [contact.id, contact]));
  const identifiers = differenceOfIdentifiers(draft);
  const channels = differenceOfChannels(draft);
  const now = [...draft.contacts.values()];
  const created = now.filter(({ id }) => id === "new");
  const updated = now.filter((contact) => differs(before.get(contact.id), contact));
  const winners = draft.merges.map(({ winner }) => winner.id);
  const touched = [
    ...[...created, ...updated].map(({ id }) => id),
    ...[...identifiers.put, ...identifiers.drop, ...channels.put, ...channels.drop].map(({ owner }) => owner),
    ...winners,
  ].filter((id): id is ContactId => id !== "new" && draft.contacts.has(id));
  const changes = {
    created,
    updated,
    touched: [...new Set(touched)].sort((a, b) => a - b),
    merges: draft.merges,
    identifiers,
    channels,
    closed: draft.closed,
    opened: draft.opened,
    shared: draft.shared,
    ...(draft.claim && { claim: draft.claim }),
    endedClaims: draft.endedClaims,
  };
  const audit = [...draft.audit, ...auditOf(changes, draft.facts)];
  const any = isChange(changes) || draft.claim !== undefined || audit.length > 0;
  return any ? { ...changes, audit } : undefined;
}

/** Whether anything about contacts or sources differs, rather than only what is waiting or remembered. */
export function isChange(changes: Omit<Changes, "audit">): boolean {
  const { created, touched, closed, opened, shared, endedClaims } = changes;
  return [created, touched, closed, opened, shared, endedClaims].some((list) => list.length > 0);
}

function differs(before: Contact | undefined, after: Contact): boolean {
  if (before === undefined) return false;
  return (
    before.status !== after.status ||
    before.createdAt !== after.createdAt ||
    before.contactSource !== after.contactSource ||
    externalOf(before) !== externalOf(after) ||
    canonical([before.values, before.provenance]) !== canonical([after.values, after.provenance])
  );
}

const externalOf = ({ identifiers }: Contact) => identifiers.find(({ kind }) => kind === "external")?.value;

type Owned<Thing> = Thing & { readonly owner: ContactRef };

function owned<Thing>(contacts: Iterable<Contact>, pick: (contact: Contact) => readonly Thing[]): Owned<Thing>[] {
  return [...contacts].flatMap((contact) => pick(contact).map((thing) => ({ ...thing, owner: contact.id })));
}

function differenceOfIdentifiers(draft: Draft): { put: OwnedIdentifier[]; drop: DroppedIdentifier[] } {
  const key = ({ kind, value }: Identifier) => `${kind} ${value}`;
  const before = owned(draft.facts.contacts, ({ identifiers }) => identifiers);
  const after = owned(draft.contacts.values(), ({ identifiers }) => identifiers);
  const was = new Map(before.map((identifier) => [key(identifier), identifier]));
  const is = new Map(after.map((identifier) => [key(identifier), identifier]));
  const put = after.flatMap((identifier) => {
    const old = was.get(key(identifier));
    return old?.owner === identifier.owner && old.proof === identifier.proof
      ? []
      : [{ ...identifier, from: old?.owner }];
  });
  return { put, drop: before.filter((identifier) => !is.has(key(identifier))) };
}

function differenceOfChannels(draft: Draft): { put: OwnedChannel[]; drop: DroppedChannel[] } {
  const key = ({ owner, type, value }: Owned<Channel>) => `${owner} ${type} ${value}`;
  const before = owned(draft.facts.contacts, ({ channels }) => channels);
  const after = owned(draft.contacts.values(), ({ channels }) => channels);
  const was = new Map(before.map((channel) => [key(channel), canonical(channel)]));
  const is = new Set(after.map(key));
  return {
    put: after.filter((channel) => was.get(key(channel)) !== canonical(channel)),
    drop: before.filter((channel) => !is.has(key(channel))),
  };
}

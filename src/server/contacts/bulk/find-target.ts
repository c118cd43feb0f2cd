import type { ChannelType } from "../../../contract/contacts.ts";
import type { ContactId, FieldId } from "../../../contract/identifiers.ts";
import type { Transaction } from "../../db/database.ts";
import { normaliseEmail, normalisePhone, type Key } from "../../identity/index.ts";
import type { ContactDescription } from "../contact-input.ts";
import { findByExternalIds, findContactState, type ContactState } from "../store.ts";
import type { BulkOptions } from "./input.ts";
import { findFieldHolders, findSharers } from "./match-store.ts";
import { externalIdOf } from "./row-names.ts";
import type { WaitingRow } from "./store.ts";

/** Whom a row is about. */
export type Aim =
  | { readonly kind: "byExternalId" }
  | { readonly kind: "sharer"; readonly contactId: ContactId }
  | { readonly kind: "nobody" };
/** … or why it is not applied. */
export type Target =
  Aim | { readonly kind: "skip"; readonly reason: string } | { readonly kind: "fail"; readonly reason: string };

interface Deps {
  readonly options: BulkOptions;
  readonly wasErased: (key: Key) => boolean;
}

/** Whom the rows are about, in their order. */
export async function findTargets(tx: Transaction, rows: readonly WaitingRow[], deps: Deps): Promise<Target[]> {
  const externals = rows.flatMap(({ contact }) => externalIdOf(contact) ?? []);
  const known = externals.length === 0 ? new Map<string, ContactState>() : await findByExternalIds(tx, externals);
  const sharers = await findSharersOf(tx, rows, deps.options);
  const targets: Target[] = [];
  for (const [place, { contact }] of rows.entries()) {
    const external = externalIdOf(contact);
    const state = external === undefined ? undefined : known.get(external);
    targets.push(await findTarget(tx, { contact, state, sharer: sharers.get(place) }, deps));
  }
  return targets;
}

interface Looked {
  readonly contact: ContactDescription;
  /** Whoever has the external id. */
  readonly state: ContactState | undefined;
  /** Whoever has the address that tells contacts apart. */
  readonly sharer: ContactId | undefined;
}

async function findTarget(tx: Transaction, { contact, state, sharer }: Looked, deps: Deps): Promise<Target> {
  const { options, wasErased } = deps;
  if (state?.kind === "live") return { kind: "byExternalId" };
  if (state?.kind === "deleted")
    return options.restoreDeleted ? { kind: "byExternalId" } : { kind: "skip", reason: "The contact is deleted." };
  const external = externalIdOf(contact);
  if (external !== undefined && wasErased({ kind: "external", value: external }))
    return { kind: "skip", reason: "erased" };
  const found = sharer === undefined ? await findByUniqueField(tx, contact, options) : aimAt(sharer);
  if (found !== undefined) return found;
  const email = contact.email === undefined ? undefined : normaliseEmail(contact.email);
  if (email !== undefined && wasErased({ kind: "email", value: email })) return { kind: "skip", reason: "erased" };
  return { kind: "nobody" };
}

const aimAt = (contactId: ContactId): Target => ({ kind: "sharer", contactId });

/** By the place of the row: the first of its addresses that somebody has who may be meant. */
async function findSharersOf(
  tx: Transaction,
  rows: readonly WaitingRow[],
  { dedupeOn, fieldId }: BulkOptions,
): Promise<ReadonlyMap<number, ContactId>> {
  if (fieldId !== undefined) return new Map();
  const asked = rows.flatMap(({ contact }, place) =>
    addressesOf(contact, dedupeOn).map((address) => ({
      place,
      address: { ...address, externalCustomerId: externalIdOf(contact) },
    })),
  );
  if (asked.length === 0) return new Map();
  const found = await findSharers(
    tx,
    asked.map(({ address }) => address),
  );
  const sharers = new Map<number, ContactId>();
  for (const [n, { place }] of asked.entries()) {
    const contactId = found.get(n);
    if (contactId !== undefined && !sharers.has(place)) sharers.set(place, contactId);
  }
  return sharers;
}

/** Where it is no address that tells contacts apart. Undefined: nobody has what does. */
async function findByUniqueField(
  tx: Transaction,
  contact: ContactDescription,
  { dedupeOn, fieldId }: BulkOptions,
): Promise<Target | undefined> {
  if (fieldId !== undefined) return findByAdditional(tx, contact, fieldId);
  if (dedupeOn !== "id" || contact.contactId === undefined) return undefined;
  const state = await findContactState(tx, contact.contactId);
  if (state.kind === "live") return aimAt(state.contactId);
  return { kind: "skip", reason: `The contact with this id is ${state.kind}.` };
}

/** Of two people who share a value nobody can say which one is meant. */
async function findByAdditional(
  tx: Transaction,
  contact: ContactDescription,
  fieldId: FieldId,
): Promise<Target | undefined> {
  const value = contact.fields.additional?.[fieldId];
  if (value === undefined || value === null) return undefined;
  const asked = { fieldId, value, externalCustomerId: externalIdOf(contact) };
  const [contactId, another] = await findFieldHolders(tx, asked);
  if (another !== undefined) return { kind: "fail", reason: "Several contacts have this value. (ambiguous)" };
  return contactId === undefined ? undefined : aimAt(contactId);
}

function addressesOf(
  { email, phone, channels }: ContactDescription,
  dedupeOn: BulkOptions["dedupeOn"],
): { readonly type: ChannelType; readonly value: string }[] {
  const byEmail = email === undefined ? [] : [{ type: "email" as const, value: String(normaliseEmail(email)) }];
  const byPhone = phone === undefined ? [] : [{ type: "sms" as const, value: String(normalisePhone(phone)) }];
  switch (dedupeOn) {
    case "email":
      return byEmail;
    case "sms":
      return byPhone;
    case "email_or_sms":
      return [...byPhone, ...byEmail];
    case "push":
      return channels.filter(({ type }) => type === "mobilepush");
    case "webpush":
      return channels.filter(({ type }) => type === "webpush");
    case "id":
    case "fieldId":
    case "externalCustomerId":
      return [];
  }
}

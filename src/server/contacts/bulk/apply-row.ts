import type { BulkField, ChannelType } from "../../../contract/contacts.ts";
import type { ContactId, FieldId } from "../../../contract/identifiers.ts";
import type { Transaction } from "../../db/database.ts";
import {
  findSuppressed,
  isBlockedIdentifier,
  normaliseEmail,
  normalisePhone,
  resolveInTransaction,
  type IdentityDeps,
  type Key,
  type Resolved,
} from "../../identity/index.ts";
import { uuidv7 } from "../../lib/uuid.ts";
import { requestOf, type Caller } from "../contact-calls.ts";
import type { ContactDescription } from "../contact-input.ts";
import { appendContactEvent } from "../event-store.ts";
import type { Additional } from "../field-input.ts";
import { addMembers, removeMembers } from "../group-store.ts";
import { findByExternalId, findContactState } from "../store.ts";
import type { BulkOptions } from "./input.ts";
import { clearChannels, findFieldHolders, findSharer, isHeldByAnother, keepAsChannel } from "./match-store.ts";
import type { RowReport, WaitingRow } from "./store.ts";

export interface RowDeps extends IdentityDeps {
  readonly options: BulkOptions;
  readonly caller: Caller;
  /** Ids of the groups to join and to leave. */
  readonly join: readonly number[];
  readonly leave: readonly number[];
  readonly wasErased: (key: Key) => boolean;
}

type Target =
  | { readonly kind: "byExternalId" }
  | { readonly kind: "sharer"; readonly contactId: ContactId }
  | { readonly kind: "nobody" }
  | { readonly kind: "skip"; readonly reason: string }
  | { readonly kind: "fail"; readonly reason: string };

/** Applies one row in the transaction of its batch. */
export async function applyRow(tx: Transaction, row: WaitingRow, deps: RowDeps): Promise<RowReport> {
  const external = externalIdOf(row.contact);
  const named = { rowIndex: row.rowIndex, ...(external !== undefined && { externalCustomerId: external }) };
  const target = await findTarget(tx, row.contact, deps);
  if (target.kind === "skip") return { ...named, result: "skipped", error: target.reason };
  if (target.kind === "fail") return { ...named, result: "failed", error: target.reason };
  const contact = writable(row.contact, deps.options);
  const shared = target.kind === "sharer" ? await sharedAddresses(tx, contact, target.contactId) : [];
  const { contactId: _asked, ...said } = contact;
  const outcome = await resolveInTransaction(
    tx,
    {
      ...requestOf(
        { ...without(said, shared), ...(target.kind === "sharer" && { contactId: target.contactId }) },
        deps.caller,
      ),
      verb: "upsert",
      contactSource: "IMPORT",
      deleted: deps.options.restoreDeleted ? "restore" : "skip",
    },
    deps,
  );
  if (outcome.kind !== "resolved") {
    const error = outcome.kind === "refused" ? `${outcome.message} (${outcome.code})` : "Not applied.";
    return { ...named, result: "failed", error };
  }
  await keepShared(tx, { contact, shared, contactId: outcome.contactId }, deps);
  const cleared = await clearListed(tx, { contact: row.contact, contactId: outcome.contactId }, deps);
  await joinAndLeave(tx, outcome.contactId, deps);
  await noteNew(tx, { contact, outcome }, deps);
  return { ...named, contactId: outcome.contactId, result: resultOf(outcome, cleared) };
}

function resultOf({ created, restored, changed }: Resolved, cleared: boolean): RowReport["result"] {
  if (created) return "created";
  if (restored) return "restored";
  return changed || cleared ? "updated" : "unchanged";
}

async function findTarget(tx: Transaction, contact: ContactDescription, deps: RowDeps): Promise<Target> {
  const { options, wasErased } = deps;
  const external = externalIdOf(contact);
  if (external !== undefined) {
    const known = await findByExternalId(tx, external);
    if (known.kind === "live") return { kind: "byExternalId" };
    if (known.kind === "deleted")
      return options.restoreDeleted ? { kind: "byExternalId" } : { kind: "skip", reason: "The contact is deleted." };
    if (wasErased({ kind: "external", value: external })) return { kind: "skip", reason: "erased" };
  }
  const sharer = await findByUniqueField(tx, contact, options);
  if (sharer !== undefined) return sharer;
  const email = contact.email === undefined ? undefined : normaliseEmail(contact.email);
  if (email !== undefined && wasErased({ kind: "email", value: email })) return { kind: "skip", reason: "erased" };
  return { kind: "nobody" };
}

/** Undefined: nobody has what tells contacts apart in this upload. */
async function findByUniqueField(
  tx: Transaction,
  contact: ContactDescription,
  { dedupeOn, fieldId }: BulkOptions,
): Promise<Target | undefined> {
  if (fieldId !== undefined) return findByAdditional(tx, contact, fieldId);
  if (dedupeOn === "id") {
    if (contact.contactId === undefined) return undefined;
    const state = await findContactState(tx, contact.contactId);
    if (state.kind === "live") return { kind: "sharer", contactId: state.contactId };
    return { kind: "skip", reason: `The contact with this id is ${state.kind}.` };
  }
  for (const { type, value } of addressesOf(contact, dedupeOn)) {
    const contactId = await findSharer(tx, { type, value, externalCustomerId: externalIdOf(contact) });
    if (contactId !== undefined) return { kind: "sharer", contactId };
  }
  return undefined;
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
  return contactId === undefined ? undefined : { kind: "sharer", contactId };
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

function externalIdOf({ externalCustomerId }: ContactDescription): string | undefined {
  const text = externalCustomerId === undefined ? "" : String(externalCustomerId).trim();
  return text === "" || isBlockedIdentifier(text) ? undefined : text;
}

type Shared = { readonly kind: "email" | "phone"; readonly value: string };

/** Under the rules of an upload nobody is merged who merely shares an address. */
async function sharedAddresses(
  tx: Transaction,
  { email, phone }: ContactDescription,
  contactId: ContactId,
): Promise<Shared[]> {
  const candidates: Shared[] = [
    ...(email === undefined ? [] : [{ kind: "email" as const, value: String(normaliseEmail(email)) }]),
    ...(phone === undefined ? [] : [{ kind: "phone" as const, value: String(normalisePhone(phone)) }]),
  ];
  const shared: Shared[] = [];
  for (const key of candidates) if (await isHeldByAnother(tx, { ...key, contactId })) shared.push(key);
  return shared;
}

function without(contact: ContactDescription, shared: readonly Shared[]): ContactDescription {
  const { email, phone, ...rest } = contact;
  const has = (kind: Shared["kind"]) => shared.some((key) => key.kind === kind);
  return {
    ...rest,
    ...(email !== undefined && !has("email") && { email }),
    ...(phone !== undefined && !has("phone") && { phone }),
  };
}

async function keepShared(
  tx: Transaction,
  { contact, shared, contactId }: { contact: ContactDescription; shared: readonly Shared[]; contactId: ContactId },
  { caller: { now }, secretKey }: RowDeps,
): Promise<void> {
  const emails = shared.flatMap(({ kind, value }) => (kind === "email" ? [value] : []));
  const suppressed = await findSuppressed(tx, secretKey, emails);
  for (const { kind, value } of shared) {
    const status = (kind === "email" ? suppressed.get(value)?.status : undefined) ?? "confirmed";
    const spelling = (kind === "email" ? contact.email : contact.phone) ?? value;
    await keepAsChannel(tx, { contactId, type: kind === "email" ? "email" : "sms", value, spelling, status, now });
  }
}

const COLUMNS = ["firstName", "lastName", "address", "town", "region", "postcode", "languageCode", "timeZone"] as const;

/** Only the fields that are listed are written; a listed one without data is emptied. */
function writable(contact: ContactDescription, options: BulkOptions): ContactDescription {
  const { contactFields, dedupeOn } = options;
  const additional = writableAdditional(contact, options);
  if (contactFields === undefined) return { ...contact, fields: { ...contact.fields, additional } };
  const listed = (field: BulkField) => contactFields.includes(field);
  const fields: Record<string, unknown> = { additional };
  for (const name of COLUMNS) if (listed(name)) fields[name] = contact.fields[name] ?? null;
  if (listed("contactKey")) fields["attributes"] = { contactKey: contact.fields.attributes?.["contactKey"] ?? null };
  const { email, phone, ...rest } = contact;
  // What tells contacts apart is named even when it is not to be written: it finds and makes them.
  const keepsEmail = listed("email") || dedupeOn === "email" || dedupeOn === "email_or_sms";
  const keepsPhone = listed("sms") || dedupeOn === "sms" || dedupeOn === "email_or_sms";
  return {
    ...rest,
    ...(email !== undefined && keepsEmail && { email }),
    ...(phone !== undefined && keepsPhone && { phone }),
    channels: rest.channels.filter(({ type }) => type !== "viber" && listed(type)),
    fields,
  };
}

/** Those that are listed, and the one that tells contacts apart: without it a new contact would not be found again. */
function writableAdditional({ fields }: ContactDescription, { customFields, fieldId }: BulkOptions): Additional {
  return Object.fromEntries(
    Object.entries(fields.additional ?? {}).filter(
      ([id]) => Number(id) === fieldId || customFields.some((field) => field === Number(id)),
    ),
  );
}

async function clearListed(
  tx: Transaction,
  { contact, contactId }: { readonly contact: ContactDescription; readonly contactId: ContactId },
  { options: { contactFields = [], dedupeOn }, caller: { now } }: RowDeps,
): Promise<boolean> {
  const given: Record<string, boolean> = {
    email: contact.email !== undefined || dedupeOn === "email",
    sms: contact.phone !== undefined || dedupeOn === "sms",
    mobilepush: contact.channels.some(({ type }) => type === "mobilepush") || dedupeOn === "push",
    webpush: contact.channels.some(({ type }) => type === "webpush") || dedupeOn === "webpush",
  };
  let cleared = false;
  for (const type of ["email", "sms", "mobilepush", "webpush"] as const)
    if (contactFields.includes(type) && given[type] === false)
      cleared = (await clearChannels(tx, { contactId, type, now })) || cleared;
  return cleared;
}

async function joinAndLeave(tx: Transaction, contactId: ContactId, { join, leave, caller }: RowDeps): Promise<void> {
  if (join.length > 0) await addMembers(tx, { groups: join, contacts: [contactId], now: caller.now });
  if (leave.length > 0) await removeMembers(tx, { groups: leave, contacts: [contactId] });
}

/** One event for each new contact, not for restored ones. */
async function noteNew(
  tx: Transaction,
  { contact: { email, phone }, outcome }: { readonly contact: ContactDescription; readonly outcome: Resolved },
  { options: { eventKey }, caller: { now, siteId } }: RowDeps,
): Promise<void> {
  if (eventKey === undefined || !outcome.created) return;
  const sms = phone === undefined ? "" : String(normalisePhone(phone)).replace("+", "");
  await appendContactEvent(tx, {
    eventId: uuidv7(now),
    siteId,
    contactId: outcome.contactId,
    name: eventKey,
    occurredAt: now,
    receivedAt: now,
    properties: { contactId: outcome.contactId, EmailAddress: email ?? "", SMS: sms },
    context: { keyValue: email ?? sms },
  });
}

import type { ContactId, Instant, SiteId } from "../../contract/identifiers.ts";
import type { Transaction } from "../db/database.ts";
import {
  resolveWithin,
  type Cause,
  type IdentityDeps,
  type IdentityOutcome,
  type IdentityRequest,
  type Resolved,
} from "../identity/index.ts";
import { clearChannels } from "./bulk/match-store.ts";
import type { ContactDescription } from "./contact-input.ts";
import { addMembers, listIds } from "./group-store.ts";

/** Which key called, in which request, when. */
export interface Caller {
  readonly cause: Cause;
  readonly now: Instant;
  /** The site that the key belongs to; null: all of them. */
  readonly siteId: SiteId | null;
}

/** What else belongs into the transaction, once it is known whom the call is about. */
export type Alongside = (tx: Transaction, outcome: Resolved) => Promise<void>;

const SOURCE = "Add contact API method";

export function additionOf(contact: ContactDescription, caller: Caller): IdentityRequest {
  return { ...requestOf(contact, caller), verb: "upsert", contactSource: SOURCE };
}

export function changeOf(contact: ContactDescription, caller: Caller): IdentityRequest {
  return { ...additionOf(contact, caller), deleted: "skip" };
}

/** `POST /contact`: the back end vouches for everything it says. */
export function addOrUpdate(
  deps: IdentityDeps,
  { contact, caller }: { readonly contact: ContactDescription; readonly caller: Caller },
  alongside: Alongside,
): Promise<IdentityOutcome> {
  return resolveWithin(deps, additionOf(contact, caller), async (tx, outcome) => {
    if (outcome.kind !== "resolved") return;
    await joinGroups(tx, { contact, contactId: outcome.contactId, now: caller.now });
    await clearNamed(tx, { contact, contactId: outcome.contactId, now: caller.now });
    await alongside(tx, outcome);
  });
}

/** `PUT /contact/{id}`: never creates, and leaves a deleted contact alone. */
export function updateById(
  deps: IdentityDeps,
  { contact, caller }: { readonly contact: ContactDescription & { contactId: ContactId }; readonly caller: Caller },
  alongside: Alongside,
): Promise<IdentityOutcome> {
  return resolveWithin(deps, changeOf(contact, caller), async (tx, outcome) => {
    if (outcome.kind !== "resolved") return;
    await clearNamed(tx, { contact, contactId: outcome.contactId, now: caller.now });
    await alongside(tx, outcome);
  });
}

export function requestOf(
  { groups: _joined, clearedChannels: _cleared, ...said }: ContactDescription,
  { cause, now }: Caller,
): Omit<IdentityRequest, "verb" | "contactSource"> {
  return { ...said, trust: "server", moment: now, receivedAt: now, cause };
}

async function clearNamed(
  tx: Transaction,
  { contact, contactId, now }: { contact: ContactDescription; contactId: ContactId; now: Instant },
): Promise<void> {
  for (const type of contact.clearedChannels) await clearChannels(tx, { contactId, type, now });
}

/** Adds to the List segments that exist; never removes. */
async function joinGroups(
  tx: Transaction,
  { contact, contactId, now }: { contact: ContactDescription; contactId: ContactId; now: Instant },
): Promise<void> {
  if (contact.groups.length === 0) return;
  const ids = contact.groups.flatMap((group) => ("id" in group ? [group.id] : []));
  const names = contact.groups.flatMap((group) => ("name" in group ? [group.name] : []));
  await addMembers(tx, { groups: await listIds(tx, { ids, names }), contacts: [contactId], now });
}

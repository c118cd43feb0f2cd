import type { ContactId, Instant } from "../../contract/identifiers.ts";
import { timestamp, type Transaction } from "../db/database.ts";
import type { AuditEntry } from "./changes.ts";
import { touched } from "./contact-row.ts";
import type { ContactRef } from "./facts.ts";
import { lockContacts, type ContactRow } from "./locks.ts";
import type { Cause } from "./request.ts";
import { LookAgain, retried } from "./retried.ts";
import type { IdentityDeps } from "./resolve.ts";
import { writeAudit } from "./write-audit.ts";

export interface ContactOrder {
  /** May be one that was merged: the survivor is meant. */
  readonly contactId: ContactId;
  readonly at: Instant;
  readonly cause: Cause;
}

export type DeleteOutcome =
  { readonly kind: "deleted"; readonly contactId: ContactId; readonly changed: boolean } | { readonly kind: "unknown" };

const FIND = `SELECT coalesce(merged_into, contact_id) AS contact_id FROM contact WHERE contact_id = $1`;
const DELETE = `
  UPDATE contact SET status = 'deleted', deleted_at = $2, ${touched("$2")}
  WHERE contact_id = ANY($1::bigint[])`;
const CLOSE = `
  UPDATE binding SET valid_to = greatest(valid_from, $2) WHERE contact_id = ANY($1::bigint[]) AND valid_to IS NULL
  RETURNING contact_id, source_kind, source_id, valid_to`;

/**
 * Out of sight, but restorable by its external id: the row, its keys and its closed stretches stay. Whoever browses on
 * with one of its cookies is nobody from now on.
 */
export function deleteContact(deps: IdentityDeps, order: ContactOrder): Promise<DeleteOutcome> {
  return retried(deps.db, async (tx): Promise<DeleteOutcome> => {
    const contact = await lockSurvivor(tx, order.contactId);
    if (contact === undefined || contact.status === "erased") return { kind: "unknown" };
    const { contactId } = contact;
    if (contact.status === "deleted") return { kind: "deleted", contactId, changed: false };
    await deleteLocked(tx, [contactId], { ...order, secretKey: deps.secretKey });
    return { kind: "deleted", contactId, changed: true };
  });
}

export type ManyContacts = Omit<ContactOrder, "contactId"> & { readonly contactIds: readonly ContactId[] };

/**
 * The same for several in a transaction of the caller's, which must be retried as a whole: see `retried`. Answers those
 * that were live until now. Those that were merged are left alone: who survived them was not named.
 */
export async function deleteTogether(
  tx: Transaction,
  order: ManyContacts,
  { secretKey }: Pick<IdentityDeps, "secretKey">,
): Promise<ContactId[]> {
  const locked = await lockContacts(tx, order.contactIds);
  const live = locked.filter(({ status }) => status === "live").map(({ contactId }) => contactId);
  if (live.length > 0) await deleteLocked(tx, live, { ...order, secretKey });
  return live;
}

type Deletion = Pick<ContactOrder, "at" | "cause"> & Pick<IdentityDeps, "secretKey">;

async function deleteLocked(tx: Transaction, contactIds: readonly ContactId[], around: Deletion): Promise<void> {
  const at = timestamp(around.at);
  await tx.query(DELETE, [contactIds, at]);
  const closed = await tx.query<Closed>(CLOSE, [contactIds, at]);
  const entries = contactIds.flatMap((contact): AuditEntry[] => [
    { action: "delete", contact },
    ...closed
      .filter(({ contactId }) => contactId === contact)
      .map(({ sourceKind, sourceId, validTo }): AuditEntry => ({
        action: "close",
        contact,
        source: { kind: sourceKind, id: sourceId },
        after: { validTo },
      })),
  ]);
  await writeAudit(tx, entries, { ...around, idOf: known });
}

interface Closed {
  readonly contactId: ContactId;
  readonly sourceKind: "visitor" | "device";
  readonly sourceId: string;
  readonly validTo: Instant;
}

/** Nobody is made here. */
function known(ref: ContactRef): ContactId {
  if (ref === "new") throw new Error("A deletion makes no contact.");
  return ref;
}

/** Locks the contact that an id means today. */
export async function lockSurvivor(tx: Transaction, asked: ContactId): Promise<ContactRow | undefined> {
  const contactId = await findSurvivor(tx, asked);
  if (contactId === undefined) return undefined;
  const [contact] = await lockContacts(tx, [contactId]);
  // Merged while we waited for its lock.
  if (contact === undefined) throw new LookAgain();
  return contact;
}

/** Whom an id means today, redirects followed. */
export async function findSurvivor(tx: Transaction, asked: ContactId): Promise<ContactId | undefined> {
  const [found] = await tx.query<{ contactId: ContactId }>(FIND, [asked]);
  return found?.contactId;
}

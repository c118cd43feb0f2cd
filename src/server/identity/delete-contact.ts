import type { ContactId, Instant } from "../../contract/identifiers.ts";
import { timestamp, type Transaction } from "../db/database.ts";
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
  UPDATE contact SET status = 'deleted', deleted_at = $2, version = version + 1,
    updated_at = greatest(updated_at + interval '1 microsecond', $2)
  WHERE contact_id = $1`;
const CLOSE = `
  UPDATE binding SET valid_to = greatest(valid_from, $2) WHERE contact_id = $1 AND valid_to IS NULL
  RETURNING source_kind, source_id, valid_to`;

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
    await tx.query(DELETE, [contactId, timestamp(order.at)]);
    const closed = await tx.query<{ sourceKind: "visitor" | "device"; sourceId: string; validTo: Instant }>(CLOSE, [
      contactId,
      timestamp(order.at),
    ]);
    const closings = closed.map(({ sourceKind, sourceId, validTo }) => ({
      action: "close" as const,
      contact: contactId,
      source: { kind: sourceKind, id: sourceId },
      after: { validTo },
    }));
    await writeAudit(tx, [{ action: "delete", contact: contactId }, ...closings], {
      secretKey: deps.secretKey,
      at: order.at,
      cause: order.cause,
      idOf: () => contactId,
    });
    return { kind: "deleted", contactId, changed: true };
  });
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

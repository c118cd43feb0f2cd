import type { ContactId } from "../../contract/identifiers.ts";
import type { Transaction } from "../db/database.ts";

/** In the transaction of an erasure: which groups and categories the contacts were in. */
export async function forgetMemberships(tx: Transaction, contactIds: readonly ContactId[]): Promise<void> {
  await tx.query("DELETE FROM segment_member WHERE contact_id = ANY($1::bigint[])", [contactIds]);
  await tx.query("DELETE FROM contact_category WHERE contact_id = ANY($1::bigint[])", [contactIds]);
}

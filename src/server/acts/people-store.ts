import type { ContactId } from "../../contract/identifiers.ts";
import type { Transaction } from "../db/database.ts";
import { LookAgain } from "../identity/index.ts";

type Status = "live" | "deleted" | "erased" | "merged";

export interface Person {
  readonly contactId: ContactId;
  readonly status: Status;
  readonly externalCustomerId: string | null;
}

/** What has become of these contacts by now; those that never were are left out. */
export async function findPeople(
  tx: Transaction,
  contactIds: readonly ContactId[],
): Promise<ReadonlyMap<ContactId, Person>> {
  const rows = await tx.query<Person>(
    "SELECT contact_id, status, external_customer_id FROM contact WHERE contact_id = ANY($1::bigint[])",
    [contactIds],
  );
  return new Map(rows.map((row) => [row.contactId, row]));
}

/**
 * Whom these ids mean today, redirects followed, each under a lock that keeps them as they are until the transaction
 * ends; ids that never were are left out.
 */
export async function holdSurvivors(
  tx: Transaction,
  contactIds: readonly ContactId[],
): Promise<ReadonlyMap<ContactId, Pick<Person, "contactId" | "status">>> {
  const leads = await tx.query<{ contactId: ContactId; survivorId: ContactId }>(
    `SELECT contact_id, coalesce(merged_into, contact_id) AS survivor_id FROM contact
     WHERE contact_id = ANY($1::bigint[])`,
    [contactIds],
  );
  const held = await tx.query<Pick<Person, "contactId" | "status">>(
    "SELECT contact_id, status FROM contact WHERE contact_id = ANY($1::bigint[]) ORDER BY contact_id FOR SHARE",
    [leads.map(({ survivorId }) => survivorId)],
  );
  // Merged while we waited for its lock.
  if (held.some(({ status }) => status === "merged")) throw new LookAgain();
  const bySurvivor = new Map(held.map((row) => [row.contactId, row]));
  return new Map(
    leads.flatMap(({ contactId, survivorId }) => {
      const person = bySurvivor.get(survivorId);
      return person === undefined ? [] : [[contactId, person]];
    }),
  );
}

import type { ContactId } from "../../contract/identifiers.ts";
import type { Transaction } from "../db/database.ts";

/** In the transaction of an erasure: what the person's devices said about themselves, but for those that changed hands. */
export async function forgetDevices(
  tx: Transaction,
  { deviceIds, contactIds }: { readonly deviceIds: readonly string[]; readonly contactIds: readonly ContactId[] },
): Promise<void> {
  await tx.query(
    `DELETE FROM device WHERE device_id = ANY($1::text[]) AND NOT EXISTS (
       SELECT FROM binding WHERE source_kind = 'device' AND source_id = device_id
         AND valid_to IS NULL AND contact_id <> ALL ($2::bigint[]))`,
    [deviceIds, contactIds],
  );
}

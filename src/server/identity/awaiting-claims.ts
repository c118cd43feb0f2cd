import type { ContactId } from "../../contract/identifiers.ts";
import { timestamp, type Transaction } from "../db/database.ts";
import type { NormalRequest } from "./normal-request.ts";

// Browsers that said so while nobody held it, and that are nobody's still. The external id goes first: a claim that
// names another one means somebody else.
const FIND = `
  SELECT DISTINCT visitor_id FROM (
    SELECT * FROM pending_claim WHERE awaits_contact AND external_customer_id = $1
    UNION ALL SELECT * FROM pending_claim WHERE awaits_contact AND email = $2
    UNION ALL SELECT * FROM pending_claim WHERE awaits_contact AND phone = $3) claim
  WHERE expires_at > $4 AND (external_customer_id IS NULL OR external_customer_id = $1)
    AND NOT EXISTS (SELECT FROM binding
      WHERE source_kind = 'visitor' AND source_id = claim.visitor_id AND valid_to IS NULL)
  ORDER BY visitor_id LIMIT 100`;

/** The visitors whose claims meant the contact that a back end has just made. */
export async function findAwaiting(tx: Transaction, request: NormalRequest): Promise<readonly string[]> {
  const { external, email, phone, receivedAt, visitorIds } = request;
  const rows = await tx.queryNamed<{ visitorId: string }>("identity awaiting claims", FIND, [
    external ?? null,
    email?.value ?? null,
    phone?.value ?? null,
    timestamp(receivedAt),
  ]);
  return rows.map(({ visitorId }) => visitorId).filter((visitorId) => !visitorIds.includes(visitorId));
}

/** Ties these visitors to the contact, and says nothing else about it. */
export function attaching(contactId: ContactId, visitorIds: readonly string[], request: NormalRequest) {
  const { moment, receivedAt, contactSource, cause } = request;
  return { trust: "server", verb: "upsert", contactId, visitorIds, moment, receivedAt, contactSource, cause } as const;
}

import type { ContactId, Instant } from "../../contract/identifiers.ts";
import { timestamp, type Transaction } from "../db/database.ts";
import { lockKeys } from "./locks.ts";
import type { Cause } from "./request.ts";

export interface Logout {
  readonly visitorId: string;
  /** Corrected time of the message. */
  readonly moment: Instant;
  readonly cause: Cause;
}

// A logout older than the binding lay in an offline queue: it speaks of somebody before.
const CLOSE = `
  WITH closed AS (
    UPDATE binding SET valid_to = greatest(valid_from, $2)
    WHERE source_kind = 'visitor' AND source_id = $1 AND valid_to IS NULL AND bound_at <= $2
    RETURNING contact_id, valid_to
  )
  INSERT INTO identity_audit (at, action, contact_id, source_kind, source_id, after, reason, actor, request_id, site_id, url)
  SELECT $2, 'close', contact_id, 'visitor', $1, jsonb_build_object('validTo', (extract(epoch FROM valid_to) * 1000)::float8),
    'logout', $3, $4, $5, $6 FROM closed
  RETURNING contact_id`;

/** The person leaves this browser: what comes after belongs to nobody until somebody is named. */
export async function closeVisitor(tx: Transaction, logout: Logout): Promise<ContactId | undefined> {
  const { visitorId, moment, cause } = logout;
  await lockKeys(tx, [{ kind: "visitor", value: visitorId }]);
  const [closed] = await tx.queryNamed<{ contactId: ContactId }>("identity logout", CLOSE, [
    visitorId,
    timestamp(moment),
    cause.actor,
    cause.requestId,
    cause.siteId ?? null,
    cause.url ?? null,
  ]);
  return closed?.contactId;
}

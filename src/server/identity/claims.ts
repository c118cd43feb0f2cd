import type { Instant } from "../../contract/identifiers.ts";
import { timestamp, type Queryable } from "../db/database.ts";
import type { Cause } from "./request.ts";
import type { IdentityDeps } from "./resolve.ts";

const DROP = `
  WITH dropped AS (DELETE FROM pending_claim WHERE claim_id = $1 RETURNING visitor_id)
  INSERT INTO identity_audit (at, action, source_kind, source_id, reason, actor, request_id, site_id)
  SELECT $2, 'claim-dropped', 'visitor', visitor_id, 'dismissed', $3, $4, $5 FROM dropped RETURNING 1`;

/** An admin, or whoever reads the mailbox, dismisses a claim. Answers whether it was still there. */
export async function dropClaim(
  { db }: { readonly db: Queryable },
  { claimId, at, cause }: { readonly claimId: number; readonly at: Instant; readonly cause: Cause },
): Promise<boolean> {
  const { actor, requestId, siteId } = cause;
  return (await db.query(DROP, [claimId, timestamp(at), actor, requestId, siteId ?? null])).length > 0;
}

const EXPIRE = `
  WITH dropped AS (DELETE FROM pending_claim WHERE expires_at <= $1 RETURNING claim_id)
  INSERT INTO identity_audit (at, action, reason, actor, request_id)
  SELECT $1, 'claim-dropped', 'expired', 'retention', claim_id::text FROM dropped RETURNING 1`;
const FORGET_TOKENS = `DELETE FROM used_token WHERE expires_at <= $1`;

/** What nobody proved in time is gone. To be called hourly; answers how many claims went. */
export async function expireClaims({ db }: Pick<IdentityDeps, "db">, now: Instant): Promise<number> {
  await db.query(FORGET_TOKENS, [timestamp(now)]);
  return (await db.query(EXPIRE, [timestamp(now)])).length;
}

const FORGET_SNAPSHOTS = `
  UPDATE merge_log SET winner_before = NULL, loser_before = NULL WHERE merged_at < $1 AND loser_before IS NOT NULL
  RETURNING 1`;

/** A merge can be undone as long as its snapshots are kept; they hold personal data, so that ends. */
export async function forgetMergeSnapshots({ db }: Pick<IdentityDeps, "db">, olderThan: Instant): Promise<number> {
  return (await db.query(FORGET_SNAPSHOTS, [timestamp(olderThan)])).length;
}

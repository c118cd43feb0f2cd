import type { ContactId, Instant } from "../../contract/identifiers.ts";
import type { Transaction } from "../db/database.ts";
import { keysOf, lockKeys } from "./locks.ts";
import { normaliseRequest } from "./normal-request.ts";
import type { Cause, ContactFields, IdentityOutcome, IdentityRequest } from "./request.ts";
import { retried } from "./retried.ts";
import { resolveInTransaction, settingsOf, type IdentityDeps, type Within } from "./resolve.ts";
import { foldValues, type Values } from "./values.ts";

/** A mailed token came back: whoever reads this mailbox says yes to the request it was sent for. */
export interface MailboxProof {
  readonly email: string;
  /** The claim that waits for this proof. Gone meanwhile: the mailbox is proven all the same. */
  readonly claimId?: number | null | undefined;
  /** The contact whose address was asked about; redirects are followed, a deleted one is not revived. */
  readonly contactId?: ContactId | null | undefined;
  readonly at: Instant;
  readonly cause: Cause;
}

/**
 * Confirms the address for its contact and applies the waiting claim, at the moment it was made. It proves the mailbox
 * only: an external id or a phone that was claimed beside it stays unproven. `within` runs in the same transaction.
 */
export function proveClaim(deps: IdentityDeps, proof: MailboxProof, within?: Within): Promise<IdentityOutcome> {
  return retried(deps.db, async (tx) => {
    const outcome = await proveClaimInTransaction(tx, proof, deps);
    await within?.(tx, outcome);
    return outcome;
  });
}

async function proveClaimInTransaction(
  tx: Transaction,
  proof: MailboxProof,
  deps: Pick<IdentityDeps, "secretKey" | "identity">,
): Promise<IdentityOutcome> {
  const settings = settingsOf(deps);
  const seen = proof.claimId == null ? undefined : await findClaim(tx, proof.claimId);
  const normal = normaliseRequest(requestOf(proof, { claim: seen, contactId: undefined }), settings);
  if ("kind" in normal) return normal;
  await lockKeys(tx, keysOf(normal));
  // Under the locks: meanwhile the visitor may have been proven to be somebody else, which dropped the claim.
  const claim = seen && proof.claimId != null ? await findClaim(tx, proof.claimId) : undefined;
  const contactId = proof.contactId == null ? undefined : await findLive(tx, proof.contactId);
  return resolveInTransaction(tx, requestOf(proof, { claim, contactId }), deps);
}

function requestOf(
  proof: MailboxProof,
  { claim, contactId }: { claim: StoredClaim | undefined; contactId: ContactId | undefined },
): IdentityRequest {
  return {
    trust: "mail",
    verb: "subscribe",
    contactId,
    email: proof.email,
    phone: claim?.phone,
    visitorIds: claim ? [claim.visitorId] : [],
    fields: claim && contactFieldsOf(claim.fields),
    moment: claim?.claimedAt ?? proof.at,
    receivedAt: proof.at,
    contactSource: "SUBSCRIPTION",
    cause: proof.cause,
  };
}

function contactFieldsOf(fields: Values): ContactFields {
  const { columns, attributes } = foldValues(fields);
  return { ...columns, attributes };
}

interface StoredClaim {
  readonly visitorId: string;
  readonly phone: string | null;
  readonly claimedAt: Instant;
  readonly fields: Values;
}

const FIND_CLAIM = `SELECT visitor_id, phone, claimed_at, fields FROM pending_claim WHERE claim_id = $1`;

async function findClaim(tx: Transaction, claimId: number): Promise<StoredClaim | undefined> {
  const [row] = await tx.query<StoredClaim>(FIND_CLAIM, [claimId]);
  return row;
}

const FIND_LIVE = `
  SELECT survivor.contact_id FROM contact asked
  JOIN contact survivor ON survivor.contact_id = coalesce(asked.merged_into, asked.contact_id)
  WHERE asked.contact_id = $1 AND survivor.status = 'live'`;

async function findLive(tx: Transaction, contactId: ContactId): Promise<ContactId | undefined> {
  const [row] = await tx.query<{ contactId: ContactId }>(FIND_LIVE, [contactId]);
  return row?.contactId;
}

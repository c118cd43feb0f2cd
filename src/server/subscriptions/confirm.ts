import { dropClaim, proveClaim, retried } from "../identity/index.ts";
import { appendSubscribed, liftUnsubscribed, unsubscribeAddress, type Act } from "./consent-store.ts";
import { planConfirmation } from "./rules.ts";
import { findOptinRequest, markConfirmed, removeWaitingRequest, type StoredOptinRequest } from "./store.ts";
import type { SubscriptionDeps } from "./subscribe.ts";
import { hashOfToken, keyedHash } from "./token.ts";

/** The request a link belongs to. Undefined: forged, expired, replaced or refused, which nobody can tell apart. */
export async function findByLink(deps: SubscriptionDeps, token: string): Promise<StoredOptinRequest | undefined> {
  const tokenHash = hashOfToken(token);
  const request = tokenHash && (await findOptinRequest(deps.db, tokenHash));
  return planConfirmation(request, deps.clock()).kind === "unknown" ? undefined : request;
}

/** Two clicks at once: the other one was first. Rolls this one back. */
class AlreadyConfirmed extends Error {}

/**
 * The owner of the mailbox says yes: the address is proven, a waiting claim takes effect at the moment it was made, and
 * the proof of consent is written. Repeated, it changes nothing and answers the same.
 */
export async function carryOutConfirmation(
  deps: SubscriptionDeps,
  { token, act }: { token: string; act: Act },
): Promise<StoredOptinRequest | undefined> {
  const request = await findByLink(deps, token);
  if (request === undefined || request.confirmedAt !== null) return request;
  try {
    await confirm(deps, request, act);
  } catch (error) {
    if (!(error instanceof AlreadyConfirmed)) throw error;
    // Confirmed, replaced or refused meanwhile: what stands now is the answer.
    return findByLink(deps, token);
  }
  return request;
}

async function confirm(deps: SubscriptionDeps, request: StoredOptinRequest, act: Act): Promise<void> {
  const { optinRequestId, email, claimId, contactId, messageId, siteId } = request;
  const cause = { actor: "mail recipient", requestId: messageId, siteId };
  // Identity takes its locks before the request's row is touched: the same order as in a new `subscribe`.
  await proveClaim(deps, { email, claimId, contactId, at: act.at, cause }, async (tx, outcome) => {
    if (outcome.kind !== "resolved") throw new Error(`A confirmed address was answered "${outcome.kind}".`);
    if (!(await markConfirmed(tx, optinRequestId, act.at))) throw new AlreadyConfirmed();
    await appendSubscribed(tx, { optinRequestId, contactId: outcome.contactId, act });
    await liftUnsubscribed(tx, keyedHash(deps.secretKey)("address", email));
  });
}

/** The request goes, and with it what the browser claimed: who reads the mailbox says that it is not theirs. */
function dropWaiting(deps: SubscriptionDeps, request: StoredOptinRequest, { at }: Act): Promise<boolean> {
  const { optinRequestId, claimId, messageId, siteId } = request;
  return retried(deps.db, async (tx) => {
    const dropped = await removeWaitingRequest(tx, optinRequestId);
    const cause = { actor: "mail recipient", requestId: messageId, siteId };
    if (dropped && claimId !== null) await dropClaim({ db: tx }, { claimId, at, cause });
    return dropped;
  });
}

/**
 * "It was not me": the request is deleted. When somebody had confirmed it before, mail to the address ends instead.
 */
export async function carryOutRefusal(
  deps: SubscriptionDeps,
  { token, act }: { token: string; act: Act },
): Promise<StoredOptinRequest | undefined> {
  const request = await findByLink(deps, token);
  if (request === undefined) return undefined;
  if (await dropWaiting(deps, request, act)) return request;
  const confirmed = await findByLink(deps, token);
  // Gone: the same page was sent twice, and the other one deleted the request.
  if (confirmed === undefined) return request;
  const addressHash = keyedHash(deps.secretKey)("address", request.email);
  await retried(deps.db, (tx) => unsubscribeAddress(tx, { email: request.email, addressHash, act }));
  return confirmed;
}

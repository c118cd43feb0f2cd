import { timestamp, type Transaction } from "../db/database.ts";
import type { Instant, SiteId } from "../../contract/identifiers.ts";
import { verifyIdentityToken, type TokenFault, type VouchedIdentity } from "./identity-token.ts";
import { keyedHash } from "./keyed-hash.ts";
import { lockKeys } from "./locks.ts";
import { normaliseExternalId } from "./normalise.ts";
import type { IdentityOutcome, IdentityRequest } from "./request.ts";
import { resolveInTransaction, type IdentityDeps, type Within } from "./resolve.ts";
import { retried } from "./retried.ts";

/** What somebody said along with an identity token. Who it is says the token; the rest counts as unsigned. */
export interface SignedMessage {
  readonly token: string | undefined;
  /** Whose keys may have signed. Null: those of any site. */
  readonly siteId: SiteId | null;
  /** Whoever sent it: the browser's visitor id, the app's device id. */
  readonly sourceId: string;
  readonly receivedAt: Instant;
  readonly request: Omit<IdentityRequest, "trust" | "emailFrom" | "receivedAt">;
}

export type SignedOutcome = IdentityOutcome | { readonly kind: "rejected"; readonly reason: TokenFault };

/** Ties a browser or an app to the person whom the site's back end vouches for. */
export async function resolveSigned(
  deps: IdentityDeps,
  message: SignedMessage,
  within?: Within,
): Promise<SignedOutcome> {
  const { token, siteId, sourceId, receivedAt } = message;
  const verdict = await verifyIdentityToken(deps, { token, siteId, sourceId, now: receivedAt });
  if (verdict.kind === "rejected") return verdict;
  if (!agree(verdict.identity, message.request)) return { kind: "rejected", reason: "wrong_person" };
  return retried(deps.db, async (tx) => {
    const outcome = await carryOut(tx, { deps, message, identity: verdict.identity });
    await within?.(tx, outcome);
    return outcome;
  });
}

/** A page or app that says another name than its token has mixed two people up: neither is believed. */
function agree(vouched: VouchedIdentity, { externalCustomerId: said }: SignedMessage["request"]): boolean {
  if (said === undefined || said === null || String(said).trim() === "") return true;
  return normaliseExternalId(said) === normaliseExternalId(vouched.externalCustomerId);
}

interface Carrying {
  readonly deps: IdentityDeps;
  readonly message: SignedMessage;
  readonly identity: VouchedIdentity;
}

async function carryOut(tx: Transaction, { deps, message, identity }: Carrying): Promise<IdentityOutcome> {
  const { request, receivedAt } = message;
  const { externalCustomerId, email } = identity;
  const token = keyedHash(deps.secretKey, "token", `${identity.siteId} ${identity.tokenId}`);
  const fresh = (await tx.query(USE_TOKEN, [token, timestamp(identity.expiresAt)])).length > 0;
  if (!fresh && !(await isKnownAs(tx, message, identity))) return { kind: "nothing" };
  const outcome = await resolveInTransaction(
    tx,
    {
      ...request,
      trust: "signed",
      externalCustomerId,
      email: email ?? request.email,
      emailFrom: email === undefined ? "message" : "token",
      receivedAt,
    },
    deps,
  );
  // Nothing came of it: the same token may come again with what was wrong put right.
  if (fresh && outcome.kind === "refused") await tx.query("DELETE FROM used_token WHERE token_hash = $1", [token]);
  return outcome;
}

const USE_TOKEN = `
  INSERT INTO used_token (token_hash, expires_at) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING 1 AS one`;

const IS_KNOWN_AS = `
  SELECT 1 AS one FROM binding b JOIN identifier i USING (contact_id)
  WHERE b.source_id = $1 AND b.source_kind IN ('visitor', 'device') AND b.valid_to IS NULL
    AND i.kind = 'external' AND i.value = $2`;

/**
 * A token used before proves nothing any more, and needs not to while its browser or app is still that person's: what
 * comes with it, such as a profile right after the login of an app, is not to be lost.
 */
async function isKnownAs(
  tx: Transaction,
  { sourceId, request }: SignedMessage,
  { externalCustomerId }: VouchedIdentity,
): Promise<boolean> {
  // Nobody else may turn up there between this look and what follows from it.
  await lockKeys(tx, [{ kind: request.deviceId === undefined ? "visitor" : "device", value: sourceId }]);
  return (await tx.query(IS_KNOWN_AS, [sourceId, externalCustomerId.trim()])).length > 0;
}

import { timestamp, type Transaction } from "../db/database.ts";
import type { Instant, SiteId } from "../../contract/identifiers.ts";
import { verifyIdentityToken, type TokenFault, type VouchedIdentity } from "./identity-token.ts";
import { keyedHash } from "./keyed-hash.ts";
import type { Cause, ContactFields, IdentityOutcome } from "./request.ts";
import { resolveInTransaction, type IdentityDeps, type Within } from "./resolve.ts";
import { retried } from "./retried.ts";

/** An `identify` message that came with a token. */
export interface SignedMessage {
  readonly token: string | undefined;
  readonly site: { readonly siteId: SiteId; readonly siteKey: string };
  readonly visitorId: string;
  readonly fields?: ContactFields | undefined;
  readonly moment: Instant;
  readonly receivedAt: Instant;
  readonly cause: Cause;
}

export type SignedOutcome = IdentityOutcome | { readonly kind: "rejected"; readonly reason: TokenFault };

/**
 * Ties a browser to the person whom the site's back end vouches for. Of the message only the fields count; who it is
 * says the token alone. The same token a second time does nothing.
 */
export async function resolveSigned(
  deps: IdentityDeps,
  message: SignedMessage,
  within?: Within,
): Promise<SignedOutcome> {
  const { token, site, visitorId, receivedAt } = message;
  const verdict = await verifyIdentityToken(deps, { token, ...site, visitorId, now: receivedAt });
  if (verdict.kind === "rejected") return verdict;
  return retried(deps.db, async (tx) => {
    const outcome = await carryOut(tx, { deps, message, identity: verdict.identity });
    await within?.(tx, outcome);
    return outcome;
  });
}

interface Carrying {
  readonly deps: IdentityDeps;
  readonly message: SignedMessage;
  readonly identity: VouchedIdentity;
}

const USE_TOKEN = `
  INSERT INTO used_token (token_hash, expires_at) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING 1`;

async function carryOut(tx: Transaction, { deps, message, identity }: Carrying): Promise<IdentityOutcome> {
  const { externalCustomerId, email, visitorId, tokenId, expiresAt } = identity;
  const hash = keyedHash(deps.secretKey, "token", `${message.site.siteId} ${tokenId}`);
  const used = await tx.query(USE_TOKEN, [hash, timestamp(expiresAt)]);
  if (used.length === 0) return { kind: "nothing" };
  return resolveInTransaction(
    tx,
    {
      trust: "signed",
      verb: "identify",
      externalCustomerId,
      email,
      visitorIds: [visitorId],
      fields: message.fields,
      moment: message.moment,
      receivedAt: message.receivedAt,
      contactSource: "TRACKER",
      cause: message.cause,
    },
    deps,
  );
}

import { hkdfSync } from "node:crypto";
import { decodeProtectedHeader, errors, importJWK, jwtVerify, type JWK } from "jose";
import type { Instant, SiteId } from "../../contract/identifiers.ts";
import type { Queryable } from "../db/database.ts";

/** Milliseconds a token may be good for: a leaked one must be worthless soon. */
const LONGEST_LIFE = 15 * 60 * 1000;

/** What a site's back end vouches for: this browser is that person's. */
export interface VouchedIdentity {
  readonly externalCustomerId: string;
  readonly email?: string;
  readonly visitorId: string;
  readonly tokenId: string;
  readonly expiresAt: Instant;
}

export type TokenVerdict =
  | { readonly kind: "vouched"; readonly identity: VouchedIdentity }
  | { readonly kind: "rejected"; readonly reason: TokenFault };
export type TokenFault =
  | "missing"
  | "malformed"
  | "unknown_key"
  | "bad_signature"
  | "expired"
  | "too_long"
  | "wrong_site"
  | "wrong_visitor"
  | "incomplete";

export interface TokenCheck {
  readonly token: string | undefined;
  readonly siteId: SiteId;
  /** What `aud` has to be: the public key of the site. */
  readonly siteKey: string;
  /** The browser that sent the token. */
  readonly visitorId: string;
  readonly now: Instant;
}

interface IdentityKey {
  readonly keyId: string;
  readonly algorithm: "HS256" | "EdDSA";
  readonly publicJwk: JWK | null;
}

const FIND_KEY = `
  SELECT key_id, algorithm, public_jwk FROM identity_key WHERE key_id = $1 AND site_id = $2 AND revoked_at IS NULL`;

/**
 * Checks an identity token: signed by a key of this site with the algorithm that belongs to the key (never the one the
 * token wishes), for this site and this very browser, young. An empty token is a missing one, not "no check".
 */
export async function verifyIdentityToken(
  deps: { readonly db: Queryable; readonly secretKey: string },
  check: TokenCheck,
): Promise<TokenVerdict> {
  if (check.token === undefined || check.token.trim() === "") return rejected("missing");
  const keyId = keyIdIn(check.token);
  if (keyId === undefined) return rejected("malformed");
  const [key] = await deps.db.query<IdentityKey>(FIND_KEY, [keyId, check.siteId]);
  if (key === undefined) return rejected("unknown_key");
  try {
    const { payload } = await jwtVerify(check.token, await keyFor(key, deps.secretKey), {
      algorithms: [key.algorithm],
      audience: check.siteKey,
      currentDate: new Date(check.now),
      requiredClaims: ["sub", "vid", "iat", "exp", "jti"],
    });
    return judge(payload, check);
  } catch (error) {
    return rejected(faultOf(error));
  }
}

function keyIdIn(token: string): string | undefined {
  try {
    return decodeProtectedHeader(token).kid;
  } catch {
    return undefined;
  }
}

function keyFor(key: IdentityKey, secretKey: string) {
  return key.publicJwk === null ? signingSecret(secretKey, key.keyId) : importJWK(key.publicJwk, "EdDSA");
}

/** The secret of an HS256 key: shown to the site's admin, derived each time, kept nowhere. */
export function signingSecret(secretKey: string, keyId: string): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", secretKey, "", `identity token ${keyId}`, 32));
}

function judge(payload: Readonly<Record<string, unknown>>, check: TokenCheck): TokenVerdict {
  const { sub, vid, jti, exp, iat, email } = payload;
  if (typeof sub !== "string" || typeof jti !== "string" || typeof exp !== "number" || typeof iat !== "number") {
    return rejected("incomplete");
  }
  if (vid !== check.visitorId) return rejected("wrong_visitor");
  if ((exp - iat) * 1000 > LONGEST_LIFE || exp * 1000 > check.now + LONGEST_LIFE) return rejected("too_long");
  return {
    kind: "vouched",
    identity: {
      externalCustomerId: sub,
      ...(typeof email === "string" && email.trim() !== "" && { email }),
      visitorId: check.visitorId,
      tokenId: jti,
      expiresAt: exp * 1000,
    },
  };
}

function rejected(reason: TokenFault): TokenVerdict {
  return { kind: "rejected", reason };
}

function faultOf(error: unknown): TokenFault {
  if (error instanceof errors.JWTExpired) return "expired";
  if (error instanceof errors.JWTClaimValidationFailed) return error.claim === "aud" ? "wrong_site" : "incomplete";
  if (error instanceof errors.JWSSignatureVerificationFailed || error instanceof errors.JOSEAlgNotAllowed)
    return "bad_signature";
  if (error instanceof errors.JOSEError || error instanceof TypeError) return "malformed";
  throw error;
}

import { hkdfSync } from "node:crypto";
import { decodeProtectedHeader, errors, importJWK, jwtVerify, type JWK } from "jose";
import type { Instant, SiteId } from "../../contract/identifiers.ts";
import type { Queryable } from "../db/database.ts";

/** Milliseconds a token may be good for: a leaked one must be worthless soon. */
const LONGEST_LIFE = 15 * 60 * 1000;
/** Milliseconds that the clock of the site's back end may be ahead of ours. */
const AHEAD = 60 * 1000;

/** What a site's back end vouches for: this browser, or this installation of its app, is that person's. */
export interface VouchedIdentity {
  readonly siteId: SiteId;
  readonly externalCustomerId: string;
  readonly email?: string;
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
  | "wrong_person"
  | "incomplete";

/** Why a token is not believed, for whoever builds the site's back end. */
export const FAULT_SENTENCES: Readonly<Record<TokenFault, string>> = {
  missing: "There is no identity token.",
  malformed: "The identity token is not a JWT that can be read.",
  unknown_key: "The identity token's kid names no working identity key of this site.",
  bad_signature: "The identity token's signature is not that of its key and algorithm.",
  expired: "The identity token has expired.",
  too_long: "The identity token lives longer than 15 minutes.",
  wrong_site: "The identity token's aud is not the key of this site.",
  wrong_visitor: "The identity token's vid is not the visitor or device that sent it.",
  wrong_person: "The identity token is about another person than the externalCustomerId beside it.",
  incomplete: "The identity token lacks one of sub, vid, iat, exp and jti, or it is of a wrong type.",
};

export interface TokenCheck {
  readonly token: string | undefined;
  /** Whose keys may have signed it. Null: those of any site, for a caller that speaks for all of them. */
  readonly siteId: SiteId | null;
  /** Whoever sent the token: the browser's visitor id, the app's device id. It has to be the token's `vid`. */
  readonly sourceId: string;
  readonly now: Instant;
}

interface SigningKey {
  readonly keyId: string;
  readonly algorithm: "HS256" | "EdDSA";
  readonly publicJwk: JWK | null;
  readonly siteId: SiteId;
  /** What `aud` has to be. */
  readonly siteKey: string;
}

const FIND_KEY = `
  SELECT key_id, algorithm, public_jwk, site_id, site_key FROM identity_key JOIN site USING (site_id)
  WHERE key_id = $1 AND ($2::integer IS NULL OR site_id = $2) AND revoked_at IS NULL`;

/**
 * Checks an identity token: signed by a key of this site with the algorithm that belongs to the key (never the one the
 * token wishes), for this site and this very browser or app, young. An empty token is a missing one, not "no check".
 */
export async function verifyIdentityToken(
  deps: { readonly db: Queryable; readonly secretKey: string },
  check: TokenCheck,
): Promise<TokenVerdict> {
  if (check.token === undefined || check.token.trim() === "") return rejected("missing");
  const keyId = keyIdIn(check.token);
  if (keyId === undefined) return rejected("malformed");
  const [key] = await deps.db.query<SigningKey>(FIND_KEY, [keyId, check.siteId]);
  if (key === undefined) return rejected("unknown_key");
  try {
    const { payload } = await jwtVerify(check.token, await keyFor(key, deps.secretKey), {
      algorithms: [key.algorithm],
      audience: key.siteKey,
      currentDate: new Date(check.now),
      requiredClaims: ["sub", "vid", "iat", "exp", "jti"],
    });
    return judge(payload, { check, key });
  } catch (error) {
    return rejected(faultOf(error));
  }
}

/** As we make them. The header is unsigned so far: whatever else stands there must not reach the database. */
const KEY_ID = /^[\w-]{1,100}$/;

function keyIdIn(token: string): string | undefined {
  try {
    const { kid } = decodeProtectedHeader(token);
    return typeof kid === "string" && KEY_ID.test(kid) ? kid : undefined;
  } catch {
    return undefined;
  }
}

function keyFor(key: SigningKey, secretKey: string) {
  return key.publicJwk === null ? signingSecret(secretKey, key.keyId) : importJWK(key.publicJwk, "EdDSA");
}

/** The secret of an HS256 key: shown to the site's admin, derived each time, kept nowhere. */
export function signingSecret(secretKey: string, keyId: string): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", secretKey, "", `identity token ${keyId}`, 32));
}

function judge(
  payload: Readonly<Record<string, unknown>>,
  { check, key }: { check: TokenCheck; key: SigningKey },
): TokenVerdict {
  const { sub, vid, jti, exp, iat, email } = payload;
  if (typeof sub !== "string" || typeof jti !== "string" || typeof exp !== "number" || typeof iat !== "number") {
    return rejected("incomplete");
  }
  if (vid !== check.sourceId) return rejected("wrong_visitor");
  if ((exp - iat) * 1000 > LONGEST_LIFE || exp * 1000 > check.now + LONGEST_LIFE + AHEAD) return rejected("too_long");
  return {
    kind: "vouched",
    identity: {
      siteId: key.siteId,
      externalCustomerId: sub,
      ...(typeof email === "string" && email.trim() !== "" && { email }),
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

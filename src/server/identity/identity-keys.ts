import { randomUUID } from "node:crypto";
import type { JWK } from "jose";
import type { Instant, SiteId } from "../../contract/identifiers.ts";
import { timestamp, type Queryable } from "../db/database.ts";
import { signingSecret } from "./identity-token.ts";

export type NewIdentityKey =
  | { readonly siteId: SiteId; readonly algorithm: "HS256"; readonly at: Instant }
  /** Only the public half: the site keeps the other. */
  | { readonly siteId: SiteId; readonly algorithm: "EdDSA"; readonly publicJwk: JWK; readonly at: Instant };

export interface CreatedIdentityKey {
  /** Goes into the token's `kid`. */
  readonly keyId: string;
  /** Base64url; what the site's back end signs with. Only for HS256. */
  readonly secret?: string;
}

const INSERT = `
  INSERT INTO identity_key (key_id, site_id, algorithm, public_jwk, created_at) VALUES ($1, $2, $3, $4, $5)`;

/** A key that may sign identity tokens of a site. */
export async function createIdentityKey(
  deps: { readonly db: Queryable; readonly secretKey: string },
  key: NewIdentityKey,
): Promise<CreatedIdentityKey> {
  const keyId = randomUUID();
  const publicJwk = key.algorithm === "EdDSA" ? JSON.stringify(key.publicJwk) : null;
  await deps.db.query(INSERT, [keyId, key.siteId, key.algorithm, publicJwk, timestamp(key.at)]);
  if (key.algorithm === "EdDSA") return { keyId };
  return { keyId, secret: Buffer.from(signingSecret(deps.secretKey, keyId)).toString("base64url") };
}

/** Tokens of this key are worth nothing from now on. Answers whether there was such a key. */
export async function revokeIdentityKey(db: Queryable, keyId: string, at: Instant): Promise<boolean> {
  const revoke = `UPDATE identity_key SET revoked_at = $2 WHERE key_id = $1 AND revoked_at IS NULL RETURNING 1`;
  return (await db.query(revoke, [keyId, timestamp(at)])).length > 0;
}

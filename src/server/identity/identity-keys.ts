import { randomUUID } from "node:crypto";
import type { JWK } from "jose";
import type { Instant, SiteId } from "../../contract/identifiers.ts";
import { timestamp, type Queryable } from "../db/database.ts";
import { signingSecret } from "./identity-token.ts";

export type NewIdentityKey =
  | { readonly siteId: SiteId; readonly algorithm: "HS256"; readonly at: Instant }
  /** Only the public half: the site keeps the other. */
  | { readonly siteId: SiteId; readonly algorithm: "EdDSA"; readonly publicJwk: JWK; readonly at: Instant };

/** A key that may sign identity tokens of a site. */
export interface IdentityKey {
  /** Goes into the token's `kid`. */
  readonly keyId: string;
  readonly algorithm: "HS256" | "EdDSA";
  readonly createdAt: Instant;
  readonly revokedAt: Instant | null;
}

export interface CreatedIdentityKey extends IdentityKey {
  /** Base64url; what the site's back end signs with. Only for HS256, and only here: it is kept nowhere. */
  readonly secret?: string;
}

const INSERT = `
  INSERT INTO identity_key (key_id, site_id, algorithm, public_jwk, created_at) VALUES ($1, $2, $3, $4, $5)`;

export async function createIdentityKey(
  deps: { readonly db: Queryable; readonly secretKey: string },
  key: NewIdentityKey,
): Promise<CreatedIdentityKey> {
  const { algorithm } = key;
  const created = { keyId: randomUUID(), algorithm, createdAt: key.at, revokedAt: null };
  const publicJwk = algorithm === "EdDSA" ? JSON.stringify(key.publicJwk) : null;
  await deps.db.query(INSERT, [created.keyId, key.siteId, algorithm, publicJwk, timestamp(key.at)]);
  if (algorithm === "EdDSA") return created;
  return { ...created, secret: Buffer.from(signingSecret(deps.secretKey, created.keyId)).toString("base64url") };
}

/** Newest first, revoked ones too: a token that is not believed names one of them. */
export function listIdentityKeys(db: Queryable, siteId: SiteId): Promise<IdentityKey[]> {
  return db.query<IdentityKey>(
    `SELECT key_id, algorithm, created_at, revoked_at FROM identity_key
     WHERE site_id = $1 ORDER BY created_at DESC, key_id`,
    [siteId],
  );
}

const REVOKE = `
  UPDATE identity_key SET revoked_at = $3 WHERE key_id = $1 AND site_id = $2 AND revoked_at IS NULL RETURNING 1 AS one`;

/** Tokens of this key are worth nothing from now on. Answers whether there was such a key. */
export async function revokeIdentityKey(
  db: Queryable,
  { keyId, siteId, at }: { readonly keyId: string; readonly siteId: SiteId; readonly at: Instant },
): Promise<boolean> {
  return (await db.query(REVOKE, [keyId, siteId, timestamp(at)])).length > 0;
}

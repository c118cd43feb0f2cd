import { randomUUID } from "node:crypto";
import { SignJWT } from "jose";
import type { Instant, SiteId, SiteKey } from "../../contract/identifiers.ts";
import type { Database } from "../db/database.ts";
import { createIdentityKey } from "./identity-keys.ts";
import { signingSecret } from "./identity-token.ts";

/** Milliseconds that a token of ours is good for: long enough for the page it was asked for. */
const LIFE = 10 * 60 * 1000;

export interface TokenWish {
  readonly site: { readonly siteId: SiteId; readonly siteKey: SiteKey };
  readonly externalCustomerId: string;
  /** The browser that it binds. Without one it binds none. */
  readonly visitorId?: string | undefined;
  readonly now: Instant;
}

const NEWEST_KEY = `
  SELECT key_id FROM identity_key WHERE site_id = $1 AND algorithm = 'HS256' AND revoked_at IS NULL
  ORDER BY created_at DESC, key_id LIMIT 1`;

/** Signs on behalf of a back end that asked with its secret key. The first token of a site makes it a signing key. */
export async function issueIdentityToken(
  deps: { readonly db: Database; readonly secretKey: string },
  { site, externalCustomerId, visitorId, now }: TokenWish,
): Promise<string> {
  const [known] = await deps.db.query<{ keyId: string }>(NEWEST_KEY, [site.siteId]);
  const { keyId } = known ?? (await createIdentityKey(deps, { siteId: site.siteId, algorithm: "HS256", at: now }));
  const seconds = Math.floor(now / 1000);
  return new SignJWT(visitorId === undefined ? {} : { vid: visitorId })
    .setProtectedHeader({ alg: "HS256", kid: keyId })
    .setSubject(externalCustomerId)
    .setAudience(site.siteKey)
    .setJti(randomUUID())
    .setIssuedAt(seconds)
    .setExpirationTime(seconds + LIFE / 1000)
    .sign(signingSecret(deps.secretKey, keyId));
}

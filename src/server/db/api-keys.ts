import { createHash, randomBytes } from "node:crypto";
import type { Instant, SiteId } from "../../contract/identifiers.ts";
import { timestamp, type Queryable } from "./database.ts";

export const SCOPES = [
  "contacts:write",
  "contacts:read",
  "contacts:delete",
  "events",
  "mobile",
  "site",
  "admin-read",
] as const;
export type Scope = (typeof SCOPES)[number];

export interface ApiKey {
  readonly keyId: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** The last four characters of the secret. */
  readonly ending: string;
  /** Null: good for all sites. */
  readonly siteId: SiteId | null;
  readonly createdAt: Instant;
  readonly lastUsedAt: Instant | null;
}

export interface NewApiKey {
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly siteId?: SiteId;
  /** The key itself, when somebody else chose it. Absent: a random one. */
  readonly secret?: string;
  readonly now: Instant;
}

const FORM = /^bsk_([A-Za-z0-9]{10})_[A-Za-z0-9_-]{43}$/;

/** The part of a secret that it is looked up by. A secret that somebody chose has none, so its hash lends one. */
export function keyIdOf(secret: string): string {
  return FORM.exec(secret)?.[1] ?? `own-${sha256(`key-id:${secret}`).toString("hex").slice(0, 20)}`;
}

export function hashKey(secret: string): Buffer {
  return sha256(secret);
}

function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

function newSecret(): string {
  return `bsk_${randomBytes(5).toString("hex")}_${randomBytes(32).toString("base64url")}`;
}

/** The answer is the only place where the secret can ever be read. */
export async function createApiKey(db: Queryable, key: NewApiKey): Promise<{ key: ApiKey; secret: string }> {
  const secret = key.secret ?? newSecret();
  const [row] = await db.query<ApiKey>(
    `INSERT INTO api_key (key_id, name, secret_hash, ending, scopes, site_id, created_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7)
     ON CONFLICT (key_id) DO UPDATE SET revoked_at = NULL, name = excluded.name, scopes = excluded.scopes
     RETURNING key_id, name, scopes, ending, site_id, created_at, last_used_at`,
    [keyIdOf(secret), key.name, hashKey(secret), secret.slice(-4), key.scopes, key.siteId ?? null, timestamp(key.now)],
  );
  if (row === undefined) throw new Error("The key was not stored.");
  return { key: row, secret };
}

/** Keys that still work, newest first. */
export function listApiKeys(db: Queryable): Promise<ApiKey[]> {
  return db.query<ApiKey>(
    `SELECT key_id, name, scopes, ending, site_id, created_at, last_used_at
     FROM api_key WHERE revoked_at IS NULL ORDER BY created_at DESC, key_id`,
  );
}

export interface StoredApiKey extends ApiKey {
  readonly secretHash: Buffer;
}

export async function findApiKey(db: Queryable, keyId: string): Promise<StoredApiKey | undefined> {
  const [row] = await db.queryNamed<StoredApiKey>(
    "find-api-key",
    `SELECT key_id, name, scopes, ending, site_id, created_at, last_used_at, secret_hash
     FROM api_key WHERE key_id = $1 AND revoked_at IS NULL`,
    [keyId],
  );
  return row;
}

/** Says whether there was such a key. It stops working at once here, within seconds in other processes. */
export async function revokeApiKey(db: Queryable, { keyId, now }: { keyId: string; now: Instant }): Promise<boolean> {
  const rows = await db.query(
    "UPDATE api_key SET revoked_at = $2 WHERE key_id = $1 AND revoked_at IS NULL RETURNING key_id",
    [keyId, timestamp(now)],
  );
  return rows.length > 0;
}

export async function noteKeyUse(db: Queryable, { keyId, now }: { keyId: string; now: Instant }): Promise<void> {
  await db.query("UPDATE api_key SET last_used_at = $2 WHERE key_id = $1", [keyId, timestamp(now)]);
}

/** A key that the surroundings choose, under a name that only it has: a new one ends the one before. */
export async function replaceNamedKey(db: Queryable, key: NewApiKey): Promise<{ key: ApiKey; secret: string }> {
  const created = await createApiKey(db, key);
  await db.query("UPDATE api_key SET revoked_at = $3 WHERE name = $1 AND key_id <> $2 AND revoked_at IS NULL", [
    key.name,
    created.key.keyId,
    timestamp(key.now),
  ]);
  return created;
}

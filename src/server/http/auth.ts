import { timingSafeEqual } from "node:crypto";
import type { FastifyRequest, onRequestAsyncHookHandler } from "fastify";
import {
  findApiKey,
  hashKey,
  keyIdOf,
  noteKeyUse,
  type ApiKey,
  type Scope,
  type StoredApiKey,
} from "../db/api-keys.ts";
import type { Database } from "../db/database.ts";
import { systemClock, type Clock } from "../lib/clock.ts";
import { problem } from "./problem.ts";

/** Knows the secret keys. One per process. */
export interface Keys {
  /** The key that came with the request, if it is good and has the scope; otherwise throws the refusal. */
  authenticate(request: FastifyRequest, scope: Scope | "any"): Promise<ApiKey>;
  /** A key was revoked here: its cached copy goes at once. */
  forget(keyId: string): void;
}

const CACHED_FOR = 5_000;
const USE_NOTED_EVERY = 60_000;

export function createKeys({ db, clock = systemClock }: { db: Database; clock?: Clock }): Keys {
  const cache = new Map<string, { readonly key: StoredApiKey; readonly since: number }>();
  const noted = new Map<string, number>();

  async function find(keyId: string): Promise<StoredApiKey | undefined> {
    const known = cache.get(keyId);
    // In either direction: a clock that was set back must not keep a revoked key alive for days.
    if (known !== undefined && Math.abs(clock() - known.since) < CACHED_FOR) return known.key;
    const key = await findApiKey(db, keyId);
    // Only good keys are kept: guesses must not fill the memory, and a new key works at once.
    if (key === undefined) cache.delete(keyId);
    else cache.set(keyId, { key, since: clock() });
    return key;
  }

  function noteUse(keyId: string): void {
    const now = clock();
    if (Math.abs(now - (noted.get(keyId) ?? -Infinity)) < USE_NOTED_EVERY) return;
    noted.set(keyId, now);
    // A date for people to look at: not worth failing a request for.
    noteKeyUse(db, { keyId, now }).catch(() => noted.delete(keyId));
  }

  return {
    async authenticate(request, scope) {
      refuseBrowsers(request);
      const secret = secretOf(request.headers.authorization);
      const key = secret === undefined ? undefined : await find(keyIdOf(secret));
      if (secret === undefined || key === undefined || !timingSafeEqual(hashKey(secret), key.secretHash))
        throw unauthorized();
      refuseWithout(key, scope);
      noteUse(key.keyId);
      return key;
    },
    forget: (keyId) => cache.delete(keyId),
  };
}

const keyByRequest = new WeakMap<FastifyRequest, ApiKey>();

/** `{ onRequest: requireScope(keys, "contacts:write") }`: judged before the body is read. */
export function requireScope(keys: Keys, scope: Scope | "any"): onRequestAsyncHookHandler {
  return async (request) => {
    keyByRequest.set(request, await keys.authenticate(request, scope));
  };
}

/** For an address whose scope depends on what is sent there. */
export function needScope(request: FastifyRequest, scope: Scope): void {
  refuseWithout(keyOf(request), scope);
}

function refuseWithout(key: ApiKey, scope: Scope | "any"): void {
  if (scope !== "any" && !key.scopes.includes(scope))
    throw problem(403, "missing_scope", `This key does not have the scope ${scope}, which this call needs.`);
}

/** The key behind a request whose route has `requireScope`. */
export function keyOf(request: FastifyRequest): ApiKey {
  const key = keyByRequest.get(request);
  if (key === undefined) throw unauthorized();
  return key;
}

function unauthorized() {
  return problem(401, "unauthorized", "Unauthorized", { headers: { "www-authenticate": 'Basic realm="Backstory"' } });
}

/** A secret key in a page is readable by everybody who opens it: better that it never works there. */
function refuseBrowsers(request: FastifyRequest): void {
  if (request.headers.origin === undefined && request.headers["sec-fetch-site"] === undefined) return;
  const detail = "Secret keys do not belong in web pages. Call this address from your server, and revoke this key.";
  throw problem(403, "secret_key_in_browser", detail);
}

/** Basic with any user name and the key as password, or Bearer. */
function secretOf(header: string | undefined): string | undefined {
  const [, scheme = "", credentials = ""] = /^(\S+) +(\S+) *$/.exec(header ?? "") ?? [];
  if (scheme.toLowerCase() === "bearer") return credentials;
  if (scheme.toLowerCase() !== "basic") return undefined;
  const pair = Buffer.from(credentials, "base64").toString("utf8");
  return pair.includes(":") ? pair.slice(pair.indexOf(":") + 1) : undefined;
}

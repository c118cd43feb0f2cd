import { ApiKeyList, CreatedApiKey, NewApiKey, type ApiKey } from "../../../contract/admin/api-keys.ts";
import { ByText } from "../../../contract/admin/pieces.ts";
import { createApiKey, listApiKeys, revokeApiKey, SCOPES, type ApiKey as StoredKey } from "../../db/api-keys.ts";
import type { Database } from "../../db/database.ts";
import type { Keys } from "../../http/auth.ts";
import { problem } from "../../http/problem.ts";
import type { Clock } from "../../lib/clock.ts";
import { adminRoute, type AdminRoute } from "../route.ts";

export interface KeyRouteDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly keys: Keys;
}

/** The keys that back ends speak with. */
export function keyRoutes({ db, clock, keys }: KeyRouteDeps): AdminRoute[] {
  return [
    adminRoute({
      method: "GET",
      path: "/keys",
      need: "keys.read",
      answer: ApiKeyList,
      carryOut: async () => ({ keys: (await listApiKeys(db)).map(tellKey), scopes: [...SCOPES] }),
    }),
    adminRoute({
      method: "POST",
      path: "/keys",
      need: "keys.write",
      body: NewApiKey,
      answer: CreatedApiKey,
      async carryOut({ body }) {
        const scopes = SCOPES.filter((scope) => body.scopes.includes(scope));
        if (scopes.length < new Set(body.scopes).size)
          throw problem(400, "unknown_scope", `A key can be given: ${SCOPES.join(", ")}.`);
        const { key, secret } = await createApiKey(db, { name: body.name.trim(), scopes, now: clock() });
        return { key: tellKey(key), secret };
      },
    }),
    adminRoute({
      method: "POST",
      path: "/keys/:id/rotate",
      need: "keys.write",
      params: ByText,
      answer: CreatedApiKey,
      // The older one goes on working, so that nothing stops while the new one is put in.
      async carryOut({ params: { id } }) {
        const older = (await listApiKeys(db)).find(({ keyId }) => keyId === id);
        if (older === undefined) throw problem(404, "unknown_key", "There is no such key, or it was revoked before.");
        const { name, scopes, siteId } = older;
        const { key, secret } = await createApiKey(db, {
          name,
          scopes,
          ...(siteId !== null && { siteId }),
          now: clock(),
        });
        return { key: tellKey(key), secret };
      },
    }),
    adminRoute({
      method: "DELETE",
      path: "/keys/:id",
      need: "keys.write",
      params: ByText,
      async carryOut({ params: { id } }) {
        const revoked = await revokeApiKey(db, { keyId: id, now: clock() });
        keys.forget(id);
        if (!revoked) throw problem(404, "unknown_key", "There is no such key, or it was revoked before.");
      },
    }),
  ];
}

function tellKey({ keyId, name, scopes, ending, createdAt, lastUsedAt }: StoredKey): ApiKey {
  return { id: keyId, name, scopes: [...scopes], ending, createdAt, lastUsedAt };
}

import {
  CreatedIdentityKey,
  IdentityKeyList,
  NewIdentityKey,
  OneIdentityKey,
  type IdentityKey,
} from "../../../contract/admin/identity-keys.ts";
import { ById } from "../../../contract/admin/pieces.ts";
import type { SiteId } from "../../../contract/identifiers.ts";
import type { Database } from "../../db/database.ts";
import { problem } from "../../http/problem.ts";
import {
  createIdentityKey,
  listIdentityKeys,
  readPublicKey,
  revokeIdentityKey,
  type IdentityKey as StoredKey,
} from "../../identity/index.ts";
import type { Clock } from "../../lib/clock.ts";
import type { Sites } from "../../sites/index.ts";
import { adminRoute, type AdminRoute } from "../route.ts";

export interface IdentityKeyRouteDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly secretKey: string;
  readonly sites: Pick<Sites, "findSite">;
}

/** The keys with which a site's back end signs who its visitors are. */
export function identityKeyRoutes(deps: IdentityKeyRouteDeps): AdminRoute[] {
  const { db, clock } = deps;
  return [
    adminRoute({
      method: "GET",
      path: "/sites/:id/identity-keys",
      need: "sites.read",
      params: ById,
      answer: IdentityKeyList,
      async carryOut({ params }) {
        const siteId = await knownSite(deps, params.id);
        return { keys: (await listIdentityKeys(db, siteId)).map(tellKey) };
      },
    }),
    adminRoute({
      method: "POST",
      path: "/sites/:id/identity-keys",
      need: "sites.write",
      params: ById,
      body: NewIdentityKey,
      answer: CreatedIdentityKey,
      async carryOut({ params, body }) {
        const siteId = await knownSite(deps, params.id);
        const created = await createIdentityKey(deps, { siteId, at: clock(), ...wantedKey(body) });
        return { key: tellKey(created), secret: created.secret ?? null };
      },
    }),
    adminRoute({
      method: "DELETE",
      path: "/sites/:id/identity-keys/:keyId",
      need: "sites.write",
      params: OneIdentityKey,
      async carryOut({ params: { id, keyId } }) {
        const siteId = await knownSite(deps, id);
        const revoked = await revokeIdentityKey(db, { keyId, siteId, at: clock() });
        if (!revoked) throw problem(404, "unknown_key", "There is no such key, or it was revoked before.");
      },
    }),
  ];
}

async function knownSite({ sites }: IdentityKeyRouteDeps, id: number): Promise<SiteId> {
  const site = id > MAX_SITE_ID ? undefined : await sites.findSite(id as SiteId);
  if (site === undefined) throw problem(404, "unknown_site", "There is no such site.");
  return site.siteId;
}

/** A number beyond it names no row, and PostgreSQL would refuse to look. */
const MAX_SITE_ID = 2_147_483_647;

function wantedKey(body: NewIdentityKey) {
  if (body.algorithm === "HS256") return { algorithm: "HS256" } as const;
  const reading = readPublicKey(body.publicKey);
  if (reading.kind === "refused") {
    const errors = [{ path: "body/publicKey", message: reading.sentence }];
    throw problem(400, "invalid", reading.sentence, { errors });
  }
  return { algorithm: "EdDSA", publicJwk: reading.publicJwk } as const;
}

function tellKey({ keyId, algorithm, createdAt, revokedAt }: StoredKey): IdentityKey {
  return { id: keyId, algorithm, createdAt, revokedAt };
}

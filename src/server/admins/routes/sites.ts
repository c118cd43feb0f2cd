import { ById } from "../../../contract/admin/pieces.ts";
import { NewSite, Silence, Site, SiteChange, SiteList } from "../../../contract/admin/sites.ts";
import type { SiteId } from "../../../contract/identifiers.ts";
import { problem, type HttpProblem } from "../../http/problem.ts";
import type { Database } from "../../db/database.ts";
import type { Clock } from "../../lib/clock.ts";
import { listSightings, planSilence, type Site as StoredSite, type Sites } from "../../sites/index.ts";
import { countRejectedOf } from "../../visitors/index.ts";
import { adminRoute, type AdminRoute } from "../route.ts";

export interface SiteRouteDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly sites: Sites;
}

/** What was seen earlier is about another tag, or another try. */
const LOOKED_BACK = 24 * 60 * 60_000;

/** Sites: the tag's key, the first event, what a browser may say. */
export function siteRoutes({ db, clock, sites }: SiteRouteDeps): AdminRoute[] {
  return [
    adminRoute({
      method: "GET",
      path: "/sites",
      need: "sites.read",
      answer: SiteList,
      carryOut: async () => ({ sites: (await sites.listSites()).map(tellSite) }),
    }),
    adminRoute({
      method: "POST",
      path: "/sites",
      need: "sites.write",
      body: NewSite,
      answer: Site,
      carryOut: async ({ body }) => storedSite(await sites.createSite(body)),
    }),
    adminRoute({
      method: "PATCH",
      path: "/sites/:id",
      need: "sites.write",
      params: ById,
      body: SiteChange,
      answer: Site,
      carryOut: async ({ params, body }) => storedSite(await sites.updateSite(params.id as SiteId, body)),
    }),
    adminRoute({
      method: "GET",
      path: "/sites/:id/silence",
      need: "sites.read",
      params: ById,
      answer: Silence,
      async carryOut({ params }) {
        const site = await sites.findSite(params.id as SiteId);
        if (site === undefined) throw unknownSite();
        const since = clock() - LOOKED_BACK;
        const [sightings, rejected] = await Promise.all([
          listSightings(db, since),
          countRejectedOf(db, { siteId: site.siteId, since }),
        ]);
        return { causes: planSilence(site, { sightings, rejected }) };
      },
    }),
  ];
}

const unknownSite = (): HttpProblem => problem(404, "unknown_site", "There is no such site.");

function storedSite(outcome: Awaited<ReturnType<Sites["updateSite"]>>): Site {
  switch (outcome.kind) {
    case "stored":
      return tellSite(outcome.site);
    case "unknown":
      throw unknownSite();
    case "refused": {
      const errors = outcome.faults.map(({ field, message }) => ({ path: `body/${field}`, message }));
      throw problem(400, "invalid", outcome.faults.map(({ message }) => message).join(" "), { errors });
    }
  }
}

function tellSite({ siteId, siteKey, allowedOrigins, ...site }: StoredSite): Site {
  return { ...site, id: siteId, key: siteKey, allowedOrigins: [...allowedOrigins] };
}

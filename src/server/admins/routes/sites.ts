import { ById, NewSite, Site, SiteChange, SiteList } from "../../../contract/admin.ts";
import type { SiteId } from "../../../contract/identifiers.ts";
import { problem } from "../../http/problem.ts";
import type { Site as StoredSite, Sites } from "../../sites/index.ts";
import { adminRoute, type AdminRoute } from "../route.ts";

/** Sites: the tag's key, the first event, what a browser may say. */
export function siteRoutes({ sites }: { readonly sites: Sites }): AdminRoute[] {
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
  ];
}

function storedSite(outcome: Awaited<ReturnType<Sites["updateSite"]>>): Site {
  switch (outcome.kind) {
    case "stored":
      return tellSite(outcome.site);
    case "unknown":
      throw problem(404, "unknown_site", "There is no such site.");
    case "refused": {
      const errors = outcome.faults.map(({ field, message }) => ({ path: `body/${field}`, message }));
      throw problem(400, "invalid", outcome.faults.map(({ message }) => message).join(" "), { errors });
    }
  }
}

function tellSite({ siteId, siteKey, allowedOrigins, ...site }: StoredSite): Site {
  return { ...site, id: siteId, key: siteKey, allowedOrigins: [...allowedOrigins] };
}

import { nanoid } from "nanoid";
import { Value } from "typebox/value";
import { SiteKey, type SiteId } from "../../contract/identifiers.ts";
import type { Database } from "../db/database.ts";
import { systemClock, type Clock } from "../lib/clock.ts";
import { planSite, type SiteFault } from "./rules.ts";
import type { NewSite, Site, SiteChange } from "./site.ts";
import { insertSite, selectSite, selectSiteByKey, selectSites, updateFirstEvent, updateSiteRow } from "./store.ts";

export { siteApiRoutes, type SiteApiDeps } from "./routes.ts";
export { mayPost, type SiteFault } from "./rules.ts";
export { listSightings, removeOldSightings } from "./sighting-store.ts";
export { createSightings, type Sighted, type Sighting, type Sightings } from "./sightings.ts";
export { planSilence, type RejectedCount, type SilenceCause } from "./silence-rules.ts";
export type { IdentifyMode, MobileIdentifyMode, NewSite, Site, SiteChange } from "./site.ts";

export type SiteOutcome =
  | { readonly kind: "stored"; readonly site: Site }
  | { readonly kind: "refused"; readonly faults: readonly SiteFault[] }
  | { readonly kind: "unknown" };

/** The sites of this installation. One per process: it remembers keys for a few seconds. */
export interface Sites {
  /** Undefined: there is definitely no such site. A database that does not answer makes it reject. */
  findSiteByKey(siteKey: string): Promise<Site | undefined>;
  findSite(siteId: SiteId): Promise<Site | undefined>;
  listSites(): Promise<Site[]>;
  createSite(site: NewSite): Promise<SiteOutcome>;
  updateSite(siteId: SiteId, change: SiteChange): Promise<SiteOutcome>;
  /** Lights the dot "first event received". Costs nothing after the first time. */
  noteFirstEvent(siteId: SiteId): Promise<void>;
}

const CACHED_FOR = 5_000;

export function createSites({ db, clock = systemClock }: { db: Database; clock?: Clock }): Sites {
  const cache = new Map<string, { readonly site: Site; readonly since: number }>();
  const asked = new Map<string, Promise<Site | undefined>>();
  const seen = new Set<SiteId>();

  async function look(siteKey: string): Promise<Site | undefined> {
    // A key can come from an address, where anything may stand: also what no database can hold.
    const site = Value.Check(SiteKey, siteKey) ? await selectSiteByKey(db, siteKey) : undefined;
    // What is not there is not kept: a site made a moment ago must work at once.
    if (site === undefined) cache.delete(siteKey);
    else cache.set(siteKey, { site, since: clock() });
    return site;
  }

  return {
    async findSiteByKey(siteKey) {
      const known = cache.get(siteKey);
      // In either direction: a clock that was set back must not make what is kept last for days.
      if (known !== undefined && Math.abs(clock() - known.since) < CACHED_FOR) return known.site;
      // However many batches come at the moment at which it is forgotten, one of them asks.
      const asking = asked.get(siteKey) ?? look(siteKey).finally(() => asked.delete(siteKey));
      asked.set(siteKey, asking);
      return asking;
    },
    findSite: (siteId) => selectSite(db, siteId),
    listSites: () => selectSites(db),
    async createSite(wanted) {
      const plan = planSite(wanted);
      if (plan.kind === "refuse") return { kind: "refused", faults: plan.faults };
      const { name, url = null, allowedOrigins = [], identify = "new-contacts", siteKey } = plan.fields;
      const { mobileIdentify = "open" } = plan.fields;
      const key = siteKey ?? newSiteKey();
      const site = await insertSite(db, {
        siteKey: key,
        name,
        url,
        allowedOrigins,
        identify,
        mobileIdentify,
        createdAt: clock(),
      });
      if (site === undefined) throw new Error("There is a site with this key already.");
      return { kind: "stored", site };
    },
    async updateSite(siteId, wanted) {
      const plan = planSite(wanted);
      if (plan.kind === "refuse") return { kind: "refused", faults: plan.faults };
      const site = await updateSiteRow(db, { siteId, change: plan.fields });
      if (site === undefined) return { kind: "unknown" };
      cache.delete(site.siteKey);
      return { kind: "stored", site };
    },
    async noteFirstEvent(siteId) {
      if (seen.has(siteId)) return;
      await updateFirstEvent(db, { siteId, at: clock() });
      seen.add(siteId);
    },
  };
}

const newSiteKey = (): SiteKey => nanoid<SiteKey>();

/** The first site: with `SITE_KEY` as its key when that is set, made when there is none. */
export async function ensureFirstSite(
  sites: Sites,
  { siteKey, url }: { readonly siteKey?: SiteKey | undefined; readonly url?: string | undefined },
): Promise<Site> {
  const existing = siteKey === undefined ? (await sites.listSites())[0] : await sites.findSiteByKey(siteKey);
  if (existing !== undefined) return existing;
  const outcome = await sites.createSite({ name: "Demo shop", url, ...(siteKey === undefined ? {} : { siteKey }) });
  if (outcome.kind !== "stored") throw new Error("The first site was not stored.");
  return outcome.site;
}

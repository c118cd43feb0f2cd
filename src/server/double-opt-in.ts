import { randomUUID } from "node:crypto";
import type { SiteId, VisitorId } from "../contract/identifiers.ts";
import type { DoubleOptIn } from "./contacts/index.ts";
import { uuidv7 } from "./lib/uuid.ts";
import type { Sites } from "./sites/index.ts";
import { askForConfirmation, type SubscriptionDeps } from "./subscriptions/index.ts";

/** Double opt-in for sign-ups that a back end reports: the same question, limits and mail as for a form of a page. */
export function doubleOptInOfBackEnds(
  deps: SubscriptionDeps,
  sites: Pick<Sites, "findSite" | "listSites">,
): DoubleOptIn {
  const siteOf = async (siteId: SiteId | null) =>
    siteId === null ? (await sites.listSites())[0] : sites.findSite(siteId);
  return {
    async begin(siteId) {
      const site = await siteOf(siteId);
      if (site === undefined) return undefined;
      return {
        async ask(tx, { outcome, email, visitorId, languageCode, groups, formType, moment }) {
          const message = {
            type: "subscribe" as const,
            id: uuidv7(moment),
            at: moment,
            // Without a browser nobody's GET may confirm: an id that no cookie has.
            visitorId: (visitorId ?? randomUUID()) as VisitorId,
            email,
            groups: [...groups],
            ...(languageCode !== undefined && { languageCode }),
            ...(formType !== undefined && { form: { id: formType } }),
          };
          const subscribing = { message, moment, receivedAt: moment, site, origin: {} };
          await askForConfirmation(deps, { tx, outcome, subscribing });
        },
        asked: () => deps.outbox.kick(),
      };
    },
  };
}

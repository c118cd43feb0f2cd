import { defineCommand } from "citty";
import type { Instant } from "../../contract/identifiers.ts";
import type { Installation } from "../../server/installation.ts";
import { createSites } from "../../server/sites/index.ts";
import { countEvents, removeEvents, truncateAddress, type EventFilter } from "../../server/visitors/index.ts";
import { command } from "../command.ts";
import { Failed, Misused } from "../outcome.ts";

interface Asked {
  readonly site: string;
  readonly visitor: string | undefined;
  readonly name: string | undefined;
  readonly address: string | undefined;
  readonly from: string | undefined;
  readonly until: string | undefined;
}

const remove = command({
  name: "remove",
  description: "Remove events that browsers invented. It cannot be undone",
  args: {
    site: { type: "string", description: "The site's key", required: true },
    visitor: { type: "string", description: "Of this visitor id alone" },
    name: { type: "string", description: "With this name alone" },
    address: { type: "string", description: "From the network of this address alone" },
    from: { type: "string", description: "Received at this time or later, like 2026-11-25T10:00:00Z" },
    until: { type: "string", description: "Received before this time" },
    "dry-run": { type: "boolean", description: "Count them and remove nothing" },
  },
  run: ({ site, visitor, name, address, from, until, "dry-run": dryRun }, { within, say }) =>
    within(async (installation) => {
      const filter = await filterOf(installation, { site, visitor, name, address, from, until });
      if (dryRun === true) {
        const events = await countEvents(installation.db, filter);
        return say({ events, removed: false }, `${events} events would be removed.`);
      }
      const events = await removeEvents(installation.db, { filter, actor: "command line", now: Date.now() });
      say({ events, removed: true }, `${events} events are removed.`);
    }),
});

async function filterOf({ db }: Installation, asked: Asked): Promise<EventFilter> {
  const { visitor, name, address, from, until } = asked;
  if ([visitor, name, address, from, until].every((part) => part === undefined))
    throw new Misused(
      "That would be every event of the site; say which, by --visitor, --name, --address, --from or --until",
    );
  const network = address === undefined ? undefined : truncateAddress(address);
  if (address !== undefined && network === undefined) throw new Misused(`"${address}" is no network address`);
  const limits = { from: momentOf(from) ?? -Infinity, until: momentOf(until) ?? Infinity };
  const site = await createSites({ db }).findSiteByKey(asked.site);
  if (site === undefined)
    throw new Failed(`There is no site with the key ${asked.site}. The admin shows them under Sites.`);
  return { siteId: site.siteId, visitorId: visitor, name, network, ...limits };
}

function momentOf(text: string | undefined): Instant | undefined {
  if (text === undefined) return undefined;
  const moment = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/.test(text) ? Date.parse(text) : NaN;
  if (Number.isNaN(moment)) throw new Misused(`"${text}" is no time; write it like 2026-11-25T10:00:00Z`);
  return moment;
}

export const event = defineCommand({
  meta: { name: "event", description: "What browsers told" },
  subCommands: { remove },
});

import type { ContactRow } from "../../../contract/admin/contacts.ts";
import type { Overview } from "../../../contract/admin/overview.ts";
import type { Site } from "../../../contract/admin/sites.ts";
import { api } from "../../api.ts";
import type { Wanted } from "../../ui/ahead.ts";

interface Shown {
  readonly overview: Overview;
  readonly sites: readonly Site[];
  readonly latest: readonly ContactRow[];
}

export const overviewWanted: Wanted<Shown> = {
  key: "overview",
  async load() {
    const [overview, { sites }, { contacts: latest }] = await Promise.all([
      api.overview(),
      api.sites(),
      api.contacts({}),
    ]);
    return { overview, sites, latest };
  },
};

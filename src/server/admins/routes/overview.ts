import { Overview } from "../../../contract/admin.ts";
import type { Database } from "../../db/database.ts";
import type { Clock } from "../../lib/clock.ts";
import { DAY_COUNTED_TO, selectNumbers } from "../overview-store.ts";
import { adminRoute, type AdminRoute } from "../route.ts";

/** The few numbers that say how it goes. */
export function overviewRoutes({ db, clock }: { readonly db: Database; readonly clock: Clock }): AdminRoute[] {
  return [
    adminRoute({
      method: "GET",
      path: "/overview",
      need: "contacts.read",
      answer: Overview,
      async carryOut() {
        const asOf = clock();
        return { asOf, eventsCountedTo: DAY_COUNTED_TO, ...(await selectNumbers(db, asOf)) };
      },
    }),
  ];
}

import { Overview } from "../../../contract/admin/overview.ts";
import { Charts, ChartsQuery } from "../../../contract/admin/charts.ts";
import type { Database } from "../../db/database.ts";
import { problem } from "../../http/problem.ts";
import type { Clock } from "../../lib/clock.ts";
import { CHART_DAY_COUNTED_TO, selectCharts } from "../chart-store.ts";
import { DAY_COUNTED_TO, selectNumbers } from "../overview-store.ts";
import { adminRoute, type AdminRoute } from "../route.ts";

/** The few numbers that say how it goes, and how it went. */
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
    adminRoute({
      method: "GET",
      path: "/overview/charts",
      need: "contacts.read",
      query: ChartsQuery,
      answer: Charts,
      async carryOut({ query: { zone } }) {
        if (!(await isZone(db, zone)))
          throw problem(400, "unknown_zone", "This time zone is not known here. Name it like Europe/Kyiv, or use UTC.");
        const { days, lengths } = await selectCharts(db, { now: clock(), zone });
        return { days: [...days], lengths: [...lengths], eventsCountedTo: CHART_DAY_COUNTED_TO };
      },
    }),
  ];
}

async function isZone(db: Database, zone: string): Promise<boolean> {
  return (await db.query("SELECT 1 AS one FROM pg_timezone_names WHERE name = $1 LIMIT 1", [zone])).length > 0;
}

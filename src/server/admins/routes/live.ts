import type { SiteId } from "../../../contract/identifiers.ts";
import { LivePage, LiveQuery, type LiveMessage } from "../../../contract/admin/live.ts";
import type { Database } from "../../db/database.ts";
import { problem } from "../../http/problem.ts";
import type { Clock } from "../../lib/clock.ts";
import type { Sites } from "../../sites/index.ts";
import { readLiveCursor, watchMessages, writeLiveCursor, type LiveMessage as Message } from "../../visitors/index.ts";
import { adminRoute, type AdminRoute } from "../route.ts";

const A_PAGE = 200;

export interface LiveDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly sites: Pick<Sites, "listSites">;
}

/** Messages as they arrive, and what became of each. They name people, so watching is reading contacts. */
export function liveRoutes({ db, clock, sites }: LiveDeps): AdminRoute[] {
  return [
    adminRoute({
      method: "GET",
      path: "/live",
      need: "contacts.read",
      query: LiveQuery,
      answer: LivePage,
      async carryOut({ query }) {
        const after = query.after === undefined ? undefined : readLiveCursor(query.after);
        if (query.after !== undefined && after === undefined)
          throw problem(400, "bad_cursor", "This place in the stream is not one of ours. Start from the latest.");
        const [page, known] = await Promise.all([
          watchMessages(db, { after, limit: A_PAGE, now: clock() }),
          sites.listSites(),
        ]);
        const names = new Map(known.map(({ siteId, name }) => [siteId, name]));
        return {
          messages: page.messages.map((message) => tell(message, names)),
          next: writeLiveCursor(page.next),
          more: page.more,
        };
      },
    }),
  ];
}

function tell({ key, receivedAt, siteId, body, ...rest }: Message, names: ReadonlyMap<SiteId, string>): LiveMessage {
  const { name, source, url, title, verdict } = rest;
  return {
    key,
    at: receivedAt,
    siteId,
    siteName: siteId === null ? null : (names.get(siteId) ?? null),
    name,
    source,
    url,
    title,
    verdict,
    body: body === null ? null : JSON.stringify(body, null, 2),
  };
}

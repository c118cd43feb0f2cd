import { AskAgain, SubscriptionPage, SubscriptionQuery } from "../../../contract/admin/subscriptions.ts";
import type { ContactId } from "../../../contract/identifiers.ts";
import type { Database } from "../../db/database.ts";
import { problem, type HttpProblem } from "../../http/problem.ts";
import { normaliseEmail } from "../../identity/index.ts";
import type { Clock } from "../../lib/clock.ts";
import { countMail } from "../../mail/index.ts";
import {
  countSubscriptions,
  findLastLetter,
  listSubscriptions,
  type AskAgain as Wish,
  type AskedAgain,
  type Subscription,
} from "../../subscriptions/index.ts";
import { contactIdOf } from "../find-card.ts";
import { adminRoute, sessionOf, type AdminRoute } from "../route.ts";

const A_PAGE = 50;

export interface SubscriptionRouteDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly secretKey: string;
  readonly askAgain: (wish: Wish) => Promise<AskedAgain>;
}

/** Who may be written to, who still has to say so, and who said no. */
export function subscriptionRoutes(deps: SubscriptionRouteDeps): AdminRoute[] {
  const { db, clock, askAgain } = deps;
  return [
    adminRoute({
      method: "GET",
      path: "/subscriptions",
      need: "contacts.read",
      query: SubscriptionQuery,
      answer: SubscriptionPage,
      async carryOut({ query }) {
        const before = query.before === undefined ? undefined : placeOf(query.before);
        const [found, counts, lastAskedAt, letters] = await Promise.all([
          listSubscriptions(deps, { status: query.status, before, limit: A_PAGE + 1, now: clock() }),
          countSubscriptions(db),
          findLastLetter(db),
          countMail(db),
        ]);
        const shown = found.slice(0, A_PAGE);
        const last = shown.at(-1);
        const next = found.length > A_PAGE && last !== undefined ? `${last.since}_${last.contactId}` : null;
        return { subscriptions: shown.map(tell), next, counts, lastAskedAt, letters };
      },
    }),
    adminRoute({
      method: "POST",
      path: "/subscriptions/ask-again",
      need: "contacts.write",
      body: AskAgain,
      async carryOut(call) {
        const email = normaliseEmail(call.body.address);
        if (email === undefined) throw refusal("unknown");
        const contactId = contactIdOf(call.body.contactId);
        const asked = await askAgain({ contactId, email });
        if (asked.kind === "refused") throw refusal(asked.reason);
        call.request.log.info({ contactId, admin: sessionOf(call).login }, "a confirmation was asked for again");
      },
    }),
  ];
}

function tell({ spelling, email: _, ...subscription }: Subscription) {
  return { ...subscription, address: spelling };
}

function placeOf(cursor: string): { since: number; contactId: ContactId } {
  const [since, contactId] = cursor.split("_").map(Number);
  if (since === undefined || contactId === undefined || !Number.isFinite(since) || Math.abs(since) > 8.64e15)
    throw problem(400, "bad_cursor", "This page's address is not one of ours. Start from the first page.");
  return { since, contactId: contactIdOf(contactId) };
}

function refusal(reason: Extract<AskedAgain, { kind: "refused" }>["reason"]): HttpProblem {
  switch (reason) {
    case "unknown":
      return problem(404, "unknown_address", "This contact does not have this address any more. Reload the list.");
    case "nothing_to_prove":
      return problem(409, "nothing_to_prove", "This address is not waiting for a confirmation. Reload the list.");
    case "suppressed":
      return problem(409, "suppressed", "Letters to this address bounced, were complained about or are blocked.");
    case "address_limit":
      return problem(
        429,
        "address_limit",
        "This address was asked too often: at most once in 10 minutes, 5 times a day and 10 times in 30 days. Try later.",
      );
    case "network_limit":
      return problem(429, "network_limit", "Too many letters were asked for from one network. Try again in an hour.");
    case "invented":
      return problem(409, "invented", "This is a contact of the sample data: nobody reads letters to this address.");
    case "no_site":
      return problem(409, "no_site", "A letter is sent in the name of a site, and there is none. Add a site first.");
  }
}

import { ClaimList } from "../../../contract/admin/claims.ts";
import { ContactCard, Explanation } from "../../../contract/admin/contact-card.ts";
import { ContactCount, ContactCountQuery, ContactPage, ContactQuery } from "../../../contract/admin/contacts.ts";
import { ById } from "../../../contract/admin/pieces.ts";
import { TimelinePage, TimelineQuery } from "../../../contract/admin/timeline.ts";
import { countContacts, EVENTS_COUNTED_TO, listContacts, readTimeline, tellStep } from "../../contacts/index.ts";
import type { Database } from "../../db/database.ts";
import { problem, type HttpProblem } from "../../http/problem.ts";
import { explainContact } from "../../identity/index.ts";
import { listApiKeys } from "../../db/api-keys.ts";
import { cardOf, contactIdOf } from "../find-card.ts";
import type { Clock } from "../../lib/clock.ts";
import type { Sites } from "../../sites/index.ts";
import { exportPerson } from "../../privacy/index.ts";
import { adminRoute, sessionOf, type AdminRoute } from "../route.ts";
import { selectPendingClaims } from "../store.ts";
import { readCursor, tellCard, tellRow, writeCursor } from "../tell-contact.ts";
import { tellTimeline } from "../tell-timeline.ts";

const CONTACTS_A_PAGE = 25;
const EVENTS_A_PAGE = 60;

export interface ContactRouteDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly sites: Sites;
}

/** Find contacts, look at one and at what it did. */
export function contactRoutes({ db, clock, sites }: ContactRouteDeps): AdminRoute[] {
  return [
    adminRoute({
      method: "GET",
      path: "/contacts",
      need: "contacts.read",
      query: ContactQuery,
      answer: ContactPage,
      async carryOut({ query: { q, after, order, ...narrowing } }) {
        if (after !== undefined && !/^[1-9]\d{0,15}$/.test(after)) throw badCursor();
        const page = await listContacts(db, {
          ...(q !== undefined && { search: q }),
          ...(after !== undefined && { after: contactIdOf(Number(after)) }),
          ...(order !== undefined && { order }),
          ...narrowing,
          limit: CONTACTS_A_PAGE,
        });
        return {
          contacts: page.contacts.map(tellRow),
          next: page.next === undefined ? null : String(page.next),
        };
      },
    }),
    adminRoute({
      method: "GET",
      path: "/contacts/count",
      need: "contacts.read",
      query: ContactCountQuery,
      answer: ContactCount,
      carryOut: async ({ query: { q, ...narrowing } }) => ({
        total: await countContacts(db, { ...(q !== undefined && { search: q }), ...narrowing }),
      }),
    }),
    adminRoute({
      method: "GET",
      path: "/contacts/:id",
      need: "contacts.read",
      params: ById,
      answer: ContactCard,
      carryOut: async ({ params }) => tellCard(await cardOf(db, params.id)),
    }),
    adminRoute({
      method: "GET",
      path: "/contacts/:id/timeline",
      need: "contacts.read",
      params: ById,
      query: TimelineQuery,
      answer: TimelinePage,
      async carryOut({ params, query }) {
        const before = query.before === undefined ? undefined : readCursor(query.before);
        if (query.before !== undefined && before === undefined) throw badCursor();
        const card = await cardOf(db, params.id);
        const [page, allSites] = await Promise.all([
          readTimeline(db, { contactId: card.id, ...(before && { before }), limit: EVENTS_A_PAGE }),
          sites.listSites(),
        ]);
        const siteNames = new Map(allSites.map(({ siteId, name }) => [siteId, name]));
        const next = page.next === undefined ? null : writeCursor(page.next);
        return { entries: tellTimeline(page, siteNames), next };
      },
    }),
    adminRoute({
      method: "GET",
      path: "/contacts/:id/explanation",
      need: "contacts.read",
      params: ById,
      answer: Explanation,
      async carryOut({ params }) {
        const { id } = await cardOf(db, params.id);
        const [steps, apiKeys] = await Promise.all([explainContact(db, id), listApiKeys(db)]);
        return { steps: steps.map((step) => tellStep(step, new Map(apiKeys.map((key) => [key.keyId, key.name])))) };
      },
    }),
    adminRoute({
      method: "GET",
      path: "/contacts/:id/export",
      need: "contacts.download",
      params: ById,
      async carryOut(call) {
        const { id } = await cardOf(db, call.params.id);
        call.request.log.info(
          { contactId: id, admin: sessionOf(call).login },
          "what is kept about a person was exported",
        );
        return call.reply
          .type("application/json; charset=utf-8")
          .header("content-disposition", `attachment; filename="contact-${id}.json"`)
          .send(await exportPerson({ db, clock }, id));
      },
    }),
    adminRoute({
      method: "GET",
      path: "/claims",
      need: "contacts.read",
      answer: ClaimList,
      async carryOut() {
        const claims = await selectPendingClaims(db, clock());
        return { claims: claims.map((claim) => ({ ...claim, eventsCountedTo: EVENTS_COUNTED_TO })) };
      },
    }),
  ];
}

function badCursor(): HttpProblem {
  return problem(400, "bad_cursor", "This page's address is not one of ours. Start from the first page.");
}

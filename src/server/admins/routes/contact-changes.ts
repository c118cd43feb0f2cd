import { Erasure } from "../../../contract/admin/contact-card.ts";
import { ById } from "../../../contract/admin/pieces.ts";
import { restoringRequest } from "../../acts/index.ts";
import type { Database } from "../../db/database.ts";
import { problem, type HttpProblem } from "../../http/problem.ts";
import { deleteContact, dropClaim, resolveIdentity, undoMerge, type UndoOutcome } from "../../identity/index.ts";
import type { Clock } from "../../lib/clock.ts";
import type { ErasePerson } from "../../privacy/index.ts";
import { cardOf } from "../find-card.ts";
import { causeOf } from "../cause.ts";
import { adminRoute, type AdminRoute } from "../route.ts";

export interface ContactChangeDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly secretKey: string;
  readonly erasePerson: ErasePerson;
}

/** Delete a contact, take it back, erase it for good, take a merge apart, dismiss what a browser claims. */
export function contactChangeRoutes(deps: ContactChangeDeps): AdminRoute[] {
  const { db, clock } = deps;
  return [
    adminRoute({
      method: "DELETE",
      path: "/contacts/:id",
      need: "contacts.write",
      params: ById,
      async carryOut(call) {
        const { id } = await cardOf(db, call.params.id);
        await deleteContact(deps, { contactId: id, at: clock(), cause: causeOf(call) });
      },
    }),
    adminRoute({
      method: "POST",
      path: "/contacts/:id/restore",
      need: "contacts.write",
      params: ById,
      async carryOut(call) {
        const { externalCustomerId, status } = await cardOf(db, call.params.id);
        if (status === "live") return;
        if (externalCustomerId === null) {
          throw problem(409, "no_external_id", "Only contacts with an external ID can be restored by hand.");
        }
        const request = restoringRequest(externalCustomerId, { now: clock(), cause: causeOf(call) });
        const outcome = await resolveIdentity(deps, request);
        if (outcome.kind === "refused") throw problem(outcome.status, outcome.code, outcome.message);
      },
    }),
    adminRoute({
      method: "POST",
      path: "/contacts/:id/erase",
      need: "contacts.erase",
      params: ById,
      body: Erasure,
      async carryOut(call) {
        const { id } = await cardOf(db, call.params.id);
        if (call.body.confirmation.trim() !== String(id)) throw notConfirmed(id);
        await deps.erasePerson({ contactId: id, at: clock(), cause: causeOf(call) });
      },
    }),
    adminRoute({
      method: "POST",
      path: "/merges/:id/undo",
      need: "contacts.write",
      params: ById,
      async carryOut(call) {
        const outcome = await undoMerge(deps, { mergeId: call.params.id, at: clock(), cause: causeOf(call) });
        if (outcome.kind === "impossible") throw staysMerged(outcome.why);
      },
    }),
    adminRoute({
      method: "DELETE",
      path: "/claims/:id",
      need: "contacts.write",
      params: ById,
      async carryOut(call) {
        const there = await dropClaim(deps, { claimId: call.params.id, at: clock(), cause: causeOf(call) });
        if (!there) throw problem(404, "unknown_claim", "This claim was proven, dismissed or forgotten meanwhile.");
      },
    }),
  ];
}

const notConfirmed = (id: number): HttpProblem =>
  problem(
    400,
    "not_confirmed",
    `Nothing was erased: what was typed is not the id of this contact. To erase it for good, type ${id}.`,
  );

function staysMerged(why: Extract<UndoOutcome, { kind: "impossible" }>["why"]): HttpProblem {
  switch (why) {
    case "unknown":
      return problem(404, "unknown_merge", "There was no such merge.");
    case "forgotten":
      return problem(409, "merge_forgotten", "What the two were like before is no longer kept, so they stay merged.");
    case "moved on":
      return problem(409, "merge_moved_on", "The contact was deleted, erased or merged since, so the two stay merged.");
  }
}

import { ById } from "../../../contract/admin/pieces.ts";
import type { ContactId } from "../../../contract/identifiers.ts";
import {
  ByMember,
  MemberPage,
  MemberQuery,
  MembersAdded,
  MemberVerdict,
  NewMembers,
  SegmentsOfContact,
  SegmentSize,
} from "../../../contract/segments.ts";
import { summariseContacts } from "../../contacts/index.ts";
import { problem } from "../../http/problem.ts";
import {
  explainMember,
  joinList,
  leaveList,
  listSegmentMembers,
  listSegmentsOf,
  type MembersOutcome,
  type SegmentDeps,
} from "../../segments/index.ts";
import { cardOf, contactIdOf } from "../find-card.ts";
import { adminRoute, type AdminRoute } from "../route.ts";
import { tellRow } from "../tell-contact.ts";
import { inTime, unknownSegment } from "./segments.ts";

const CONTACTS_A_PAGE = 25;

/** Who is in a segment, why, and in which ones a contact is. */
export function segmentMemberRoutes(deps: SegmentDeps): AdminRoute[] {
  const { db, clock } = deps;
  return [
    adminRoute({
      method: "GET",
      path: "/segments/:id/size",
      need: "contacts.read",
      params: ById,
      answer: SegmentSize,
      async carryOut({ params }) {
        const asOf = clock();
        const found = await inTime(
          listSegmentMembers(deps, params.id, { order: "newest", before: undefined, limit: 0 }),
        );
        if (found === undefined) throw unknownSegment();
        return { total: found.total, asOf };
      },
    }),
    adminRoute({
      method: "GET",
      path: "/segments/:id/members",
      need: "contacts.read",
      params: ById,
      query: MemberQuery,
      answer: MemberPage,
      async carryOut({ params, query: { after } }) {
        if (after !== undefined && !/^[1-9]\d{0,15}$/.test(after))
          throw problem(400, "bad_cursor", "This page's address is not one of ours. Start from the first page.");
        const before = after === undefined ? undefined : contactIdOf(Number(after));
        const slice = { order: "newest", before, limit: CONTACTS_A_PAGE + 1 } as const;
        const found = await inTime(listSegmentMembers(deps, params.id, slice));
        if (found === undefined) throw unknownSegment();
        const ids = found.ids.slice(0, CONTACTS_A_PAGE);
        const contacts = await summariseContacts(db, ids);
        const last = found.ids.length > CONTACTS_A_PAGE ? ids.at(-1) : undefined;
        return { contacts: contacts.map(tellRow), total: found.total, next: last === undefined ? null : String(last) };
      },
    }),
    adminRoute({
      method: "POST",
      path: "/segments/:id/members",
      need: "contacts.write",
      params: ById,
      body: NewMembers,
      answer: MembersAdded,
      carryOut: async ({ params, body }) => ({
        added: changed(await joinList(deps, { id: params.id, contacts: body.contactIds })),
      }),
    }),
    adminRoute({
      method: "GET",
      path: "/segments/:id/members/:contactId",
      need: "contacts.read",
      params: ByMember,
      answer: MemberVerdict,
      async carryOut({ params }) {
        const contactId = contactIdOf(params.contactId);
        const verdict = await inTime(explainMember(deps, { id: params.id, contactId }));
        if (verdict === undefined) throw problem(404, "unknown", "There is no such segment, or no such contact.");
        return { ...verdict, lines: [...verdict.lines] };
      },
    }),
    adminRoute({
      method: "DELETE",
      path: "/segments/:id/members/:contactId",
      need: "contacts.write",
      params: ByMember,
      async carryOut({ params }) {
        changed(await leaveList(deps, { id: params.id, contactId: params.contactId as ContactId }));
      },
    }),
    adminRoute({
      method: "GET",
      path: "/contacts/:id/segments",
      need: "contacts.read",
      params: ById,
      answer: SegmentsOfContact,
      async carryOut({ params }) {
        const { id } = await cardOf(db, params.id);
        return { segments: await inTime(listSegmentsOf(deps, id)) };
      },
    }),
  ];
}

function changed(outcome: MembersOutcome): number {
  switch (outcome.kind) {
    case "changed":
      return outcome.count;
    case "unknown":
      throw unknownSegment();
    case "dynamic":
      throw problem(409, "dynamic_segment", "Who is in a dynamic segment is decided by its conditions.");
  }
}

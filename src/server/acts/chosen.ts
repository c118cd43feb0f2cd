import type { Chosen } from "../../contract/acts.ts";
import { findListed, settleBackstories } from "../contacts/index.ts";
import { findMemberQuery, type MemberQuery, type SegmentDeps } from "../segments/index.ts";

/** What finds the ids of the contacts that are chosen, each once. Undefined: there is no such segment. */
export async function findChosen(deps: SegmentDeps, chosen: Chosen): Promise<MemberQuery | undefined> {
  if ("contactIds" in chosen) {
    const text = "SELECT DISTINCT asked.contact_id FROM unnest($1::bigint[]) AS asked (contact_id)";
    return { text, values: [chosen.contactIds] };
  }
  const { q, segment, ...narrowing } = chosen.matching;
  if (narrowing.backstory !== undefined) await settleBackstories(deps.db);
  const listed = findListed(q ?? "", narrowing);
  if (segment === undefined) return listed;
  const members = await findMemberQuery(deps, segment, listed.values);
  return members && { text: `${listed.text} AND c.contact_id IN (${members.text})`, values: members.values };
}

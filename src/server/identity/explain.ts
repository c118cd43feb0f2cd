import type { ContactId, Instant, SiteId } from "../../contract/identifiers.ts";
import type { Queryable } from "../db/database.ts";
import type { IdentifierKind } from "./facts.ts";
import type { Creation } from "./write-audit.ts";

/** One thing that made the contact what it is: which request, on whose word, by which rule. */
export interface ExplanationStep {
  readonly at: Instant;
  readonly action: string;
  readonly contactId: ContactId;
  readonly otherContactId: ContactId | null;
  readonly identifierKind: IdentifierKind | null;
  readonly sourceKind: "visitor" | "device" | null;
  readonly sourceId: string | null;
  readonly before: unknown;
  readonly after: unknown;
  readonly reason: string | null;
  readonly matchedBy: string | null;
  readonly trust: string | null;
  readonly actor: string;
  readonly requestId: string;
  readonly siteId: SiteId | null;
  readonly url: string | null;
  /** Of a merge that can still be undone. */
  readonly mergeId: number | null;
}

const STEPS = `
  WITH person AS (
    SELECT contact_id FROM contact WHERE contact_id = $1 OR merged_into = $1
  )
  SELECT at, action, step.contact_id, other_contact_id, identifier_kind, source_kind, source_id, before, after, reason,
         matched_by, trust, actor, request_id, site_id, url,
         (SELECT max(merge_id) FROM merge_log m WHERE step.action = 'merge' AND m.loser_id = step.other_contact_id
            AND m.request_id = step.request_id AND m.undone_at IS NULL AND m.loser_before IS NOT NULL) AS merge_id
  FROM identity_audit step
  WHERE step.contact_id IN (SELECT * FROM person) OR other_contact_id IN (SELECT * FROM person)
  ORDER BY audit_id`;

/** "Why is this one contact?": its audit and that of the contacts that ended in it, oldest first. */
export async function explainContact(db: Queryable, contactId: ContactId): Promise<ExplanationStep[]> {
  const steps = await db.query<ExplanationStep>(STEPS, [contactId]);
  return steps.flatMap((step) => [step, ...firstIdentifiers(step)]);
}

/** The keys that a contact began with stand in the entry of its creation: see `creationOf`. */
function firstIdentifiers(step: ExplanationStep): ExplanationStep[] {
  // Who was erased began with keys that nobody knows any more.
  if (step.action !== "create" || step.after === null) return [];
  return (step.after as Creation["after"]).identifiers.map(({ kind, proof }) => ({
    ...step,
    action: "update-identifier",
    identifierKind: kind,
    after: { contact: step.contactId, proof },
  }));
}

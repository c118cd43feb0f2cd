import type { ContactId, Instant } from "../../contract/identifiers.ts";
import type { Queryable } from "../db/database.ts";

/** A stretch of one source's history that belongs to a contact: `validFrom <= occurredAt < validTo`. */
export interface Binding {
  readonly sourceKind: "visitor" | "device" | "contact";
  readonly sourceId: string;
  readonly validFrom: Instant;
  readonly validTo: Instant;
  /** When the person was named; earlier events of the stretch happened before anybody knew. */
  readonly boundAt: Instant;
  readonly reason: string;
  readonly boundUrl: string | null;
}

// A contact's own source has no row: it would race with a merge and lose events. It is the contact itself, and every
// contact that ended in it.
const BINDINGS = `
  SELECT source_kind, source_id, valid_from, coalesce(valid_to, 'infinity') AS valid_to, bound_at, reason, bound_url
  FROM binding WHERE contact_id = $1
  UNION ALL
  SELECT 'contact', contact_id::text, '-infinity', 'infinity', '-infinity', 'own', NULL
  FROM contact WHERE contact_id = $1 OR merged_into = $1
  ORDER BY bound_at, source_kind, source_id`;

/** Everything whose events make up the contact's timeline. */
export function listBindings(db: Queryable, contactId: ContactId): Promise<Binding[]> {
  return db.query<Binding>(BINDINGS, [contactId]);
}

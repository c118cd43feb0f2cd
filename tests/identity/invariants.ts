import type { Queryable } from "../../src/server/db/database.ts";

/** What must hold at every quiet moment (identity.md §11), as queries that answer the violations. */
const INVARIANTS: Readonly<Record<string, string>> = {
  "I1 one contact per external id": `
    SELECT external_customer_id FROM contact WHERE external_customer_id IS NOT NULL AND status IN ('live', 'deleted')
    GROUP BY 1 HAVING count(*) > 1`,
  "I1 the contact's external id is its identifier": `
    SELECT c.contact_id FROM contact c FULL JOIN (SELECT * FROM identifier WHERE kind = 'external') i USING (contact_id)
    WHERE c.external_customer_id IS DISTINCT FROM i.value`,
  "I2 identifiers point at live or deleted contacts": `
    SELECT i.kind, i.value, c.status FROM identifier i JOIN contact c USING (contact_id) WHERE c.status IN ('merged', 'erased')`,
  "what names a contact names one that is there": `
    SELECT 'identifier' AS of, contact_id FROM identifier WHERE contact_id NOT IN (SELECT contact_id FROM contact)
    UNION ALL SELECT 'channel', contact_id FROM channel WHERE contact_id NOT IN (SELECT contact_id FROM contact)
    UNION ALL SELECT 'pair kept apart', id FROM do_not_merge, unnest(ARRAY[lower_id, higher_id]) AS id
      WHERE id NOT IN (SELECT contact_id FROM contact)`,
  "I2 one external id, email and phone each": `
    SELECT contact_id, kind FROM identifier WHERE kind <> 'device' GROUP BY 1, 2 HAVING count(*) > 1`,
  "I3 stretches never overlap": `
    SELECT a.binding_id, b.binding_id AS other FROM binding a JOIN binding b
      ON a.source_kind = b.source_kind AND a.source_id = b.source_id AND a.binding_id < b.binding_id
    WHERE a.valid_from < coalesce(b.valid_to, 'infinity') AND b.valid_from < coalesce(a.valid_to, 'infinity')
      AND a.valid_from IS DISTINCT FROM a.valid_to AND b.valid_from IS DISTINCT FROM b.valid_to`,
  "I3 one open binding a source": `
    SELECT source_kind, source_id FROM binding WHERE valid_to IS NULL GROUP BY 1, 2 HAVING count(*) > 1`,
  "I7 redirects are one hop": `
    SELECT l.contact_id FROM contact l JOIN contact w ON w.contact_id = l.merged_into WHERE w.status = 'merged'`,
  "I7 no binding points at a merged or erased contact": `
    SELECT b.binding_id FROM binding b JOIN contact c USING (contact_id) WHERE c.status IN ('merged', 'erased')`,
  "I7 deleted contacts have no open binding": `
    SELECT b.binding_id FROM binding b JOIN contact c USING (contact_id) WHERE c.status = 'deleted' AND b.valid_to IS NULL`,
  "a key is one of its contact's addresses": `
    SELECT i.kind, i.value FROM identifier i WHERE i.kind IN ('email', 'phone') AND NOT EXISTS (
      SELECT FROM channel c WHERE c.contact_id = i.contact_id AND c.value = i.value AND c.current
        AND c.type = CASE i.kind WHEN 'email' THEN 'email'::channel_type ELSE 'sms' END)`,
  "merged contacts keep no channels": `
    SELECT h.contact_id FROM channel h JOIN contact c USING (contact_id) WHERE c.status IN ('merged', 'erased')`,
  "every live contact can be found by something": `
    SELECT c.contact_id FROM contact c WHERE c.status = 'live'
      AND NOT EXISTS (SELECT FROM identifier i WHERE i.contact_id = c.contact_id)
      AND NOT EXISTS (SELECT FROM channel h WHERE h.contact_id = c.contact_id)
      -- Taken apart by hand, its device in other hands since: then its history is all it has.
      AND NOT EXISTS (SELECT FROM merge_log WHERE undone_at IS NOT NULL)`,
  "no claim outlives its visitor's proof": `
    SELECT p.claim_id FROM pending_claim p JOIN binding b ON b.source_kind = 'visitor' AND b.source_id = p.visitor_id
    WHERE b.valid_to IS NULL AND b.reason = 'claim proven' AND p.received_at < b.bound_at`,
};

export async function checkInvariants(db: Queryable): Promise<string[]> {
  const violations: string[] = [];
  for (const [name, query] of Object.entries(INVARIANTS)) {
    const rows = await db.query(query);
    if (rows.length > 0) violations.push(`${name}: ${JSON.stringify(rows.slice(0, 3))}`);
  }
  return violations;
}

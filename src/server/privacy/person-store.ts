// Everything that is kept about one person, table by table, as JSON made by the database: what a table gains later is
// in it without anybody having to remember. What is nobody's business goes: hashes of links, our own marks.

/** A part of the file. `one`: a single object instead of a list. */
export interface PersonPart {
  readonly name: string;
  readonly one?: true;
  /** $1: the contact. Each row: one column with the JSON of an entry. */
  readonly query: string;
}

const PERSON = `
  person AS (SELECT contact_id FROM contact WHERE contact_id = $1 OR merged_into = $1),
  own_source AS (SELECT * FROM binding WHERE contact_id = $1),
  -- What lies under an address that somebody else has too is not told apart, so it is nobody's to take away.
  address AS (
    SELECT type, value FROM channel own WHERE contact_id = $1 AND NOT EXISTS (
      SELECT FROM channel other JOIN contact c USING (contact_id)
      WHERE other.type = own.type AND other.value = own.value AND c.contact_id <> $1 AND c.status IN ('live', 'deleted'))),
  own_email AS (SELECT value FROM address WHERE type = 'email')`;

const rows = (
  from: string,
  { without = [], order }: { readonly without?: readonly string[]; readonly order: string },
) => {
  const left = [...without, "written_in"].map((name) => `'${name}'`).join(", ");
  return `WITH ${PERSON} SELECT to_jsonb(r) - ARRAY[${left}] AS entry FROM ${from} ORDER BY ${order}`;
};

export const PERSON_PARTS: readonly PersonPart[] = [
  {
    name: "contact",
    one: true,
    query: rows("contact r WHERE r.contact_id = $1", {
      without: ["fields", "version", "merged_into"],
      order: "r.contact_id",
    }),
  },
  {
    name: "fields",
    query: `SELECT jsonb_build_object('name', f.name, 'key', f.key, 'value', c.fields -> f.field_id::text) AS entry
      FROM contact c JOIN field f ON c.fields ? f.field_id::text AND f.deleted_at IS NULL
      WHERE c.contact_id = $1 ORDER BY f.field_id`,
  },
  {
    name: "mergedContacts",
    query: rows("contact r WHERE r.merged_into = $1", { without: ["version"], order: "r.contact_id" }),
  },
  { name: "identifiers", query: rows("identifier r WHERE r.contact_id = $1", { order: "r.kind, r.since, r.value" }) },
  { name: "channels", query: rows("channel r WHERE r.contact_id = $1", { order: "r.type, r.created_at, r.value" }) },
  {
    name: "consents",
    query: rows(
      `consent_log r WHERE r.contact_id IN (SELECT * FROM person)
         OR (r.contact_id IS NULL AND (r.channel_type, r.address) IN (SELECT type, value FROM address))`,
      { without: ["token_hash", "text_hash"], order: "r.consent_id" },
    ),
  },
  {
    name: "confirmationsAskedFor",
    query: rows(
      `optin_request r WHERE r.contact_id IN (SELECT * FROM person)
         OR (r.contact_id IS NULL AND r.email IN (SELECT * FROM own_email))`,
      { without: ["token_hash"], order: "r.optin_request_id" },
    ),
  },
  {
    name: "categories",
    query: rows("contact_category r WHERE r.contact_id IN (SELECT * FROM person)", { order: "r.category" }),
  },
  {
    name: "letters",
    query: `WITH ${PERSON}
      SELECT jsonb_build_object('at', at, 'purpose', purpose, 'to', recipient, 'subject', subject, 'state', state) AS entry
      FROM (
        SELECT queued_at AS at, purpose, recipient, subject, CASE WHEN dead_at IS NULL THEN 'waiting' ELSE 'given up' END
          AS state FROM mail_outbox
        UNION ALL SELECT captured_at, purpose, recipient, subject, 'kept here' FROM captured_mail
      ) letter WHERE lower(recipient) IN (SELECT * FROM own_email) ORDER BY at`,
  },
  {
    name: "browsers",
    query: rows("own_source r WHERE r.source_kind = 'visitor'", { order: "r.bound_at, r.binding_id" }),
  },
  {
    name: "devices",
    query: `WITH ${PERSON}
      SELECT to_jsonb(r) || jsonb_build_object('device', to_jsonb(d) - 'device_id') AS entry
      FROM own_source r LEFT JOIN device d ON d.device_id = r.source_id
      WHERE r.source_kind = 'device' ORDER BY r.bound_at, r.binding_id`,
  },
  {
    name: "claims",
    query: rows(
      `pending_claim r WHERE r.claim_id IN (
         SELECT claim_id FROM identifier key JOIN pending_claim ON external_customer_id = key.value
           WHERE key.contact_id = $1 AND key.kind = 'external'
         UNION SELECT claim_id FROM identifier key JOIN pending_claim ON email = key.value
           WHERE key.contact_id = $1 AND key.kind = 'email'
         UNION SELECT claim_id FROM identifier key JOIN pending_claim ON phone = key.value
           WHERE key.contact_id = $1 AND key.kind = 'phone')`,
      { without: ["awaits_contact"], order: "r.claim_id" },
    ),
  },
  {
    name: "lists",
    query: `WITH ${PERSON}
      SELECT jsonb_build_object('segment', s.name, 'since', min(m.since)) AS entry
      FROM segment_member m JOIN segment s USING (segment_id) WHERE m.contact_id IN (SELECT * FROM person)
      GROUP BY s.segment_id ORDER BY s.segment_id`,
  },
  {
    name: "uploads",
    query: rows("bulk_row r WHERE r.contact_id IN (SELECT * FROM person)", { order: "r.session_id, r.row_index" }),
  },
  {
    name: "imports",
    query: `WITH ${PERSON}
      SELECT jsonb_build_object('file', i.file_name, 'at', i.created_at, 'result', c.result) AS entry
      FROM import_contacts c JOIN import i USING (import_id)
      WHERE c.contact_ids && ARRAY(SELECT contact_id FROM person) ORDER BY i.import_id, c.number`,
  },
  {
    name: "bulkActs",
    query: `WITH ${PERSON}
      SELECT jsonb_build_object('act', a.kind, 'list', a.segment_name, 'at', a.created_at,
        'changed', coalesce(p.changed_ids && ARRAY(SELECT contact_id FROM person), false)) AS entry
      FROM act_part p JOIN act a USING (act_id)
      WHERE p.contact_ids && ARRAY(SELECT contact_id FROM person) ORDER BY a.act_id, p.part`,
  },
  {
    name: "rejectedMessages",
    query: rows(
      `rejected r WHERE jsonb_typeof(r.message) = 'object' AND EXISTS (
         SELECT FROM own_source b WHERE b.source_kind = 'visitor' AND b.source_id = r.message->>'visitorId'
           AND r.received_at >= b.valid_from AND r.received_at < coalesce(b.valid_to, 'infinity'))`,
      { without: ["envelope"], order: "r.rejected_id" },
    ),
  },
  {
    name: "waitingMessages",
    query: rows(
      `identity_message r WHERE r.payload IS NOT NULL AND EXISTS (
         SELECT FROM own_source b WHERE b.source_kind = 'visitor' AND b.source_id = r.visitor_id
           AND r.occurred_at >= b.valid_from AND r.occurred_at < coalesce(b.valid_to, 'infinity'))`,
      { without: ["due_at", "attempts", "error"], order: "r.occurred_at, r.message_id" },
    ),
  },
  {
    name: "events",
    query: `WITH ${PERSON}, stretch AS (
        SELECT source_kind, source_id, valid_from, coalesce(valid_to, 'infinity') AS valid_to, bound_at FROM own_source
        UNION ALL
        SELECT 'contact', contact_id::text, '-infinity', 'infinity', '-infinity' FROM person)
      SELECT to_jsonb(e) - ARRAY['written_in', 'attachable', 'source_kind', 'source_id'] || jsonb_build_object(
        'source', jsonb_build_object('kind', e.source_kind, 'id', e.source_id),
        'site', (SELECT name FROM site WHERE site.site_id = e.site_id),
        'before_identification', e.occurred_at < stretch.bound_at) AS entry
      FROM stretch JOIN event e ON e.source_kind = stretch.source_kind AND e.source_id = stretch.source_id
        AND e.occurred_at >= stretch.valid_from AND e.occurred_at < stretch.valid_to AND e.attachable
      ORDER BY e.occurred_at, e.event_id, e.site_id`,
  },
  {
    name: "merges",
    // What was taken apart again is two people: the one before the merge is somebody else.
    query: rows("merge_log r WHERE r.winner_id IN (SELECT * FROM person) AND r.undone_at IS NULL", {
      without: ["moved_bindings", "moved_redirects"],
      order: "r.merge_id",
    }),
  },
  {
    name: "audit",
    query: rows(
      "identity_audit r WHERE r.contact_id IN (SELECT * FROM person) OR r.other_contact_id IN (SELECT * FROM person)",
      { without: ["identifier_hmac"], order: "r.audit_id" },
    ),
  },
];

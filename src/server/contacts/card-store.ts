import type { ContactId } from "../../contract/identifiers.ts";
import type { Queryable } from "../db/database.ts";
import { listFields, type FieldValue } from "../fields/index.ts";
import type { CardBinding, CardChannel, CardClaim, CardIdentifier, ContactCard } from "./card.ts";
import { EVENTS_COUNTED_TO } from "./timeline-store.ts";
import type { Source } from "./timeline.ts";

type Lists = "identifiers" | "channels" | "bindings" | "mergedIds" | "claims" | "fields";

export async function readCard(db: Queryable, contactId: ContactId): Promise<ContactCard | undefined> {
  const [contact] = await db.query<
    Omit<ContactCard, Lists> & { readonly fields: Readonly<Record<string, FieldValue>> }
  >(
    `SELECT contact_id AS id, status, deleted_at, external_customer_id, first_name, last_name, language_code, time_zone,
            region, town, address, postcode, country_code, attributes, fields, contact_source, created_at, updated_at
     FROM contact WHERE contact_id = $1 AND status IN ('live', 'deleted')`,
    [contactId],
  );
  if (contact === undefined) return undefined;
  const [identifiers, channels, bindings, mergedIds, claims, known] = await Promise.all([
    readIdentifiers(db, contactId),
    readChannels(db, contactId),
    readBindings(db, contactId),
    readMergedIds(db, contactId),
    readClaims(db, contactId),
    listFields(db),
  ]);
  const fields = known.flatMap(({ id, name }) => {
    const value = contact.fields[id];
    return value === undefined ? [] : [{ id, name, value }];
  });
  return { ...contact, fields, identifiers, channels, bindings, mergedIds, claims };
}

function readIdentifiers(db: Queryable, contactId: ContactId): Promise<CardIdentifier[]> {
  return db.query(
    "SELECT kind, value, proof, since FROM identifier WHERE contact_id = $1 ORDER BY kind, since, value",
    [contactId],
  );
}

function readChannels(db: Queryable, contactId: ContactId): Promise<CardChannel[]> {
  return db.query(
    `SELECT ch.type, ch.spelling AS value, ch.status, ch.current, key.proof, ch.source, ch.created_at, ch.confirmed_at
     FROM channel ch
     LEFT JOIN identifier key ON key.contact_id = ch.contact_id AND key.value = ch.value
       AND key.kind = CASE ch.type WHEN 'email' THEN 'email'::identifier_kind WHEN 'sms' THEN 'phone' END
     WHERE ch.contact_id = $1 ORDER BY ch.current DESC, ch.type, ch.created_at DESC, ch.value`,
    [contactId],
  );
}

async function readBindings(db: Queryable, contactId: ContactId): Promise<CardBinding[]> {
  const rows = await db.query<Omit<CardBinding, "source"> & { sourceKind: Source["kind"]; sourceId: string }>(
    `SELECT binding_id, source_kind, source_id, valid_from, coalesce(valid_to, 'infinity') AS valid_to, bound_at,
            bound_url, reason
     FROM binding WHERE contact_id = $1 ORDER BY bound_at DESC, binding_id DESC`,
    [contactId],
  );
  return rows.map(({ sourceKind, sourceId, ...row }) => ({ ...row, source: { kind: sourceKind, id: sourceId } }));
}

async function readMergedIds(db: Queryable, contactId: ContactId): Promise<ContactId[]> {
  const rows = await db.query<{ contactId: ContactId }>(
    "SELECT contact_id FROM contact WHERE merged_into = $1 ORDER BY contact_id",
    [contactId],
  );
  return rows.map((row) => row.contactId);
}

/** Claims that name anything this contact is found by. */
function readClaims(db: Queryable, contactId: ContactId): Promise<CardClaim[]> {
  return db.query(
    `SELECT claim.claim_id, claim.visitor_id, claim.external_customer_id, claim.email, claim.phone, claim.claimed_at,
            claim.expires_at, claim.url, counted.events
     FROM pending_claim claim
     CROSS JOIN LATERAL (
       SELECT count(*) AS events FROM (
         SELECT FROM event WHERE source_kind = 'visitor' AND source_id = claim.visitor_id AND attachable
         LIMIT ${EVENTS_COUNTED_TO + 1}
       ) AS some_events
     ) counted
     WHERE claim.claim_id = ANY (ARRAY(
       SELECT claim_id FROM identifier key JOIN pending_claim ON external_customer_id = key.value
         WHERE key.contact_id = $1 AND key.kind = 'external'
       UNION SELECT claim_id FROM identifier key JOIN pending_claim ON email = key.value
         WHERE key.contact_id = $1 AND key.kind = 'email'
       UNION SELECT claim_id FROM identifier key JOIN pending_claim ON phone = key.value
         WHERE key.contact_id = $1 AND key.kind = 'phone'))
     ORDER BY claim.claimed_at DESC, claim.claim_id DESC`,
    [contactId],
  );
}

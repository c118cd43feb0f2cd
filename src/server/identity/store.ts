import type { ContactId, Instant } from "../../contract/identifiers.ts";
import { timestamp, type Transaction } from "../db/database.ts";
import type {
  AskedContact,
  Channel,
  Contact,
  Facts,
  Identifier,
  IdentifierKind,
  PendingClaim,
  SourceFacts,
} from "./facts.ts";
import { keyedHash } from "./keyed-hash.ts";
import { lockContacts, type ContactRow } from "./locks.ts";
import type { NormalRequest } from "./normal-request.ts";
import { LookAgain } from "./retried.ts";
import { findSuppressed } from "./suppressions.ts";
import { flattenFields, type Provenance } from "./values.ts";

// Whoever holds a key, owns a source or has a push token, and the contact asked for by id, redirects followed.
const CANDIDATES = `
  SELECT found.contact_id FROM unnest($1::identifier_kind[], $2::text[]) AS named (kind, value)
    CROSS JOIN LATERAL (SELECT contact_id FROM identifier WHERE kind = named.kind AND value = named.value LIMIT 1) found
  UNION
  SELECT found.contact_id FROM unnest($3::source_kind[], $4::text[]) AS named (kind, id)
    CROSS JOIN LATERAL (SELECT contact_id FROM binding
      WHERE source_kind = named.kind AND source_id = named.id AND valid_to IS NULL LIMIT 1) found
  UNION
  SELECT found.contact_id FROM unnest($5::channel_type[], $6::text[]) AS named (type, value)
    CROSS JOIN LATERAL (SELECT contact_id FROM channel WHERE type = named.type AND value = named.value OFFSET 0) found
  UNION
  SELECT coalesce(merged_into, contact_id) FROM contact WHERE contact_id = $7 AND status <> 'erased'`;

const MS = (column: string) => `(extract(epoch FROM ${column}) * 1000)::float8`;

const AROUND = `
  SELECT
    (SELECT json_agg(contact_id ORDER BY contact_id) FROM (${CANDIDATES}) candidate) AS candidates,
    (SELECT coalesce(merged_into, contact_id) FROM contact WHERE contact_id = $7 AND status <> 'erased') AS asked,
    (SELECT json_agg(json_build_object('contactId', contact_id, 'kind', kind, 'value', value, 'proof', proof,
        'since', ${MS("since")}) ORDER BY since, kind, value)
      FROM identifier WHERE contact_id = ANY($8::bigint[])) AS identifiers,
    (SELECT json_agg(json_build_object('contactId', contact_id, 'type', type, 'value', value, 'spelling', spelling,
        'status', status, 'current', current, 'withheld', withheld, 'details', details, 'source', source,
        'createdAt', ${MS("created_at")}, 'updatedAt', ${MS("updated_at")}, 'confirmedAt', ${MS("confirmed_at")}))
      FROM channel WHERE contact_id = ANY($8::bigint[])) AS channels,
    (SELECT json_agg(json_build_object('contactId', id,
        'bindings', (SELECT count(*) FROM binding WHERE contact_id = id),
        'merges', (SELECT count(*) FROM contact WHERE merged_into = id)))
      FROM unnest($8::bigint[]) AS id) AS counts,
    (SELECT json_agg(json_build_array(lower_id, higher_id)) FROM do_not_merge
      WHERE lower_id = ANY($8::bigint[]) OR higher_id = ANY($8::bigint[])) AS apart,
    (SELECT json_agg(json_build_object('kind', named.kind, 'id', named.id,
        'open', (SELECT json_build_object('bindingId', binding_id, 'contactId', contact_id,
            'validFrom', CASE WHEN isfinite(valid_from) THEN ${MS("valid_from")} END, 'boundAt', ${MS("bound_at")})
          FROM binding WHERE source_kind = named.kind AND source_id = named.id AND valid_to IS NULL),
        'lastEnd', ${MS(`greatest(
          (SELECT max(valid_to) FROM binding WHERE source_kind = named.kind AND source_id = named.id),
          (SELECT max(valid_to) FROM erased_source WHERE source_kind = named.kind AND source_hmac = named.hmac))`)},
        'shared', EXISTS (SELECT FROM shared_source WHERE source_kind = named.kind AND source_id = named.id),
        'erased', EXISTS (SELECT FROM erased_source
          WHERE source_kind = named.kind AND source_hmac = named.hmac AND valid_to IS NULL),
        'recentPersons', (SELECT json_agg(DISTINCT b.contact_id) FROM binding b JOIN contact c USING (contact_id)
          WHERE b.source_kind = named.kind AND b.source_id = named.id AND b.bound_at > $9::timestamptz - interval '1 day'
            AND c.external_customer_id IS NOT NULL)) ORDER BY named.place)
      FROM unnest($3::source_kind[], $4::text[], $10::bytea[]) WITH ORDINALITY AS named (kind, id, hmac, place)) AS sources,
    (SELECT json_agg(json_build_object('claimId', claim_id, 'visitorId', visitor_id, 'external', external_customer_id,
        'email', email, 'phone', phone, 'claimedAt', ${MS("claimed_at")}) ORDER BY claimed_at, claim_id)
      FROM pending_claim WHERE visitor_id = ANY($11::text[]) AND expires_at > $12) AS claims,
    EXISTS (SELECT FROM contact WHERE lower(external_customer_id) = lower($13::text)
      AND external_customer_id <> $13::text AND status = 'live') AS case_variant,
    (SELECT count(*) FROM pending_claim
      WHERE visitor_id = ($11::text[])[1] AND received_at > $12::timestamptz - interval '1 hour') AS claims_by_visitor,
    (SELECT count(*) FROM pending_claim
      WHERE (email = $14 OR phone = $15) AND received_at > $12::timestamptz - interval '1 hour') AS claims_by_address,
    CASE WHEN $14::text IS NULL THEN 0 ELSE (SELECT count(DISTINCT a.identifier_hmac)
      FROM identifier i JOIN identity_audit a USING (contact_id)
      WHERE i.kind = 'external' AND i.value = $13 AND a.identifier_kind = 'email'
        AND a.at > $12::timestamptz - interval '1 day') END AS recent_emails`;

interface Around {
  readonly candidates: readonly ContactId[] | null;
  readonly asked: ContactId | null;
  readonly identifiers: readonly (Identifier & { contactId: ContactId })[] | null;
  readonly channels: readonly (Channel & { contactId: ContactId })[] | null;
  readonly counts: readonly { contactId: ContactId; bindings: number; merges: number }[] | null;
  readonly apart: readonly (readonly [ContactId, ContactId])[] | null;
  readonly sources: readonly RawSource[] | null;
  readonly claims: readonly PendingClaim[] | null;
  readonly caseVariant: boolean;
  readonly claimsByVisitor: number;
  readonly claimsByAddress: number;
  readonly recentEmails: number;
}

/** JSON has no infinities: null stands for them. */
type RawSource = Omit<SourceFacts, "open" | "lastEnd" | "recentPersons"> & {
  readonly open: { bindingId: number; contactId: ContactId; validFrom: Instant | null; boundAt: Instant } | null;
  readonly lastEnd: Instant | null;
  readonly recentPersons: readonly ContactId[] | null;
};

/**
 * Steps 2 to 4 of the locking protocol: look, lock the contacts found, look again. If the second look finds others,
 * somebody merged through a key that this request does not name.
 */
export async function loadFacts(tx: Transaction, request: NormalRequest, secretKey: string): Promise<Facts> {
  const named = parametersOf(request);
  const first = await tx.queryNamed<{ contactId: ContactId }>("identity look", CANDIDATES, named);
  const contactIds = first.map(({ contactId }) => contactId);
  const rows = await lockContacts(tx, contactIds);
  const around = await lookAround(tx, request, { contactIds, secretKey });
  const second = around.candidates ?? [];
  const same = second.length === contactIds.length && second.every((id) => contactIds.includes(id));
  if (!same || rows.length !== contactIds.length || rows.some(({ status }) => status === "erased"))
    throw new LookAgain();
  const contacts = rows.map((row) => contactFrom(row, around));
  return {
    asked: askedOf(request, around),
    contacts,
    sources: (around.sources ?? []).map(sourceFrom),
    claims: around.claims ?? [],
    caseVariant: around.caseVariant,
    suppressed: await findSuppressed(tx, secretKey, addressesOf(contacts, request.email?.value)),
    recentClaims: { byVisitor: around.claimsByVisitor, byAddress: around.claimsByAddress },
    recentEmails: around.recentEmails,
  };
}

/** Every email that the contacts have, and the one that is named. */
export function addressesOf(contacts: readonly Contact[], named?: string): string[] {
  const channels = contacts.flatMap((contact) => contact.channels).filter(({ type }) => type === "email");
  return [...new Set([...channels.map(({ value }) => value), ...(named === undefined ? [] : [named])])];
}

function parametersOf(request: NormalRequest): readonly unknown[] {
  const { external, email, phone, deviceId } = request;
  const keys = Object.entries({ external, email: email?.value, phone: phone?.value, device: deviceId });
  const named = keys.filter((key): key is [IdentifierKind, string] => key[1] !== undefined);
  const sources = sourcesOf(request);
  return [
    named.map(([kind]) => kind),
    named.map(([, value]) => value),
    sources.map(({ kind }) => kind),
    sources.map(({ id }) => id),
    request.channels.map(({ type }) => type),
    request.channels.map(({ value }) => value),
    request.contactId ?? null,
  ];
}

function sourcesOf({ visitorIds, deviceId }: NormalRequest) {
  const visitors = visitorIds.map((id) => ({ kind: "visitor", id }) as const);
  return deviceId === undefined ? visitors : [...visitors, { kind: "device", id: deviceId } as const];
}

async function lookAround(
  tx: Transaction,
  request: NormalRequest,
  { contactIds, secretKey }: { contactIds: readonly ContactId[]; secretKey: string },
): Promise<Around> {
  return readAround(tx, [
    ...parametersOf(request),
    contactIds,
    timestamp(request.moment),
    sourcesOf(request).map(({ kind, id }) => keyedHash(secretKey, kind, id)),
    request.visitorIds,
    timestamp(request.receivedAt),
    request.external ?? null,
    request.email?.value ?? null,
    request.phone?.value ?? null,
  ]);
}

async function readAround(tx: Transaction, parameters: readonly unknown[]): Promise<Around> {
  const [around] = await tx.queryNamed<Around>("identity look around", AROUND, parameters);
  if (around === undefined) throw new Error("A query without FROM answered no row.");
  return around;
}

/** Contacts by id, locked in the order of their ids. One that was merged or erased by now is left out. */
export async function loadContacts(tx: Transaction, contactIds: readonly ContactId[]): Promise<Contact[]> {
  const rows = await lockContacts(tx, contactIds);
  const around = await readAround(tx, [[], [], [], [], [], [], null, contactIds, null, [], [], null, null, null, null]);
  return rows.filter(({ status }) => status === "live" || status === "deleted").map((row) => contactFrom(row, around));
}

function askedOf(request: NormalRequest, { asked }: Around): AskedContact {
  if (request.contactId === undefined) return { kind: "none" };
  return asked === null ? { kind: "unknown" } : { kind: "found", contactId: Number(asked) as ContactId };
}

function contactFrom(row: ContactRow, around: Around): Contact {
  const mine = ({ contactId }: { contactId: ContactId }) => contactId === row.contactId;
  const counts = around.counts?.find(mine);
  const pairs = (around.apart ?? []).filter((pair) => pair.includes(row.contactId));
  return {
    id: row.contactId,
    status: row.status === "deleted" ? "deleted" : "live",
    contactSource: row.contactSource,
    createdAt: row.createdAt,
    ...profileFrom(row),
    identifiers: (around.identifiers ?? []).filter(mine).map(({ contactId: _, ...identifier }) => identifier),
    channels: (around.channels ?? []).filter(mine).map(({ contactId: _, ...channel }) => channel),
    bindings: counts?.bindings ?? 0,
    merges: counts?.merges ?? 0,
    apartFrom: pairs.flatMap((pair) => pair.filter((id) => id !== row.contactId)),
  };
}

export function profileFrom(row: ContactRow) {
  const values = flattenFields({ ...row, additional: row.fields });
  const known = Object.entries(values).filter(([, value]) => value !== null);
  return { values: Object.fromEntries(known), provenance: row.provenance as Provenance };
}

function sourceFrom({ open, lastEnd, recentPersons, ...source }: RawSource): SourceFacts {
  return {
    ...source,
    ...(open && { open: { ...open, validFrom: open.validFrom ?? -Infinity } }),
    lastEnd: lastEnd ?? -Infinity,
    recentPersons: recentPersons ?? [],
  };
}

import type { ContactId } from "../../contract/identifiers.ts";
import { timestamp, type Transaction } from "../db/database.ts";
import type { Changes, Merge, NewClaim } from "./changes.ts";
import type { Contact, ContactRef } from "./facts.ts";
import type { NormalRequest } from "./normal-request.ts";
import { LookAgain } from "./retried.ts";
import { FIELD_NAMES, foldValues } from "./values.ts";
import { writeAudit, type AuditCircumstances } from "./write-audit.ts";
import { mergeRows } from "./write-merge.ts";

export interface Written {
  /** The number of a contact of the plan. */
  readonly idOf: (ref: ContactRef) => ContactId;
  readonly claimId?: number;
}

export interface Circumstances extends AuditCircumstances {
  readonly request: NormalRequest;
  /** Milliseconds until a claim is dropped. */
  readonly claimLife: number;
}

/** Makes the planned state true. Statements that find something else than the plan was made for start it all anew. */
export async function writePlan(tx: Transaction, changes: Changes, around: Circumstances): Promise<Written> {
  const { request } = around;
  const [created] = changes.created;
  const newId = created && (await insertContact(tx, created, request));
  const idOf = (ref: ContactRef): ContactId => {
    const id = ref === "new" ? newId : ref;
    if (id === undefined) throw new Error("The plan names a new contact but makes none.");
    return id;
  };
  for (const merge of changes.merges) await writeMerge(tx, { merge, idOf, around });
  for (const contact of changes.updated) await updateContact(tx, contact);
  await touch(tx, changes, request);
  await writeIdentifiers(tx, changes, idOf);
  await writeChannels(tx, changes, idOf);
  await writeBindings(tx, changes, { idOf, request });
  const claimId = changes.claim && (await writeClaim(tx, changes.claim, around));
  await endClaims(tx, changes);
  await writeAudit(tx, changes.audit, { ...around, idOf });
  return { idOf, ...(claimId !== undefined && { claimId }) };
}

// A register may say "new" for the contact that only now gets its number.
const INSERT_CONTACT = `
  WITH numbered AS (SELECT nextval(pg_get_serial_sequence('contact', 'contact_id')) AS id)
  INSERT INTO contact (contact_id, external_customer_id, first_name, last_name, language_code, time_zone, region, town,
    address, postcode, country_code, attributes, fields, provenance, contact_source, created_at, updated_at)
  OVERRIDING SYSTEM VALUE
  SELECT id, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, replace($13, '"by":"new"', '"by":' || id)::jsonb,
    $14, $15, $16
  FROM numbered RETURNING contact_id`;

async function insertContact(tx: Transaction, contact: Contact, request: NormalRequest): Promise<ContactId> {
  const [row] = await tx.queryNamed<{ contactId: ContactId }>("identity insert contact", INSERT_CONTACT, [
    ...profileOf(contact),
    contact.contactSource,
    timestamp(contact.createdAt),
    timestamp(request.receivedAt),
  ]);
  if (row === undefined) throw new Error("An insert answered no row.");
  return row.contactId;
}

function profileOf(contact: Contact): unknown[] {
  const { columns, attributes, additional } = foldValues(contact.values);
  const external = contact.identifiers.find(({ kind }) => kind === "external")?.value ?? null;
  return [
    external,
    ...FIELD_NAMES.map((name) => columns[name] ?? null),
    JSON.stringify(attributes),
    JSON.stringify(additional),
    JSON.stringify(contact.provenance),
  ];
}

const UPDATE_CONTACT = `
  UPDATE contact SET external_customer_id = $1, first_name = $2, last_name = $3, language_code = $4, time_zone = $5,
    region = $6, town = $7, address = $8, postcode = $9, country_code = $10, attributes = $11, fields = $12, provenance = $13,
    contact_source = $14, created_at = $15, status = 'live', deleted_at = NULL
  WHERE contact_id = $16 AND status IN ('live', 'deleted')`;

async function updateContact(tx: Transaction, contact: Contact): Promise<void> {
  const profile = profileOf(contact);
  await tx.queryNamed("identity update contact", UPDATE_CONTACT, [
    ...profile,
    contact.contactSource,
    timestamp(contact.createdAt),
    contact.id,
  ]);
}

const TOUCH = `
  UPDATE contact SET version = version + 1, updated_at = greatest(updated_at + interval '1 microsecond', $2)
  WHERE contact_id = ANY($1::bigint[])`;

/** One version a request, and a time of update that strictly grows. */
async function touch(tx: Transaction, { touched }: Changes, { receivedAt }: NormalRequest): Promise<void> {
  if (touched.length > 0) await tx.queryNamed("identity touch", TOUCH, [touched, timestamp(receivedAt)]);
}

interface MergeWriting {
  readonly merge: Merge;
  readonly idOf: (ref: ContactRef) => ContactId;
  readonly around: Circumstances;
}

async function writeMerge(tx: Transaction, { merge, idOf, around }: MergeWriting): Promise<void> {
  const { cause, receivedAt } = around.request;
  await mergeRows(tx, {
    winner: { ...merge.winner, id: idOf(merge.winner.id) },
    loser: { ...merge.loser, id: idOf(merge.loser.id) },
    reason: merge.reason,
    actor: cause.actor,
    requestId: cause.requestId,
    at: receivedAt,
  });
}

const DROP_IDENTIFIERS = `
  DELETE FROM identifier i USING unnest($1::identifier_kind[], $2::text[]) AS gone (kind, value)
  WHERE i.kind = gone.kind AND i.value = gone.value`;
const MOVE_IDENTIFIERS = `
  UPDATE identifier i SET contact_id = moved.owner, proof = moved.proof
  FROM unnest($1::identifier_kind[], $2::text[], $3::bigint[], $4::proof[], $5::bigint[]) AS moved (kind, value, owner, proof, was)
  WHERE i.kind = moved.kind AND i.value = moved.value AND i.contact_id = moved.was
  RETURNING 1`;
const INSERT_IDENTIFIERS = `
  INSERT INTO identifier (kind, value, contact_id, proof, since)
  SELECT * FROM unnest($1::identifier_kind[], $2::text[], $3::bigint[], $4::proof[], $5::timestamptz[])`;

async function writeIdentifiers(tx: Transaction, { identifiers }: Changes, idOf: Written["idOf"]): Promise<void> {
  const { drop, put } = identifiers;
  if (drop.length > 0) {
    await tx.queryNamed("identity drop identifiers", DROP_IDENTIFIERS, [
      drop.map(({ kind }) => kind),
      drop.map(({ value }) => value),
    ]);
  }
  const moved = put.filter(({ from }) => from !== undefined);
  const made = put.filter(({ from }) => from === undefined);
  const columns = (keys: typeof put) => [
    keys.map(({ kind }) => kind),
    keys.map(({ value }) => value),
    keys.map(({ owner }) => idOf(owner)),
    keys.map(({ proof }) => proof),
  ];
  if (moved.length > 0) {
    const found = await tx.queryNamed("identity move identifiers", MOVE_IDENTIFIERS, [
      ...columns(moved),
      moved.map(({ from }) => from),
    ]);
    if (found.length !== moved.length) throw new LookAgain();
  }
  if (made.length > 0) {
    const since = made.map((key) => timestamp(key.since));
    await tx.queryNamed("identity insert identifiers", INSERT_IDENTIFIERS, [...columns(made), since]);
  }
}

const DROP_CHANNELS = `
  DELETE FROM channel c USING unnest($1::bigint[], $2::channel_type[], $3::text[]) AS gone (owner, type, value)
  WHERE c.contact_id = gone.owner AND c.type = gone.type AND c.value = gone.value`;
const PUT_CHANNELS = `
  INSERT INTO channel (contact_id, type, value, spelling, status, current, withheld, details, source, created_at,
    updated_at, confirmed_at)
  SELECT owner, type, value, spelling, status, current, withheld, details, source, created_at, updated_at, confirmed_at
  FROM json_to_recordset($1) AS put (owner bigint, type channel_type, value text, spelling text, status channel_status,
    current boolean, withheld boolean, details jsonb, source text, created_at timestamptz, updated_at timestamptz,
    confirmed_at timestamptz)
  ON CONFLICT (contact_id, type, value) DO UPDATE SET spelling = excluded.spelling, status = excluded.status,
    current = excluded.current, withheld = excluded.withheld, details = excluded.details, source = excluded.source,
    created_at = excluded.created_at, updated_at = excluded.updated_at, confirmed_at = excluded.confirmed_at`;

async function writeChannels(tx: Transaction, { channels }: Changes, idOf: Written["idOf"]): Promise<void> {
  const { drop, put } = channels;
  if (drop.length > 0) {
    const owners = drop.map(({ owner }) => idOf(owner));
    const rest = [drop.map(({ type }) => type), drop.map(({ value }) => value)];
    await tx.queryNamed("identity drop channels", DROP_CHANNELS, [owners, ...rest]);
  }
  if (put.length === 0) return;
  const rows = put.map(({ owner, createdAt, updatedAt, confirmedAt, ...channel }) => ({
    ...channel,
    owner: idOf(owner),
    created_at: timestamp(createdAt),
    updated_at: timestamp(updatedAt),
    confirmed_at: confirmedAt === null ? null : timestamp(confirmedAt),
  }));
  await tx.queryNamed("identity put channels", PUT_CHANNELS, [JSON.stringify(rows)]);
}

const CLOSE_BINDING = `UPDATE binding SET valid_to = $2 WHERE binding_id = $1 AND valid_to IS NULL RETURNING 1`;
const OPEN_BINDINGS = `
  INSERT INTO binding (source_kind, source_id, contact_id, valid_from, bound_at, reason, bound_url)
  SELECT *, $7::text FROM unnest($1::source_kind[], $2::text[], $3::bigint[], $4::timestamptz[], $5::timestamptz[], $6::text[])`;
const MARK_SHARED = `
  INSERT INTO shared_source (source_kind, source_id, since)
  SELECT *, $3::timestamptz FROM unnest($1::source_kind[], $2::text[]) ON CONFLICT DO NOTHING`;

async function writeBindings(
  tx: Transaction,
  { closed, opened, shared }: Changes,
  { idOf, request }: { idOf: Written["idOf"]; request: NormalRequest },
): Promise<void> {
  for (const { bindingId, at } of closed) {
    const found = await tx.queryNamed("identity close binding", CLOSE_BINDING, [bindingId, timestamp(at)]);
    if (found.length === 0) throw new LookAgain();
  }
  if (opened.length > 0) {
    await tx.queryNamed("identity open bindings", OPEN_BINDINGS, [
      opened.map(({ kind }) => kind),
      opened.map(({ id }) => id),
      opened.map(({ contactId }) => idOf(contactId)),
      opened.map(({ validFrom }) => timestamp(validFrom)),
      opened.map(({ boundAt }) => timestamp(boundAt)),
      opened.map(({ reason }) => reason),
      request.cause.url ?? null,
    ]);
  }
  if (shared.length > 0) {
    const named = [shared.map(({ kind }) => kind), shared.map(({ id }) => id)];
    await tx.queryNamed("identity mark shared", MARK_SHARED, [...named, timestamp(request.receivedAt)]);
  }
}

// Said again: it keeps the moment it was first said, and lives on.
const PUT_CLAIM = `
  INSERT INTO pending_claim (visitor_id, site_id, external_customer_id, email, phone, fields, claimed_at, received_at,
    expires_at, url, awaits_contact)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
  ON CONFLICT (visitor_id, external_customer_id, email, phone)
    DO UPDATE SET expires_at = greatest(pending_claim.expires_at, excluded.expires_at),
      awaits_contact = pending_claim.awaits_contact OR excluded.awaits_contact
  RETURNING claim_id`;

async function writeClaim(tx: Transaction, claim: NewClaim, { request, claimLife }: Circumstances): Promise<number> {
  const [row] = await tx.queryNamed<{ claimId: number }>("identity put claim", PUT_CLAIM, [
    claim.visitorId,
    request.cause.siteId ?? null,
    claim.external,
    claim.email,
    claim.phone,
    JSON.stringify(claim.values),
    timestamp(claim.claimedAt),
    timestamp(request.receivedAt),
    timestamp(request.receivedAt + claimLife),
    request.cause.url ?? null,
    claim.awaits === "contact",
  ]);
  if (row === undefined) throw new Error("An insert answered no row.");
  return row.claimId;
}

async function endClaims(tx: Transaction, { endedClaims }: Changes): Promise<void> {
  if (endedClaims.length === 0) return;
  const ended = endedClaims.map(({ claimId }) => claimId);
  await tx.queryNamed("identity end claims", "DELETE FROM pending_claim WHERE claim_id = ANY($1::bigint[])", [ended]);
}

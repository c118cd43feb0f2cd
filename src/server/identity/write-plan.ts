import type { ContactId } from "../../contract/identifiers.ts";
import { timestamp, type Transaction } from "../db/database.ts";
import type { Changes, Merge, NewClaim } from "./changes.ts";
import { contactRow, PROFILE_COLUMNS, PROFILE_TYPES, touched } from "./contact-row.ts";
import { numberContacts, type Circumstances, type Numbered, type Writing } from "./number-contacts.ts";
import { LookAgain } from "./retried.ts";
import { additionsOf, insertAdditions, NOTHING } from "./write-additions.ts";
import { mergeRows } from "./write-merge.ts";

export interface Written extends Pick<Numbered, "idOf"> {
  readonly claimId?: number;
}

/** Makes the planned state true. Statements that find something else than the plan was made for start it all anew. */
export async function writePlan(tx: Transaction, changes: Changes, around: Circumstances): Promise<Written> {
  const [written] = await writePlans(tx, [{ changes, around }], []);
  if (written === undefined) throw new Error("A plan was not written.");
  return written;
}

/** The same for plans that have no contact, key or source in common. `ids` are free numbers for new contacts. */
export async function writePlans(
  tx: Transaction,
  writings: readonly Writing[],
  ids: readonly ContactId[],
): Promise<Written[]> {
  const numbered = await numberContacts(tx, writings, ids);
  const additions = additionsOf(numbered);
  const merges = numbered.flatMap(({ changes, ...rest }) => changes.merges.map((merge) => ({ merge, ...rest })));
  // Whoever gets what others had has to be there first.
  if (merges.length > 0 || numbered.some(takesKeys))
    await insertAdditions(tx, { ...NOTHING, contacts: additions.contacts.splice(0) });
  for (const merge of merges) await writeMerge(tx, merge);
  await updateContacts(tx, numbered);
  await dropAndMove(tx, numbered);
  await closeBindings(tx, numbered);
  await insertAdditions(tx, additions);
  await markShared(tx, numbered);
  const written: Written[] = [];
  for (const { changes, around, idOf } of numbered) {
    const claimId = changes.claim && (await writeClaim(tx, changes.claim, around));
    written.push({ idOf, ...(claimId !== undefined && { claimId }) });
  }
  await endClaims(tx, numbered);
  return written;
}

const takesKeys = ({ changes }: Writing) => changes.identifiers.put.some(({ from }) => from !== undefined);

const UPDATE_CONTACTS = `
  UPDATE contact SET (${PROFILE_COLUMNS}, contact_source, created_at, status, deleted_at)
      = (SELECT ${PROFILE_COLUMNS.replace(/\w+/g, "said.$&")}, said.contact_source, said.created_at,
          'live'::contact_status, NULL::timestamptz),
    ${touched("said.at")}
  FROM json_to_recordset($1) AS said (${PROFILE_TYPES}, at timestamptz)
  WHERE contact_id = said.id AND contact.status IN ('live', 'deleted')`;
const TOUCH = `
  UPDATE contact SET ${touched("touched.at")}
  FROM unnest($1::bigint[], $2::timestamptz[]) AS touched (id, at) WHERE contact_id = touched.id`;

/** Of each plan one contact at a time: one of them may get the external id that the one before it has lost. */
async function updateContacts(tx: Transaction, numbered: readonly Numbered[]): Promise<void> {
  for (let turn = 0; ; turn += 1) {
    const rows = numbered.flatMap(({ changes, around, idOf }) => {
      const contact = changes.updated[turn];
      return contact === undefined ? [] : [{ ...contactRow(contact, idOf), at: timestamp(around.request.receivedAt) }];
    });
    if (rows.length === 0) break;
    await tx.queryNamed("identity update contacts", UPDATE_CONTACTS, [JSON.stringify(rows)]);
  }
  const touched = numbered.flatMap(({ changes, around }) =>
    changes.touched
      .filter((id) => changes.updated.every((contact) => contact.id !== id))
      .map((id) => ({ id, at: timestamp(around.request.receivedAt) })),
  );
  if (touched.length === 0) return;
  await tx.queryNamed("identity touch", TOUCH, [touched.map(({ id }) => id), touched.map(({ at }) => at)]);
}

interface MergeWriting {
  readonly merge: Merge;
  readonly idOf: Numbered["idOf"];
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
const DROP_CHANNELS = `
  DELETE FROM channel c USING unnest($1::bigint[], $2::channel_type[], $3::text[]) AS gone (owner, type, value)
  WHERE c.contact_id = gone.owner AND c.type = gone.type AND c.value = gone.value`;

async function dropAndMove(tx: Transaction, numbered: readonly Numbered[]): Promise<void> {
  const gone = numbered.flatMap(({ changes }) => changes.identifiers.drop);
  if (gone.length > 0) {
    await tx.queryNamed("identity drop identifiers", DROP_IDENTIFIERS, [
      gone.map(({ kind }) => kind),
      gone.map(({ value }) => value),
    ]);
  }
  const moved = numbered.flatMap(({ changes, idOf }) =>
    changes.identifiers.put.flatMap(({ from, owner, ...key }) =>
      from === undefined ? [] : [{ ...key, owner: idOf(owner), from: idOf(from) }],
    ),
  );
  if (moved.length > 0) {
    const found = await tx.queryNamed("identity move identifiers", MOVE_IDENTIFIERS, [
      moved.map(({ kind }) => kind),
      moved.map(({ value }) => value),
      moved.map(({ owner }) => owner),
      moved.map(({ proof }) => proof),
      moved.map(({ from }) => from),
    ]);
    if (found.length !== moved.length) throw new LookAgain();
  }
  const silenced = numbered.flatMap(({ changes, idOf }) =>
    changes.channels.drop.map(({ owner, ...channel }) => ({ ...channel, owner: idOf(owner) })),
  );
  if (silenced.length > 0) {
    await tx.queryNamed("identity drop channels", DROP_CHANNELS, [
      silenced.map(({ owner }) => owner),
      silenced.map(({ type }) => type),
      silenced.map(({ value }) => value),
    ]);
  }
}

const CLOSE_BINDINGS = `
  UPDATE binding SET valid_to = closed.at FROM unnest($1::bigint[], $2::timestamptz[]) AS closed (id, at)
  WHERE binding_id = closed.id AND valid_to IS NULL RETURNING 1`;

async function closeBindings(tx: Transaction, numbered: readonly Numbered[]): Promise<void> {
  const closed = numbered.flatMap(({ changes }) => changes.closed);
  if (closed.length === 0) return;
  const found = await tx.queryNamed("identity close bindings", CLOSE_BINDINGS, [
    closed.map(({ bindingId }) => bindingId),
    closed.map(({ at }) => timestamp(at)),
  ]);
  if (found.length !== closed.length) throw new LookAgain();
}

const MARK_SHARED = `
  INSERT INTO shared_source (source_kind, source_id, since)
  SELECT * FROM unnest($1::source_kind[], $2::text[], $3::timestamptz[]) ON CONFLICT DO NOTHING`;

async function markShared(tx: Transaction, numbered: readonly Numbered[]): Promise<void> {
  const shared = numbered.flatMap(({ changes, around }) =>
    changes.shared.map((source) => ({ ...source, since: timestamp(around.request.receivedAt) })),
  );
  if (shared.length === 0) return;
  await tx.queryNamed("identity mark shared", MARK_SHARED, [
    shared.map(({ kind }) => kind),
    shared.map(({ id }) => id),
    shared.map(({ since }) => since),
  ]);
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

async function endClaims(tx: Transaction, numbered: readonly Numbered[]): Promise<void> {
  const ended = numbered.flatMap(({ changes }) => changes.endedClaims.map(({ claimId }) => claimId));
  if (ended.length === 0) return;
  await tx.queryNamed("identity end claims", "DELETE FROM pending_claim WHERE claim_id = ANY($1::bigint[])", [ended]);
}

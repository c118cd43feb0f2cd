import { timestamp, type Transaction } from "../db/database.ts";
import { contactRow, PROFILE_COLUMNS, PROFILE_TYPES } from "./contact-row.ts";
import type { Numbered } from "./number-contacts.ts";
import { auditRows, insertAudit } from "./write-audit.ts";

// One statement: what is told apart here is independent, and foreign keys are looked at when all of it is there.
const INSERT = `
  WITH new_contact AS (
    INSERT INTO contact (contact_id, ${PROFILE_COLUMNS}, contact_source, created_at, updated_at)
    OVERRIDING SYSTEM VALUE
    SELECT id, ${PROFILE_COLUMNS}, contact_source, created_at, updated_at
    FROM json_to_recordset($1) AS said (${PROFILE_TYPES}, updated_at timestamptz)
  ), new_identifier AS (
    INSERT INTO identifier (kind, value, contact_id, proof, since)
    SELECT kind, value, owner, proof, since FROM json_to_recordset($2)
      AS said (kind identifier_kind, value text, owner bigint, proof proof, since timestamptz)
  ), new_channel AS (
    INSERT INTO channel (contact_id, type, value, spelling, status, current, withheld, details, source, created_at,
      updated_at, confirmed_at)
    SELECT owner, type, value, spelling, status, current, withheld, details, source, created_at, updated_at, confirmed_at
    FROM json_to_recordset($3) AS said (owner bigint, type channel_type, value text, spelling text,
      status channel_status, current boolean, withheld boolean, details jsonb, source text, created_at timestamptz,
      updated_at timestamptz, confirmed_at timestamptz)
    ON CONFLICT (contact_id, type, value) DO UPDATE SET spelling = excluded.spelling, status = excluded.status,
      current = excluded.current, withheld = excluded.withheld, details = excluded.details, source = excluded.source,
      created_at = excluded.created_at, updated_at = excluded.updated_at, confirmed_at = excluded.confirmed_at
  ), new_binding AS (
    INSERT INTO binding (source_kind, source_id, contact_id, valid_from, bound_at, reason, bound_url)
    SELECT kind, id, owner, valid_from, bound_at, reason, url FROM json_to_recordset($4)
      AS said (kind source_kind, id text, owner bigint, valid_from timestamptz, bound_at timestamptz, reason text, url text)
  )
  ${insertAudit(5)}`;

export interface Additions {
  readonly contacts: object[];
  readonly identifiers: readonly object[];
  readonly channels: readonly object[];
  readonly bindings: readonly object[];
  readonly audit: readonly object[];
}

export const NOTHING: Additions = { contacts: [], identifiers: [], channels: [], bindings: [], audit: [] };

/** Whatever is new, whichever plan it belongs to. */
export async function insertAdditions(
  tx: Transaction,
  { contacts, identifiers, channels, bindings, audit }: Additions,
): Promise<void> {
  const lists = [contacts, identifiers, channels, bindings, audit];
  if (lists.every((list) => list.length === 0)) return;
  await tx.queryNamed(
    "identity insert",
    INSERT,
    lists.map((list) => JSON.stringify(list)),
  );
}

export function additionsOf(numbered: readonly Numbered[]): Additions {
  return {
    contacts: numbered.flatMap(({ changes, around, idOf }) =>
      changes.created.map((contact) => ({
        ...contactRow(contact, idOf),
        updated_at: timestamp(around.request.receivedAt),
      })),
    ),
    identifiers: numbered.flatMap(({ changes, idOf }) =>
      changes.identifiers.put.flatMap(({ from, owner, kind, value, proof, since }) =>
        from === undefined ? [{ kind, value, owner: idOf(owner), proof, since: timestamp(since) }] : [],
      ),
    ),
    channels: numbered.flatMap(({ changes, idOf }) =>
      changes.channels.put.map(({ owner, createdAt, updatedAt, confirmedAt, ...channel }) => ({
        ...channel,
        owner: idOf(owner),
        created_at: timestamp(createdAt),
        updated_at: timestamp(updatedAt),
        confirmed_at: confirmedAt === null ? null : timestamp(confirmedAt),
      })),
    ),
    bindings: numbered.flatMap(({ changes, around, idOf }) =>
      changes.opened.map(({ kind, id, contactId, validFrom, boundAt, reason }) => ({
        kind,
        id,
        owner: idOf(contactId),
        valid_from: timestamp(validFrom),
        bound_at: timestamp(boundAt),
        reason,
        url: around.request.cause.url ?? null,
      })),
    ),
    audit: numbered.flatMap(({ changes, around, idOf }) => auditRows(changes.audit, { ...around, idOf })),
  };
}

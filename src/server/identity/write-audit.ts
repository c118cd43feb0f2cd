import type { ContactId, Instant } from "../../contract/identifiers.ts";
import { timestamp, type Transaction } from "../db/database.ts";
import type { AuditEntry } from "./changes.ts";
import type { ContactRef } from "./facts.ts";
import { keyedHash } from "./keyed-hash.ts";
import type { Cause, MatchedBy, Trust } from "./request.ts";

export interface AuditCircumstances {
  readonly secretKey: string;
  readonly at: Instant;
  readonly cause: Cause;
  readonly trust?: Trust;
  readonly matchedBy?: MatchedBy;
}

const INSERT_AUDIT = `
  INSERT INTO identity_audit (at, action, contact_id, other_contact_id, identifier_kind, identifier_hmac, source_kind,
    source_id, before, after, reason, matched_by, trust, actor, request_id, site_id, url)
  SELECT $2, action, contact, other, identifier_kind, decode(identifier_hmac, 'hex'), source_kind, source_id, before,
    after, reason, $3::text, $4::text, $5, $6, $7::integer, $8::text
  FROM json_to_recordset($1) AS entry (action text, contact bigint, other bigint, identifier_kind identifier_kind,
    identifier_hmac text, source_kind source_kind, source_id text, before jsonb, after jsonb, reason text)`;

/** Appends to the audit. Identifiers become hashes here: no plain value reaches the table. */
export async function writeAudit(
  tx: Transaction,
  entries: readonly AuditEntry[],
  around: AuditCircumstances & { readonly idOf: (ref: ContactRef) => ContactId },
): Promise<void> {
  if (entries.length === 0) return;
  const { secretKey, idOf, cause } = around;
  const numbered = (ref: ContactRef | undefined) => (ref === undefined ? null : idOf(ref));
  const rows = entries.map(({ action, contact, otherContact, identifier, source, before, after, reason }) => ({
    action,
    contact: numbered(contact),
    other: numbered(otherContact),
    identifier_kind: identifier?.kind ?? null,
    identifier_hmac: identifier ? keyedHash(secretKey, identifier.kind, identifier.value).toString("hex") : null,
    source_kind: source?.kind ?? null,
    source_id: source?.id ?? null,
    before: withNumbers(before, idOf),
    after: withNumbers(after, idOf),
    reason: reason ?? null,
  }));
  await tx.queryNamed("identity audit", INSERT_AUDIT, [
    JSON.stringify(rows),
    timestamp(around.at),
    around.matchedBy ?? null,
    around.trust ?? null,
    cause.actor,
    cause.requestId,
    cause.siteId ?? null,
    cause.url ?? null,
  ]);
}

function withNumbers(state: unknown, idOf: (ref: ContactRef) => ContactId): unknown {
  if (typeof state !== "object" || state === null || !("contact" in state) || state.contact !== "new") {
    return state ?? null;
  }
  return { ...state, contact: idOf("new") };
}

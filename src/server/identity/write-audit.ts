import type { ContactId, Instant } from "../../contract/identifiers.ts";
import { timestamp, type Transaction } from "../db/database.ts";
import type { AuditEntry } from "./changes.ts";
import type { ContactRef, Identifier } from "./facts.ts";
import { keyedHash, keyedHashText } from "./keyed-hash.ts";
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
  SELECT at, action, contact, other, identifier_kind, decode(identifier_hmac, 'hex'), source_kind, source_id, before, after,
    reason, matched_by, trust, actor, request_id, site_id, url
  FROM json_to_recordset($PLACE) AS said (at timestamptz, action text, contact bigint, other bigint,
    identifier_kind identifier_kind, identifier_hmac text, source_kind source_kind, source_id text, before json,
    after json, reason text, matched_by text, trust text, actor text, request_id text, site_id integer, url text)`;

/** The statement that appends {@link auditRows}, given as JSON in the parameter with this number. */
export const insertAudit = (parameter: number) => INSERT_AUDIT.replace("$PLACE", `$${parameter}`);

interface Around extends AuditCircumstances {
  readonly idOf: (ref: ContactRef) => ContactId;
}

/** Appends to the audit. */
export async function writeAudit(tx: Transaction, entries: readonly AuditEntry[], around: Around): Promise<void> {
  if (entries.length === 0) return;
  await tx.queryNamed("identity audit", insertAudit(1), [JSON.stringify(auditRows(entries, around))]);
}

/** Rows of the audit. Identifiers become hashes here: no plain value reaches the table. */
export function auditRows(entries: readonly AuditEntry[], around: Around) {
  const { secretKey, idOf, cause, matchedBy = null, trust = null } = around;
  const numbered = (ref: ContactRef | undefined) => (ref === undefined ? null : idOf(ref));
  return entries.map((entry) => {
    const { action, contact, otherContact, identifier, identifiers, source, before, reason } = entry;
    const first = identifiers && creationOf(identifiers, secretKey);
    const hmac = first?.hmac ?? (identifier && keyedHash(secretKey, identifier.kind, identifier.value));
    return {
      at: timestamp(around.at),
      action,
      contact: numbered(contact),
      other: numbered(otherContact),
      identifier_kind: identifier?.kind ?? null,
      identifier_hmac: hmac?.toString("hex") ?? null,
      source_kind: source?.kind ?? null,
      source_id: source?.id ?? null,
      before: withNumbers(before, idOf),
      after: first?.after ?? withNumbers(entry.after, idOf),
      reason: reason ?? null,
      matched_by: matchedBy,
      trust,
      actor: cause.actor,
      request_id: cause.requestId,
      site_id: cause.siteId ?? null,
      url: cause.url ?? null,
    };
  });
}

export interface Creation {
  /** One after the other, 32 bytes each, in the order of `after.identifiers`. */
  readonly hmac: Buffer;
  readonly after: { readonly identifiers: readonly Pick<Identifier, "kind" | "proof">[] };
}

/**
 * What the entry of a new contact says of the keys it begins with. An entry of their own for each would be most of what an
 * import writes.
 */
export function creationOf(
  identifiers: readonly Pick<Identifier, "kind" | "value" | "proof">[],
  secretKey: string,
): Creation {
  return {
    hmac: Buffer.from(identifiers.map(({ kind, value }) => keyedHashText(secretKey, kind, value)).join(""), "latin1"),
    after: { identifiers: identifiers.map(({ kind, proof }) => ({ kind, proof })) },
  };
}

function withNumbers(state: unknown, idOf: (ref: ContactRef) => ContactId): unknown {
  if (typeof state !== "object" || state === null || !("contact" in state) || state.contact !== "new") {
    return state ?? null;
  }
  return { ...state, contact: idOf("new") };
}

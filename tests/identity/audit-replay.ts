import type { ContactId, Instant } from "../../src/contract/identifiers.ts";
import { timestamp, type Queryable } from "../../src/server/db/database.ts";
import { keyedHash } from "../../src/server/identity/keyed-hash.ts";

interface Entry {
  readonly action: string;
  readonly contactId: ContactId | null;
  readonly otherContactId: ContactId | null;
  readonly identifierKind: string | null;
  readonly hmac: string | null;
  readonly sourceKind: string | null;
  readonly sourceId: string | null;
  readonly after: {
    contact?: ContactId;
    validFrom?: Instant | null;
    validTo?: Instant;
    identifiers?: readonly { readonly kind: string }[];
  } | null;
}

const HMAC_DIGITS = 64;

/** The audit replayed from nothing rebuilds who holds which key and which stretches are whose (I24). */
export async function replayAudit(db: Queryable): Promise<string[]> {
  const entries = await db.query<Entry>(
    `SELECT action, contact_id, other_contact_id, identifier_kind, encode(identifier_hmac, 'hex') AS hmac, source_kind,
       source_id, after FROM identity_audit ORDER BY audit_id`,
  );
  const keys = new Map<string, ContactId>();
  const stretches: { source: string; contact: ContactId; from: Instant; to: Instant | null }[] = [];
  for (const entry of entries) {
    const source = `${entry.sourceKind} ${entry.sourceId}`;
    const { contactId, otherContactId, after } = entry;
    if (entry.action === "create" && contactId !== null)
      after?.identifiers?.forEach(({ kind }, n) => {
        keys.set(`${kind} ${entry.hmac?.slice(n * HMAC_DIGITS, (n + 1) * HMAC_DIGITS)}`, contactId);
      });
    if (entry.action === "update-identifier") {
      const key = `${entry.identifierKind} ${entry.hmac}`;
      if (after?.contact === undefined) keys.delete(key);
      else keys.set(key, after.contact);
    }
    if (entry.action === "bind" && contactId !== null) {
      stretches.push({ source, contact: contactId, from: after?.validFrom ?? -Infinity, to: null });
    }
    if (entry.action === "close") {
      const open = stretches.find((stretch) => stretch.source === source && stretch.to === null);
      if (open) open.to = after?.validTo ?? null;
    }
    if (entry.action === "merge" && contactId !== null) {
      for (const stretch of stretches) if (stretch.contact === otherContactId) stretch.contact = contactId;
    }
  }
  return compare(
    db,
    keys,
    stretches.map(({ source, contact, from, to }) => line(source, contact, from, to)),
  );
}

const line = (source: string, contact: ContactId, from: Instant, to: Instant | null) =>
  `${source} ${contact} ${timestamp(from)} ${to === null ? "open" : timestamp(to)}`;

async function compare(db: Queryable, keys: Map<string, ContactId>, stretches: string[]): Promise<string[]> {
  const identifiers = await db.query<{ kind: string; value: string; contactId: ContactId }>("SELECT * FROM identifier");
  const bindings = await db.query<{
    sourceKind: string;
    sourceId: string;
    contactId: ContactId;
    validFrom: Instant;
    validTo: Instant | null;
  }>("SELECT * FROM binding");
  const violations: string[] = [];
  for (const { kind, value, contactId } of identifiers) {
    const replayed = keys.get(`${kind} ${keyedHash("fuzz", kind, value).toString("hex")}`);
    if (replayed !== contactId)
      violations.push(`I24 audit says ${kind} ${value} is ${replayed}'s, it is ${contactId}'s`);
  }
  if (keys.size !== identifiers.length)
    violations.push(`I24 audit rebuilds ${keys.size} keys of ${identifiers.length}`);
  const actual = bindings.map((row) =>
    line(`${row.sourceKind} ${row.sourceId}`, row.contactId, row.validFrom, row.validTo),
  );
  const missing = actual.filter((stretch) => !stretches.includes(stretch));
  if (missing.length > 0 || actual.length !== stretches.length) {
    violations.push(`I24 audit does not rebuild ${missing.length} of ${actual.length} stretches: ${missing[0] ?? ""}`);
  }
  return violations;
}

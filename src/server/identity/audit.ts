import type { AuditEntry, Changes, OwnedIdentifier } from "./changes.ts";
import type { Facts } from "./facts.ts";

/** One entry for each thing that happened, so that "why is this one contact?" has an answer later. */
export function auditOf(changes: Omit<Changes, "audit">, facts: Facts): AuditEntry[] {
  const before = new Map(facts.contacts.map((contact) => [contact.id, contact]));
  const restored = changes.updated.filter(
    ({ id, status }) => status === "live" && before.get(id)?.status === "deleted",
  );
  const merged = new Set(changes.merges.map(({ loser }) => loser.id));
  const created = new Set(changes.created.map(({ id }) => id));
  const isFirst = ({ owner, from }: OwnedIdentifier) => from === undefined && created.has(owner);
  return [
    ...changes.created.map(({ id }): AuditEntry => ({
      action: "create",
      contact: id,
      identifiers: changes.identifiers.put.filter((key) => key.owner === id && isFirst(key)),
    })),
    ...restored.map(({ id }): AuditEntry => ({ action: "restore", contact: id })),
    ...changes.merges.map(({ winner, loser, reason }): AuditEntry => ({
      action: "merge",
      contact: winner.id,
      otherContact: loser.id,
      reason,
    })),
    ...changes.identifiers.drop.map(({ owner, kind, value }): AuditEntry => ({
      action: "update-identifier",
      contact: owner,
      identifier: { kind, value },
      before: { contact: owner },
    })),
    ...changes.identifiers.put
      .filter((key) => !isFirst(key))
      .map(({ owner, from, kind, value, proof }): AuditEntry => ({
        action: "update-identifier",
        contact: owner,
        identifier: { kind, value },
        ...(from !== undefined && { before: { contact: from } }),
        after: { contact: owner, proof },
        ...(from !== undefined && from !== owner && !merged.has(from) && { otherContact: from }),
      })),
    ...changes.closed.map(({ kind, id, contactId, at }): AuditEntry => ({
      action: "close",
      contact: contactId,
      source: { kind, id },
      after: { validTo: at },
    })),
    ...changes.opened.map(({ kind, id, contactId, validFrom, boundAt, reason }): AuditEntry => ({
      action: "bind",
      contact: contactId,
      source: { kind, id },
      after: { validFrom: Number.isFinite(validFrom) ? validFrom : null, boundAt },
      reason,
    })),
    ...changes.endedClaims.map(({ how }): AuditEntry => ({
      action: how === "applied" ? "claim-applied" : "claim-dropped",
    })),
  ];
}

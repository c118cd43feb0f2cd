import type { ContactId, Instant } from "../../contract/identifiers.ts";
import type { Transaction } from "../db/database.ts";
import { changesOf } from "./difference.ts";
import { findSurvivor } from "./delete-contact.ts";
import { externalIdOf, openDraft } from "./draft.ts";
import type { Contact } from "./facts.ts";
import { merge, survivorOf } from "./merge-rules.ts";
import { refused } from "./normal-request.ts";
import { QUIET_FACTS, quietRequest } from "./quiet-request.ts";
import type { Cause, Refused } from "./request.ts";
import { settingsOf, type IdentityDeps } from "./resolve.ts";
import { LookAgain, retried } from "./retried.ts";
import { addressesOf, loadContacts } from "./store.ts";
import { obeySuppressions } from "./suppression-rules.ts";
import { findSuppressed } from "./suppressions.ts";
import { writeAudit } from "./write-audit.ts";
import { writePlan } from "./write-plan.ts";

export interface MergeOrder {
  /** In any order: which one survives is a rule (M2), not the caller's choice. */
  readonly contactIds: readonly [ContactId, ContactId];
  readonly reason?: string;
  readonly at: Instant;
  readonly cause: Cause;
}

export type MergeOutcome =
  | {
      readonly kind: "merged";
      readonly winner: ContactId;
      readonly loser: ContactId | undefined;
      readonly changed: boolean;
    }
  | Refused;

/** Two contacts are one person. Refused when both have an external id: then they are two (M1). */
export function mergeContacts(deps: IdentityDeps, order: MergeOrder): Promise<MergeOutcome> {
  return retried(deps.db, async (tx): Promise<MergeOutcome> => {
    const [first, second] = [await findSurvivor(tx, order.contactIds[0]), await findSurvivor(tx, order.contactIds[1])];
    if (first === undefined || second === undefined) return refused("unknown_contact", "No contact has this id.");
    if (first === second) return { kind: "merged", winner: first, loser: undefined, changed: false };
    const contacts = await loadContacts(tx, [first, second]);
    const [a, b] = contacts;
    if (a === undefined || b === undefined) return missing(tx, [first, second]);
    if (a.status !== "live" || b.status !== "live") {
      return refused("deleted_contact", "A deleted contact can't be merged: restore it first.", 409);
    }
    if (externalIdOf(a) !== undefined && externalIdOf(b) !== undefined) return refuse(tx, { a, b, deps, order });
    return carryOut(tx, { a, b, deps, order });
  });
}

/** Merged meanwhile, so look where it went; or erased, so there is nothing to merge. */
async function missing(tx: Transaction, asked: readonly ContactId[]): Promise<Refused> {
  for (const contactId of asked) {
    if ((await findSurvivor(tx, contactId)) !== contactId) throw new LookAgain();
  }
  return refused("unknown_contact", "The contact has been erased.");
}

interface Pair {
  readonly a: Contact;
  readonly b: Contact;
  readonly deps: IdentityDeps;
  readonly order: MergeOrder;
}

async function refuse(tx: Transaction, { a, b, deps, order }: Pair): Promise<Refused> {
  const entry = { action: "merge-refused", contact: a.id, otherContact: b.id, reason: "both_identified" } as const;
  await writeAudit(tx, [entry], { ...order, secretKey: deps.secretKey, idOf: numbered });
  return refused("both_identified", "Both contacts have an externalCustomerId, so they are two people.", 409);
}

async function carryOut(tx: Transaction, { a, b, deps, order }: Pair): Promise<MergeOutcome> {
  const settings = settingsOf(deps);
  const request = quietRequest(order);
  const contacts = [a, b];
  const suppressed = await findSuppressed(tx, deps.secretKey, addressesOf(contacts));
  const draft = openDraft({ ...QUIET_FACTS, contacts, suppressed }, request, settings);
  const { winner, loser } = survivorOf(a, b);
  merge(draft, { winner: winner.id, loser: loser.id, reason: order.reason ?? "by hand" });
  obeySuppressions(draft);
  const changes = changesOf(draft);
  if (changes === undefined) throw new Error("A merge changes something.");
  await writePlan(tx, changes, {
    request,
    claimLife: settings.claimLife,
    secretKey: deps.secretKey,
    at: order.at,
    cause: order.cause,
  });
  const pair = [numbered(winner.id), numbered(loser.id)].sort((x, y) => x - y);
  // Whoever merges them by hand has changed his mind about keeping them apart.
  await tx.query("DELETE FROM do_not_merge WHERE lower_id = $1 AND higher_id = $2", pair);
  return { kind: "merged", winner: numbered(winner.id), loser: numbered(loser.id), changed: true };
}

function numbered(ref: Contact["id"]): ContactId {
  if (ref === "new") throw new Error("A loaded contact has a number.");
  return ref;
}

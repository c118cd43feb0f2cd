import type { ContactId, Instant } from "../../contract/identifiers.ts";
import { timestamp, type Transaction } from "../db/database.ts";
import { changesOf } from "./difference.ts";
import { openDraft } from "./draft.ts";
import type { Contact } from "./facts.ts";
import { lockContacts, lockKeys, type Key } from "./locks.ts";
import { QUIET_FACTS, quietRequest } from "./quiet-request.ts";
import type { Cause } from "./request.ts";
import { settingsOf, type IdentityDeps } from "./resolve.ts";
import { LookAgain, retried } from "./retried.ts";
import { addressesOf, loadContacts } from "./store.ts";
import { obeySuppressions } from "./suppression-rules.ts";
import { findSuppressed } from "./suppressions.ts";
import { unmerge } from "./undo-rules.ts";
import { writePlan } from "./write-plan.ts";

export interface UndoOrder {
  readonly mergeId: number;
  readonly at: Instant;
  readonly cause: Cause;
}

export type UndoOutcome =
  | { readonly kind: "undone"; readonly winner: ContactId; readonly loser: ContactId; readonly changed: boolean }
  /** `forgotten`: the snapshot is no longer kept. `moved on`: what the merge made is deleted, erased or merged away. */
  | { readonly kind: "impossible"; readonly why: "unknown" | "forgotten" | "moved on" };

interface LoggedMerge {
  readonly winnerId: ContactId;
  readonly loserId: ContactId;
  readonly movedBindings: readonly string[];
  readonly movedRedirects: readonly string[];
  readonly winnerBefore: Contact | null;
  readonly loserBefore: Contact | null;
  readonly undoneAt: Instant | null;
}

/** Two contacts that were merged are two again, and stay so: the pair is remembered, or the next identify undoes this. */
export function undoMerge(deps: IdentityDeps, order: UndoOrder): Promise<UndoOutcome> {
  return retried(deps.db, async (tx): Promise<UndoOutcome> => {
    const [logged] = await tx.query<LoggedMerge>("SELECT * FROM merge_log WHERE merge_id = $1", [order.mergeId]);
    if (logged === undefined) return { kind: "impossible", why: "unknown" };
    const { winnerId, loserId, winnerBefore, loserBefore } = logged;
    if (logged.undoneAt !== null) return { kind: "undone", winner: winnerId, loser: loserId, changed: false };
    if (winnerBefore === null || loserBefore === null) return { kind: "impossible", why: "forgotten" };
    await lockKeys(tx, keysIn([winnerBefore, loserBefore]));
    const ownerId = await lockOwner(tx, loserId);
    if (ownerId === undefined) return { kind: "impossible", why: "moved on" };
    const [owner] = (await loadContacts(tx, [ownerId])).filter(({ status }) => status === "live");
    if (owner === undefined) return { kind: "impossible", why: "moved on" };
    await takeApart(tx, { deps, order, logged: { ...logged, winnerBefore, loserBefore }, owner, ownerId });
    return { kind: "undone", winner: ownerId, loser: loserId, changed: true };
  });
}

function keysIn(contacts: readonly Contact[]): Key[] {
  return contacts.flatMap(({ identifiers }) => identifiers.map(({ kind, value }) => ({ kind, value })));
}

const FIND_OWNER = `SELECT merged_into FROM contact WHERE contact_id = $1`;

/** Locks whoever the loser leads to now; under that lock the loser's redirect stands still. */
async function lockOwner(tx: Transaction, loserId: ContactId): Promise<ContactId | undefined> {
  const find = async () => (await tx.query<{ mergedInto: ContactId | null }>(FIND_OWNER, [loserId]))[0]?.mergedInto;
  const ownerId = await find();
  if (ownerId == null) return undefined;
  const locked = await lockContacts(tx, [ownerId]);
  if (locked.length === 0 || (await find()) !== ownerId) throw new LookAgain();
  return ownerId;
}

interface Undoing {
  readonly deps: IdentityDeps;
  readonly order: UndoOrder;
  readonly logged: LoggedMerge & { readonly winnerBefore: Contact; readonly loserBefore: Contact };
  readonly owner: Contact;
  readonly ownerId: ContactId;
}

async function takeApart(tx: Transaction, { deps, order, logged, owner, ownerId }: Undoing): Promise<void> {
  const { loserId, loserBefore, winnerBefore } = logged;
  const settings = settingsOf(deps);
  const request = quietRequest(order);
  const taken = await findTaken(tx, keysIn([winnerBefore, loserBefore]));
  const revived: Contact = { ...loserBefore, values: {}, provenance: {}, identifiers: [], channels: [] };
  const suppressed = await findSuppressed(tx, deps.secretKey, addressesOf([owner, loserBefore, winnerBefore]));
  const draft = openDraft({ ...QUIET_FACTS, contacts: [owner, revived], suppressed }, request, settings);
  unmerge(draft, owner, { winnerBefore, loserBefore }, (kind, value) => !taken.has(`${kind} ${value}`));
  obeySuppressions(draft);
  draft.audit.push({ action: "unmerge", contact: loserId, otherContact: ownerId });
  const changes = changesOf(draft);
  await tx.query(REVIVE, [loserId, ownerId]);
  if (changes) {
    const { claimLife } = settings;
    await writePlan(tx, changes, { request, claimLife, secretKey: deps.secretKey, at: order.at, cause: order.cause });
  }
  await tx.query(MOVE_BINDINGS_BACK, [loserId, ownerId, logged.movedBindings]);
  await tx.query(MOVE_REDIRECTS_BACK, [loserId, ownerId, logged.movedRedirects]);
  await tx.query(REMEMBER, [loserId, [...new Set([ownerId, logged.winnerId])], timestamp(order.at)]);
  await tx.query("UPDATE merge_log SET undone_at = $2 WHERE merge_id = $1", [order.mergeId, timestamp(order.at)]);
}

const FIND_TAKEN = `
  SELECT kind, value FROM identifier
  WHERE (kind, value) IN (SELECT * FROM unnest($1::identifier_kind[], $2::text[]))`;

async function findTaken(tx: Transaction, keys: readonly Key[]): Promise<Set<string>> {
  const named = [keys.map(({ kind }) => kind), keys.map(({ value }) => value)];
  const rows = await tx.query<Key>(FIND_TAKEN, named);
  return new Set(rows.map(({ kind, value }) => `${kind} ${value}`));
}

const REVIVE = `
  UPDATE contact SET status = 'live', merged_into = NULL WHERE contact_id = $1 AND merged_into = $2`;
// Only what the owner still has: a visitor that moved on stays where it is.
const MOVE_BINDINGS_BACK = `
  UPDATE binding SET contact_id = $1 WHERE contact_id = $2 AND binding_id = ANY($3::bigint[])`;
const MOVE_REDIRECTS_BACK = `
  UPDATE contact SET merged_into = $1 WHERE merged_into = $2 AND contact_id = ANY($3::bigint[])`;
const REMEMBER = `
  INSERT INTO do_not_merge (lower_id, higher_id, since)
  SELECT least($1::bigint, other), greatest($1::bigint, other), $3 FROM unnest($2::bigint[]) AS other
  ON CONFLICT DO NOTHING`;

import type { ContactId } from "../../../contract/identifiers.ts";
import type { Transaction } from "../../db/database.ts";
import {
  normalisePhone,
  resolveTogether,
  type IdentityDeps,
  type IdentityOutcome,
  type IdentityRequest,
  type Key,
  type Resolved,
} from "../../identity/index.ts";
import { uuidv7 } from "../../lib/uuid.ts";
import { requestOf, type Caller } from "../contact-calls.ts";
import type { ContactDescription } from "../contact-input.ts";
import { appendContactEvent } from "../event-store.ts";
import { addMembers, removeMembers } from "../group-store.ts";
import { findTargets, type Aim } from "./find-target.ts";
import type { BulkOptions } from "./input.ts";
import { clearChannels } from "./match-store.ts";
import { externalIdOf, separate } from "./row-names.ts";
import { keepShared, sharedAddresses, without, type Shared } from "./shared.ts";
import type { RowReport, WaitingRow } from "./store.ts";
import { writable } from "./writable.ts";

export interface RowDeps extends IdentityDeps {
  readonly options: BulkOptions;
  readonly caller: Caller;
  /** Ids of the groups to join and to leave. */
  readonly join: readonly number[];
  readonly leave: readonly number[];
  readonly wasErased: (key: Key) => boolean;
}

/**
 * Applies rows in the transaction of their batch, in their order. Those that have nothing in common are looked up and
 * written together; the others come after them one by one, and see what the earlier ones wrote.
 */
export async function applyRows(
  tx: Transaction,
  rows: readonly WaitingRow[],
  deps: RowDeps,
): Promise<readonly RowReport[]> {
  const { first, later } = separate(rows, deps.options);
  const reports = new Map<WaitingRow, RowReport>();
  for (const [row, report] of await applyApart(tx, first, deps)) reports.set(row, report);
  for (const row of rows.filter((each) => later.includes(each) || !reports.has(each)))
    for (const [, report] of await applyApart(tx, [row], deps)) reports.set(row, report);
  return rows.flatMap((row) => reports.get(row) ?? []);
}

/** A row whose target is known. */
interface Aimed {
  readonly row: WaitingRow;
  readonly contact: ContactDescription;
  readonly shared: readonly Shared[];
  readonly request: IdentityRequest;
}

/** Rows that share somebody after all are missing among the answers. */
async function applyApart(
  tx: Transaction,
  rows: readonly WaitingRow[],
  deps: RowDeps,
): Promise<[WaitingRow, RowReport][]> {
  const targets = await findTargets(tx, rows, deps);
  const reports: [WaitingRow, RowReport][] = [];
  const aimed: Aimed[] = [];
  for (const [place, row] of rows.entries()) {
    const target = targets[place];
    if (target === undefined) throw new Error("A row has no target.");
    if (target.kind === "skip") reports.push([row, { ...nameOf(row), result: "skipped", error: target.reason }]);
    else if (target.kind === "fail") reports.push([row, { ...nameOf(row), result: "failed", error: target.reason }]);
    else aimed.push(await aim(tx, { row, target }, deps));
  }
  const requests = aimed.map(({ request }) => request);
  const outcomes = requests.length === 0 ? [] : await resolveTogether(tx, requests, deps);
  for (const [place, each] of aimed.entries()) {
    const outcome = outcomes[place];
    if (outcome !== undefined) reports.push([each.row, await finish(tx, { ...each, outcome }, deps)]);
  }
  return reports;
}

function nameOf({ rowIndex, contact }: WaitingRow): Pick<RowReport, "rowIndex" | "externalCustomerId"> {
  const external = externalIdOf(contact);
  return { rowIndex, ...(external !== undefined && { externalCustomerId: external }) };
}

async function aim(
  tx: Transaction,
  { row, target }: { readonly row: WaitingRow; readonly target: Aim },
  { options, caller }: RowDeps,
): Promise<Aimed> {
  const contact = writable(row.contact, options);
  const shared = target.kind === "sharer" ? await sharedAddresses(tx, contact, target.contactId) : [];
  const { contactId: _asked, ...said } = contact;
  const meant = { ...without(said, shared), ...(target.kind === "sharer" && { contactId: target.contactId }) };
  const request = {
    ...requestOf(meant, caller),
    verb: "upsert",
    contactSource: "IMPORT",
    deleted: options.restoreDeleted ? "restore" : "skip",
  } as const;
  return { row, contact, shared, request };
}

/** What belongs to a row besides the contact itself. */
async function finish(
  tx: Transaction,
  { row, contact, shared, outcome }: Aimed & { readonly outcome: IdentityOutcome },
  deps: RowDeps,
): Promise<RowReport> {
  if (outcome.kind !== "resolved") {
    const error = outcome.kind === "refused" ? `${outcome.message} (${outcome.code})` : "Not applied.";
    return { ...nameOf(row), result: "failed", error };
  }
  const { contactId } = outcome;
  await keepShared(tx, { contact, shared, contactId }, { now: deps.caller.now, secretKey: deps.secretKey });
  const cleared = await clearListed(tx, { contact: row.contact, contactId }, deps);
  await joinAndLeave(tx, contactId, deps);
  await noteNew(tx, { contact, outcome }, deps);
  return { ...nameOf(row), contactId, result: resultOf(outcome, cleared) };
}

function resultOf({ created, restored, changed }: Resolved, cleared: boolean): RowReport["result"] {
  if (created) return "created";
  if (restored) return "restored";
  return changed || cleared ? "updated" : "unchanged";
}

async function clearListed(
  tx: Transaction,
  { contact, contactId }: { readonly contact: ContactDescription; readonly contactId: ContactId },
  { options: { contactFields = [], dedupeOn }, caller: { now } }: RowDeps,
): Promise<boolean> {
  const given: Record<string, boolean> = {
    email: contact.email !== undefined || dedupeOn === "email",
    sms: contact.phone !== undefined || dedupeOn === "sms",
    mobilepush: contact.channels.some(({ type }) => type === "mobilepush") || dedupeOn === "push",
    webpush: contact.channels.some(({ type }) => type === "webpush") || dedupeOn === "webpush",
  };
  let cleared = false;
  for (const type of ["email", "sms", "mobilepush", "webpush"] as const)
    if (contactFields.includes(type) && given[type] === false)
      cleared = (await clearChannels(tx, { contactId, type, now })) || cleared;
  return cleared;
}

async function joinAndLeave(tx: Transaction, contactId: ContactId, { join, leave, caller }: RowDeps): Promise<void> {
  if (join.length > 0) await addMembers(tx, { groups: join, contacts: [contactId], now: caller.now });
  if (leave.length > 0) await removeMembers(tx, { groups: leave, contacts: [contactId] });
}

/** One event for each new contact, not for restored ones. */
async function noteNew(
  tx: Transaction,
  { contact: { email, phone }, outcome }: { readonly contact: ContactDescription; readonly outcome: Resolved },
  { options: { eventKey }, caller: { now, siteId } }: RowDeps,
): Promise<void> {
  if (eventKey === undefined || !outcome.created) return;
  const sms = phone === undefined ? "" : String(normalisePhone(phone)).replace("+", "");
  await appendContactEvent(tx, {
    eventId: uuidv7(now),
    siteId,
    contactId: outcome.contactId,
    name: eventKey,
    occurredAt: now,
    receivedAt: now,
    properties: { contactId: outcome.contactId, EmailAddress: email ?? "", SMS: sms },
    context: { keyValue: email ?? sms },
  });
}

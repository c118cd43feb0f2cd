import type { ContactId } from "../../contract/identifiers.ts";
import { findByExternalId, findContactState } from "../contacts/index.ts";
import type { Transaction } from "../db/database.ts";
import {
  forecastInTransaction,
  laterText,
  loadPeople,
  normaliseEmail,
  resolveInTransaction,
  type Known,
  type IdentityRequest,
  type Key,
  type Refused,
  type Resolved,
  type Warning,
} from "../identity/index.ts";
import type { BatchDeps, Candidacy, RowOutcome } from "./batch.ts";
import type { Fault } from "./faults.ts";
import { findByField, findSharers, isHeldByAnother, keepAsChannel, stampUpdate } from "./match-store.ts";
import { fillingOnly } from "./request.ts";

export interface RowDeps extends BatchDeps {
  readonly wasErased: (key: Key) => boolean;
  /** How an address has to stand that must not be written to. */
  readonly suppressedAs: (email: string) => Known["channels"][number]["status"] | undefined;
}

type Target =
  /** Found by `resolve` itself: the external id first, then email, then phone. */
  | { readonly kind: "asResolved"; readonly contactId?: ContactId }
  /** Found by the unique field, so nobody else is merged into it. */
  | { readonly kind: "named"; readonly contactId: ContactId; readonly replaces: boolean }
  | { readonly kind: "left"; readonly result: "skipped" | "failed"; readonly fault: Fault };

/** One row, by the full resolver: the rules W0 to W5 of uploads, and those of a file with another unique field. */
export async function applyRow(tx: Transaction, candidacy: Candidacy, deps: RowDeps): Promise<RowOutcome> {
  const { row } = candidacy.intent;
  const target = await findTarget(tx, candidacy, deps);
  if (target.kind === "left") return { row, result: target.result, fault: target.fault };
  const request = await requestFor(tx, { candidacy, target }, deps);
  const shared = target.kind === "named" ? await sharedAddresses(tx, request, target.contactId) : [];
  const outcome = await resolveInTransaction(tx, without(request, shared), deps);
  if (outcome.kind !== "resolved") {
    if (outcome.kind === "refused" && outcome.code === "deleted_contact")
      return { row, result: "skipped", fault: { code: "deleted" } };
    return {
      row,
      result: "failed",
      fault: outcome.kind === "refused" ? faultOf(outcome, candidacy) : { code: "not_applied" },
    };
  }
  const { contactId } = outcome;
  const kept = await keepShared(tx, { shared, contactId }, deps);
  const changed = outcome.changed || kept;
  if (changed || outcome.created) await stampUpdate(tx, contactId, laterText(deps.now, candidacy.place));
  const notes = [...outcome.warnings.flatMap((warning) => noteOf(warning, candidacy)), ...shared.map(noteOfShared)];
  return { row, contactId, result: resultOf(outcome, changed), ...(notes.length > 0 && { notes }) };
}

function resultOf({ created, restored }: Resolved, changed: boolean): RowOutcome["result"] {
  if (created) return "created";
  if (restored) return "restored";
  return changed ? "updated" : "unchanged";
}

async function findTarget(tx: Transaction, candidacy: Candidacy, deps: RowDeps): Promise<Target> {
  const { intent, normal, keys } = candidacy;
  const { key } = deps.plan;
  const { deleted, replaceExternalIds } = deps.settings;
  const external = normal?.external;
  if (key === "id") return findById(tx, candidacy, deps);
  const matches = key === "externalCustomerId" ? [] : await matchesOf(tx, intent.keyValue, key);
  // Sharing an address has rules of its own; of any other field one contact only can be meant.
  if (key !== "email" && key !== "phone" && matches.length > 1)
    return failed({ code: "ambiguous", column: columnOf(key, deps), value: intent.keyValue });
  const fitting = matches.find(
    ({ externalCustomerId }) =>
      external === undefined || externalCustomerId === null || externalCustomerId === external,
  );
  const replaced = replaceExternalIds ? (fitting ?? matches[0]) : undefined;
  if (replaced !== undefined) return { kind: "named", contactId: replaced.contactId, replaces: true };
  if (external !== undefined) {
    const known = await findByExternalId(tx, external);
    if (known.kind === "live") return { kind: "asResolved", contactId: known.contactId };
    if (known.kind === "deleted") {
      if (deleted === "restore") return { kind: "asResolved", contactId: known.contactId };
      return { kind: "left", result: "skipped", fault: { code: "deleted" } };
    }
    if (deps.wasErased({ kind: "external", value: external })) return wasErased;
  }
  if (fitting !== undefined) return { kind: "named", contactId: fitting.contactId, replaces: false };
  if (keys.some((candidate) => candidate.kind === "email" && deps.wasErased(candidate))) return wasErased;
  return { kind: "asResolved" };
}

async function findById(tx: Transaction, { intent: { contactId } }: Candidacy, deps: RowDeps): Promise<Target> {
  if (contactId === undefined) return failed({ code: "no_identifier" });
  const state = await findContactState(tx, contactId);
  if (state.kind === "live")
    return { kind: "named", contactId: state.contactId, replaces: deps.settings.replaceExternalIds };
  if (state.kind === "unknown")
    return failed({ code: "unknown_contact", column: columnOf("id", deps), value: String(contactId) });
  return { kind: "left", result: "skipped", fault: { code: state.kind } };
}

function matchesOf(tx: Transaction, value: string, key: string) {
  if (key === "email") return findSharers(tx, { type: "email", values: [value] });
  if (key === "phone") return findSharers(tx, { type: "sms", values: [value] });
  return findByField(tx, { target: key, values: [value] });
}

const wasErased: Target = { kind: "left", result: "skipped", fault: { code: "erased" } };
const failed = (fault: Fault): Target => ({ kind: "left", result: "failed", fault });

function columnOf(target: string, { plan }: BatchDeps): string | undefined {
  return plan.columns.find((column) => column.target === target)?.name;
}

async function requestFor(
  tx: Transaction,
  { candidacy, target }: { readonly candidacy: Candidacy; readonly target: Exclude<Target, { kind: "left" }> },
  deps: RowDeps,
): Promise<IdentityRequest> {
  const { request } = candidacy;
  const named: IdentityRequest =
    target.kind === "named"
      ? { ...request, contactId: target.contactId, ...(target.replaces && { otherExternalId: "replace" }) }
      : request;
  if (deps.settings.existing === "overwrite") return named;
  const contactId = target.contactId ?? (await expectedTarget(tx, request, deps));
  if (contactId === undefined) return named;
  return fillingOnly(named, (await loadPeople(tx, [contactId])).get(contactId), deps.settings);
}

async function expectedTarget(
  tx: Transaction,
  request: IdentityRequest,
  deps: RowDeps,
): Promise<ContactId | undefined> {
  const { outcome } = await forecastInTransaction(tx, request, deps);
  return outcome.kind === "resolved" && outcome.contact !== "new" ? outcome.contact : undefined;
}

interface Shared {
  readonly kind: "email" | "phone";
  readonly value: string;
  readonly spelling: string;
}

/** Under the rules of an upload nobody is merged who merely shares an address. */
async function sharedAddresses(
  tx: Transaction,
  { email, phone }: IdentityRequest,
  contactId: ContactId,
): Promise<Shared[]> {
  const named: Shared[] = [
    ...(email ? [{ kind: "email" as const, value: normaliseEmail(email) ?? "", spelling: email }] : []),
    ...(phone ? [{ kind: "phone" as const, value: phone, spelling: phone }] : []),
  ];
  const shared: Shared[] = [];
  for (const key of named) if (await isHeldByAnother(tx, { ...key, contactId })) shared.push(key);
  return shared;
}

function without(request: IdentityRequest, shared: readonly Shared[]): IdentityRequest {
  if (shared.length === 0) return request;
  const { email, phone, ...rest } = request;
  const has = (kind: Shared["kind"]) => shared.some((key) => key.kind === kind);
  return {
    ...rest,
    ...(email !== undefined && !has("email") && { email }),
    ...(phone !== undefined && !has("phone") && { phone }),
  };
}

async function keepShared(
  tx: Transaction,
  { shared, contactId }: { readonly shared: readonly Shared[]; readonly contactId: ContactId },
  { now, settings, suppressedAs }: RowDeps,
): Promise<boolean> {
  let isNew = false;
  for (const { kind, value, spelling } of shared) {
    const imposed = kind === "email" ? suppressedAs(value) : undefined;
    isNew =
      (await keepAsChannel(tx, {
        contactId,
        type: kind === "email" ? "email" : "sms",
        value,
        spelling,
        status: imposed ?? settings.newAddresses,
        isConfirmed: settings.newAddresses === "confirmed",
        source: "IMPORT",
        now,
      })) || isNew;
  }
  return isNew;
}

function faultOf({ code }: Refused, { intent }: Candidacy): Fault {
  const { externalCustomerId: value } = intent;
  switch (code) {
    case "external_id_immutable":
      return { code: "external_id_immutable", value };
    case "identifier_mismatch":
    case "both_identified":
      return { code: "external_id_taken", value };
    case "unknown_contact":
      return { code: "unknown_contact", value: String(intent.contactId ?? "") };
    case "email_in_use":
      return { code: "email_in_use", value: intent.email };
    case "no_identifier":
    case "invalid_email":
    case "invalid_phone":
    case "invalid_external_id":
      return { code: "no_identifier" };
    default:
      return { code: "not_applied" };
  }
}

function noteOf({ code, field }: Warning, { intent }: Candidacy): Fault[] {
  switch (code) {
    case "email_in_use":
      return [{ code, value: intent.email }];
    case "phone_in_use":
    case "phone_not_merged":
      return [{ code: "phone_in_use", value: intent.phone }];
    case "external_id_case_variant":
      return [{ code, value: intent.externalCustomerId }];
    case "blocked_identifier":
      return [
        {
          code,
          value:
            field === "externalCustomerId" ? intent.externalCustomerId : intent[field === "phone" ? "phone" : "email"],
        },
      ];
    default:
      return [];
  }
}

const noteOfShared = ({ kind, spelling }: Shared): Fault => ({
  code: kind === "email" ? "email_in_use" : "phone_in_use",
  value: spelling,
});

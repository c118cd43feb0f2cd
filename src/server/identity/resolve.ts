import type { ContactId } from "../../contract/identifiers.ts";
import type { Database, Transaction } from "../db/database.ts";
import { attaching, findAwaiting } from "./awaiting-claims.ts";
import { keysOf, lockKeys } from "./locks.ts";
import { normaliseRequest, type NormalRequest } from "./normal-request.ts";
import type { PlannedOutcome } from "./changes.ts";
import type { IdentityOutcome, IdentityRequest } from "./request.ts";
import { retried } from "./retried.ts";
import { plan } from "./rules.ts";
import { DEFAULT_IDENTITY_SETTINGS, type IdentitySettings } from "./settings.ts";
import { loadFacts } from "./store.ts";
import { writePlan, type Written } from "./write-plan.ts";

export interface IdentityDeps {
  readonly db: Database;
  /** The installation's secret: keys the hashes by which the audit and erasures remember identifiers. */
  readonly secretKey: string;
  readonly identity?: Partial<IdentitySettings> | undefined;
}

export type Within = (tx: Transaction, outcome: IdentityOutcome) => Promise<void>;

/** Finds or makes the contact that a request is about and ties to it whatever the request names: one transaction. */
export function resolveIdentity(deps: IdentityDeps, request: IdentityRequest): Promise<IdentityOutcome> {
  return resolveWithin(deps, request, () => Promise.resolve());
}

/**
 * The same; `within` runs in the same transaction after everything was written, whatever the outcome. It may run again
 * when the transaction is retried, so everything it does must go through its `tx`.
 */
export function resolveWithin(deps: IdentityDeps, request: IdentityRequest, within: Within): Promise<IdentityOutcome> {
  return retried(deps.db, async (tx) => {
    const outcome = await resolveInTransaction(tx, request, deps);
    await within(tx, outcome);
    return outcome;
  });
}

/** The same inside a transaction of the caller's, which must be retried as a whole: see `retried`. */
export async function resolveInTransaction(
  tx: Transaction,
  request: IdentityRequest,
  deps: Pick<IdentityDeps, "secretKey" | "identity">,
): Promise<IdentityOutcome> {
  const settings = settingsOf(deps);
  const normal = normaliseRequest(request, settings);
  if ("kind" in normal) return normal;
  await lockKeys(tx, keysOf(normal));
  const facts = await loadFacts(tx, normal, deps.secretKey);
  const { outcome, changes } = plan(facts, normal, settings);
  const written = changes
    ? await writePlan(tx, changes, {
        request: normal,
        claimLife: settings.claimLife,
        secretKey: deps.secretKey,
        at: normal.receivedAt,
        cause: normal.cause,
        trust: normal.trust,
        ...(outcome.kind === "resolved" && outcome.matchedBy && { matchedBy: outcome.matchedBy }),
      })
    : { idOf: known };
  const resolved = outcomeOf(outcome, written);
  await attachAwaiting(tx, { resolved, request: normal }, deps);
  return resolved;
}

/** A back end makes somebody whom browsers have named before: what they did belongs to the new contact. */
async function attachAwaiting(
  tx: Transaction,
  { resolved, request }: { readonly resolved: IdentityOutcome; readonly request: NormalRequest },
  deps: Pick<IdentityDeps, "secretKey" | "identity">,
): Promise<void> {
  if (resolved.kind !== "resolved" || !resolved.created || request.trust !== "server") return;
  const { contactId } = resolved;
  const visitorIds = await findAwaiting(tx, request);
  for (const visitorId of visitorIds) await resolveInTransaction(tx, attaching(contactId, [visitorId], request), deps);
}

export function settingsOf({ identity }: Pick<IdentityDeps, "identity">): IdentitySettings {
  return { ...DEFAULT_IDENTITY_SETTINGS, ...identity };
}

function known(ref: ContactId | "new"): ContactId {
  if (ref === "new") throw new Error("A plan without changes makes no contact.");
  return ref;
}

function outcomeOf(outcome: PlannedOutcome, { idOf, claimId }: Written): IdentityOutcome {
  if (outcome.kind === "resolved") {
    const { contact, ...rest } = outcome;
    return { ...rest, contactId: idOf(contact) };
  }
  if (outcome.kind !== "pending") return outcome;
  return claimId === undefined ? { kind: "nothing" } : { kind: "pending", claimId };
}

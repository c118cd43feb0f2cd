import type { ContactId } from "../../contract/identifiers.ts";
import type { Database, Transaction } from "../db/database.ts";
import { attaching, findAwaiting } from "./awaiting-claims.ts";
import { keysOf, lockKeys } from "./locks.ts";
import { normaliseRequest, type NormalRequest } from "./normal-request.ts";
import type { Plan, PlannedOutcome } from "./changes.ts";
import type { Circumstances } from "./number-contacts.ts";
import type { IdentityOutcome, IdentityRequest } from "./request.ts";
import { plan } from "./rules.ts";
import { DEFAULT_IDENTITY_SETTINGS, type IdentitySettings } from "./settings.ts";
import { loadFacts, type Found } from "./store.ts";
import { writePlans, type Written } from "./write-plan.ts";

export interface IdentityDeps {
  readonly db: Database;
  /** The installation's secret: keys the hashes by which the audit and erasures remember identifiers. */
  readonly secretKey: string;
  readonly identity?: Partial<IdentitySettings> | undefined;
}

export type Within = (tx: Transaction, outcome: IdentityOutcome) => Promise<void>;

/**
 * Finds or makes the contact that a request is about and ties to it whatever the request names, in a transaction of the
 * caller's, which must be retried as a whole: see `retried`.
 */
export async function resolveInTransaction(
  tx: Transaction,
  request: IdentityRequest,
  deps: Pick<IdentityDeps, "secretKey" | "identity">,
): Promise<IdentityOutcome> {
  const [outcome] = await resolveTogether(tx, [request], deps);
  if (outcome === undefined) throw new Error("One request shares nothing with an earlier one.");
  return outcome;
}

/**
 * The same for several requests, in as many statements as one of them takes. Undefined: the request shares a person, a key
 * or a source with an earlier one, so it was left alone and has to be asked again.
 */
export async function resolveTogether(
  tx: Transaction,
  requests: readonly IdentityRequest[],
  deps: Pick<IdentityDeps, "secretKey" | "identity">,
): Promise<(IdentityOutcome | undefined)[]> {
  const settings = settingsOf(deps);
  const readings = requests.map((request) => normaliseRequest(request, settings));
  const normal = readings.flatMap((reading) => ("kind" in reading ? [] : [reading]));
  if (normal.length === 0) return readings.map((reading) => ("kind" in reading ? reading : undefined));
  await lockKeys(tx, normal.flatMap(keysOf));
  const { secretKey } = deps;
  const { found, ids } = await loadFacts(tx, normal, { secretKey, purpose: "write" });
  const plans = normal.map((request, place) => planOf(request, { found: found[place], settings }));
  const planned = plans.filter((each) => each !== undefined);
  const written = await writePlans(
    tx,
    planned.flatMap(({ changes, request, outcome }) =>
      changes === undefined ? [] : [{ changes, around: circumstancesOf(request, { outcome, settings, secretKey }) }],
    ),
    ids,
  );
  const writtenOf = new Map(
    planned.filter(({ changes }) => changes !== undefined).map((each, n) => [each, written[n]]),
  );
  const outcomes: (IdentityOutcome | undefined)[] = [];
  for (const each of plans) {
    const outcome = each && outcomeOf(each.outcome, writtenOf.get(each) ?? { idOf: known });
    if (each && outcome) await attachAwaiting(tx, { resolved: outcome, ...each }, deps);
    outcomes.push(outcome);
  }
  return readings.map((reading) => ("kind" in reading ? reading : outcomes.shift()));
}

interface Planned extends Plan {
  readonly request: NormalRequest;
  readonly isAwaited: boolean;
}

function planOf(
  request: NormalRequest,
  { found, settings }: { readonly found: Found | undefined; readonly settings: IdentitySettings },
): Planned | undefined {
  return found && { ...plan(found.facts, request, settings), request, isAwaited: found.isAwaited };
}

function circumstancesOf(
  request: NormalRequest,
  {
    outcome,
    settings,
    secretKey,
  }: { readonly outcome: PlannedOutcome; readonly settings: IdentitySettings; readonly secretKey: string },
): Circumstances {
  return {
    request,
    claimLife: settings.claimLife,
    secretKey,
    at: request.receivedAt,
    cause: request.cause,
    trust: request.trust,
    ...(outcome.kind === "resolved" && outcome.matchedBy && { matchedBy: outcome.matchedBy }),
  };
}

/** A back end makes somebody whom browsers have named before: what they did belongs to the new contact. */
async function attachAwaiting(
  tx: Transaction,
  { resolved, request, isAwaited }: { resolved: IdentityOutcome; request: NormalRequest; isAwaited: boolean },
  deps: Pick<IdentityDeps, "secretKey" | "identity">,
): Promise<void> {
  if (!isAwaited || resolved.kind !== "resolved" || !resolved.created || request.trust !== "server") return;
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

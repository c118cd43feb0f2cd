import type { Transaction } from "../db/database.ts";
import type { Changes, PlannedOutcome } from "./changes.ts";
import type { Contact } from "./facts.ts";
import { keysOf, lockKeys } from "./locks.ts";
import { normaliseRequest } from "./normal-request.ts";
import type { IdentityRequest } from "./request.ts";
import { settingsOf, type IdentityDeps } from "./resolve.ts";
import { retried } from "./retried.ts";
import { plan } from "./rules.ts";
import { loadFacts } from "./store.ts";

/** What a request would do. `contact` is `"new"` where it would make one. */
export interface Forecast {
  readonly outcome: PlannedOutcome;
  readonly changes?: Changes;
  /** The contacts that it looked at, as they are. */
  readonly before: readonly Contact[];
}

/** The same look-up and the same plan as a real request, under the same locks; only nothing is written. */
export function dryRun(deps: IdentityDeps, request: IdentityRequest): Promise<Forecast> {
  return retried(deps.db, (tx) => forecastInTransaction(tx, request, deps));
}

/** The same inside a transaction of the caller's. */
export async function forecastInTransaction(
  tx: Transaction,
  request: IdentityRequest,
  deps: Pick<IdentityDeps, "secretKey" | "identity">,
): Promise<Forecast> {
  const settings = settingsOf(deps);
  const normal = normaliseRequest(request, settings);
  if ("kind" in normal) return { outcome: normal, before: [] };
  await lockKeys(tx, keysOf(normal));
  const { secretKey } = deps;
  const [found] = (await loadFacts(tx, [normal], { secretKey, purpose: "forecast" })).found;
  if (found === undefined) throw new Error("One request shares nothing with an earlier one.");
  return { ...plan(found.facts, normal, settings), before: found.facts.contacts };
}

import type { Transaction } from "../db/database.ts";
import {
  resolveWithin,
  type IdentityDeps,
  type IdentityOutcome,
  type IdentityRequest,
  type Resolved,
} from "../identity/index.ts";

type Address = "email" | "phone" | "externalCustomerId";
const DROPPED_WHEN: Readonly<Record<string, Address>> = {
  invalid_email: "email",
  invalid_phone: "phone",
  invalid_external_id: "externalCustomerId",
};

/**
 * Resolves what an app says. An app drops a refused call for good and believes that it was heard, so a value that is
 * no address is left out and the rest is carried out.
 */
export async function identifyDevice(
  deps: IdentityDeps,
  request: IdentityRequest,
  within: (tx: Transaction, outcome: Resolved) => Promise<void>,
): Promise<IdentityOutcome> {
  const outcome = await resolveWithin(deps, request, async (tx, found) => {
    if (found.kind === "resolved") await within(tx, found);
  });
  const bad = outcome.kind === "refused" ? DROPPED_WHEN[outcome.code] : undefined;
  if (bad === undefined || request[bad] === undefined) return outcome;
  const { [bad]: _dropped, ...rest } = request;
  return identifyDevice(deps, rest, within);
}

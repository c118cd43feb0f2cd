import type { Instant, SiteId } from "../../contract/identifiers.ts";
import type { Transaction } from "../db/database.ts";
import {
  resolveSigned,
  resolveWithin,
  type Cause,
  type IdentityDeps,
  type IdentityRequest,
  type Resolved,
  type SignedOutcome,
} from "../identity/index.ts";

/** Which key called, in which request, when, and what it may say. */
export interface AppCaller {
  readonly cause: Cause;
  readonly now: Instant;
  readonly siteId: SiteId | null;
  /** `token`: who somebody is says an identity token only. */
  readonly believes: "app" | "token";
  readonly identityToken: string | undefined;
}

/** What an app says about one person, and when; the caller adds on whose word. */
export type AppRequest = Pick<
  IdentityRequest,
  "externalCustomerId" | "email" | "phone" | "fields" | "channels" | "moment"
> & {
  readonly deviceId: string;
};

type Address = "email" | "phone" | "externalCustomerId";
const DROPPED_WHEN: Readonly<Record<string, Address>> = {
  invalid_email: "email",
  invalid_phone: "phone",
  invalid_external_id: "externalCustomerId",
};

type Within = (tx: Transaction, outcome: Resolved) => Promise<void>;

/**
 * Resolves what an app says. An app drops a refused call for good and believes that it was heard, so a value that is
 * no address is left out and the rest is carried out.
 */
export async function identifyDevice(
  deps: IdentityDeps,
  { request, caller }: { readonly request: AppRequest; readonly caller: AppCaller },
  within: Within,
): Promise<SignedOutcome> {
  const outcome = await resolve(deps, { request, caller }, within);
  const bad = outcome.kind === "refused" ? DROPPED_WHEN[outcome.code] : undefined;
  if (bad === undefined || request[bad] === undefined) return outcome;
  const { [bad]: _dropped, ...rest } = request;
  return identifyDevice(deps, { request: rest, caller }, within);
}

async function resolve(
  deps: IdentityDeps,
  { request, caller }: { readonly request: AppRequest; readonly caller: AppCaller },
  within: Within,
): Promise<SignedOutcome> {
  const { cause, now, siteId, identityToken } = caller;
  const common = { ...request, verb: "device", contactSource: "MOBILE", cause } as const;
  const inside = async (tx: Transaction, found: SignedOutcome) => {
    if (found.kind === "resolved") await within(tx, found);
  };
  if (caller.believes === "app" || isNameless(request))
    return resolveWithin(deps, { ...common, trust: "mobile", receivedAt: now }, inside);
  const signed = { token: identityToken, siteId, sourceId: request.deviceId.trim(), receivedAt: now, request: common };
  return resolveSigned(deps, signed, inside);
}

const isSaid = (name: string | number | null | undefined) =>
  name !== undefined && name !== null && String(name).trim() !== "";

/** Only this installation speaks, as nobody in particular: that needs no proof. */
function isNameless({ externalCustomerId, email, phone }: AppRequest): boolean {
  return ![externalCustomerId, email, phone].some(isSaid);
}

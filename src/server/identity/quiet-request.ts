import type { Instant } from "../../contract/identifiers.ts";
import type { NormalRequest } from "./normal-request.ts";
import type { Cause } from "./request.ts";

/** An admin's act on contacts, in the shape that plans are made and written with: it names nobody by a key. */
export function quietRequest(act: { readonly at: Instant; readonly cause: Cause }): NormalRequest {
  return {
    trust: "server",
    verb: "upsert",
    emailFrom: "token",
    visitorIds: [],
    values: {},
    channels: [],
    deleted: "skip",
    moment: act.at,
    receivedAt: act.at,
    mode: "new-contacts",
    contactSource: "",
    cause: act.cause,
    warnings: [],
  };
}

/** Facts of a plan that nobody's request caused, but for the contacts and how their addresses stand. */
export const QUIET_FACTS = {
  asked: { kind: "none" },
  sources: [],
  claims: [],
  recentClaims: { byVisitor: 0, byAddress: 0 },
  caseVariant: false,
  recentEmails: 0,
} as const;

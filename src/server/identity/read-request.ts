import { normaliseRequest, type NormalRequest } from "./normal-request.ts";
import type { IdentityRequest, Refused } from "./request.ts";
import { settingsOf, type IdentityDeps } from "./resolve.ts";

/** What of a request can identify anybody, under this installation's settings. */
export function readRequest(request: IdentityRequest, deps: Pick<IdentityDeps, "identity">): NormalRequest | Refused {
  return normaliseRequest(request, settingsOf(deps));
}

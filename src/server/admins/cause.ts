import type { Cause } from "../identity/index.ts";
import { sessionOf, type AdminCall } from "./route.ts";

/** Who did it, as the audit says it. */
export const causeOf = (call: AdminCall): Cause => ({
  actor: `admin:${sessionOf(call).login}`,
  requestId: call.request.id,
});

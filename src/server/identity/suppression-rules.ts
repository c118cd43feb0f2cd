import { putChannel, type Draft } from "./draft.ts";
import type { Channel } from "./facts.ts";

/**
 * Rule F2, I17: whatever happened to its contacts meanwhile, an address that must not be written to comes back as such.
 * Only its owner, by a mailed token, ends an unsubscribe; everything harder is an admin's to lift.
 */
export function obeySuppressions(draft: Draft): void {
  for (const contact of draft.contacts.values()) {
    for (const channel of contact.channels) {
      const status = imposedOn(draft, channel);
      if (status === undefined) continue;
      putChannel(draft, contact.id, { ...channel, status, updatedAt: draft.request.receivedAt });
    }
  }
}

function imposedOn({ facts, request }: Draft, { type, value, status }: Channel): Channel["status"] | undefined {
  if (type !== "email" || (status !== "confirmed" && status !== "unconfirmed")) return undefined;
  const imposed = facts.suppressed.get(value)?.status;
  const returns = request.trust === "mail" && request.email?.value === value && imposed === "unsubscribed";
  return returns ? undefined : imposed;
}

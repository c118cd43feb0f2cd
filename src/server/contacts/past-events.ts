import type { Transaction } from "../db/database.ts";
import { retried, type IdentityDeps } from "../identity/index.ts";
import type { Caller } from "./contact-calls.ts";
import { appendWithin } from "./event-calls.ts";
import { readEvent, type EventDescription } from "./event-input.ts";

export const MAX_PAST_EVENTS = 500;

export type PastEventsReading =
  | { readonly kind: "read"; readonly events: readonly EventDescription[] }
  | { readonly kind: "refused"; readonly sentence: string };

/** `POST /events` of a back end: what happened before it was connected. */
export function readPastEvents(body: unknown): PastEventsReading {
  const list = typeof body === "object" && body !== null && "events" in body ? body.events : undefined;
  if (!Array.isArray(list) || list.length === 0 || list.length > MAX_PAST_EVENTS)
    return refused(`events has to be a list of 1 to ${MAX_PAST_EVENTS} events.`);
  const events: EventDescription[] = [];
  for (const [index, raw] of list.entries()) {
    const reading = readEvent(raw, 2);
    if (reading.kind === "refused") return refused(`events.${index}: ${reading.sentence}`);
    if (reading.event.occurredAt === undefined) return refused(`events.${index}: occurred is needed.`);
    events.push(reading.event);
  }
  return { kind: "read", events };
}

/** An event that names nobody who is known is kept apart; the others are stored. */
export async function appendPastEvents(
  deps: Pick<IdentityDeps, "db">,
  { events, caller }: { readonly events: readonly EventDescription[]; readonly caller: Caller },
  alongside: (tx: Transaction) => Promise<void>,
): Promise<void> {
  await retried(deps.db, async (tx) => {
    for (const event of events) await appendWithin(tx, { event, caller });
    await alongside(tx);
  });
}

const refused = (sentence: string): PastEventsReading => ({ kind: "refused", sentence });

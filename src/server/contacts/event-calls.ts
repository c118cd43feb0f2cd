import type { ContactId, Instant, MessageId } from "../../contract/identifiers.ts";
import type { Queryable, Transaction } from "../db/database.ts";
import { normaliseEmail, normalisePhone, retried, type IdentityDeps } from "../identity/index.ts";
import { derivedEventId } from "../lib/derived-id.ts";
import { uuidv7 } from "../lib/uuid.ts";
import type { Caller } from "./contact-calls.ts";
import type { EventDescription, PersonKey } from "./event-input.ts";
import { appendContactEvent, findHolder, findPushTokenHolder, rejectEvent } from "./event-store.ts";
import { findByExternalId, findContactState, type ContactState } from "./store.ts";

const DAY = 24 * 60 * 60 * 1000;
const MAX_AHEAD = 5 * 60 * 1000;

/**
 * Puts what a back end says under the contact's own source. An event never makes or restores anybody: of a deleted
 * contact it shows after a restore; one that names nobody is kept apart with the reason.
 */
export async function appendEvent(
  deps: Pick<IdentityDeps, "db">,
  { event, caller }: { readonly event: EventDescription; readonly caller: Caller },
  alongside: (tx: Transaction) => Promise<void>,
): Promise<"appended" | "unknownContact"> {
  return retried(deps.db, async (tx) => {
    const outcome = await appendWithin(tx, { event, caller });
    if (outcome === "appended") await alongside(tx);
    return outcome;
  });
}

/** The same inside a transaction of the caller's. */
export async function appendWithin(
  tx: Transaction,
  { event, caller }: { readonly event: EventDescription; readonly caller: Caller },
): Promise<"appended" | "unknownContact"> {
  const { now, siteId } = caller;
  const person = await findPerson(tx, event.person);
  if (person.kind === "unknown" || person.kind === "erased") {
    await rejectEvent(tx, { siteId, now, event });
    return "unknownContact";
  }
  await appendContactEvent(tx, {
    eventId: idOf(event, { siteId, now }),
    siteId,
    contactId: person.contactId,
    name: event.name,
    occurredAt: timeOf(event, now),
    receivedAt: now,
    properties: event.properties,
    ...(event.keyValue !== undefined && { context: { keyValue: event.keyValue } }),
  });
  return "appended";
}

/** Whom one name of a person leads to. */
export async function findPerson(tx: Queryable, person: PersonKey): Promise<ContactState> {
  switch (person.by) {
    case "contactId":
      return findContactState(tx, person.id as ContactId);
    case "externalCustomerId":
      return findByExternalId(tx, person.value);
    case "email":
      return findHolder(tx, { kind: "email", value: normaliseEmail(person.value) });
    case "phone":
      return findHolder(tx, { kind: "phone", value: normalisePhone(person.value) });
    case "pushToken":
      return findPushTokenHolder(tx, person.value);
  }
}

/** A clock that is ahead is not believed. */
export function timeOf({ occurredAt = Infinity }: Pick<EventDescription, "occurredAt">, now: Instant): Instant {
  return occurredAt > now + MAX_AHEAD ? now : occurredAt;
}

/** Two equal events are two, unless the sender says that they are one. Without a time of its own it counts for the day. */
function idOf(
  { eventId, occurredAt }: EventDescription,
  { siteId, now }: { readonly siteId: number | null; readonly now: Instant },
): MessageId {
  if (eventId === undefined) return uuidv7(now);
  return derivedEventId(["back end", siteId, eventId], occurredAt ?? now - (now % DAY));
}

import { change, channelOf, contactOf, dropIdentifier, identifierOf, putChannel, type Draft } from "./draft.ts";
import type { Channel, ChannelStatus, Contact, ContactRef } from "./facts.ts";
import { mergeProfiles } from "./values.ts";

/** Whether two contacts may flow together at all, whoever asks. */
export function mayMerge(draft: Draft, winner: Contact, loser: Contact): "yes" | "apart" | "limit" {
  if (typeof loser.id === "number" && winner.apartFrom.includes(loser.id)) return "apart";
  const { maxMergesPerContact } = draft.settings;
  return winner.merges + loser.merges + 1 > maxMergesPerContact ? "limit" : "yes";
}

/** `loser` flows into `winner`: identifiers, channels, fields; its bindings follow when the plan is written (M1–M6). */
export function merge(draft: Draft, pair: { winner: ContactRef; loser: ContactRef; reason: string }): void {
  const winner = contactOf(draft, pair.winner);
  const loser = contactOf(draft, pair.loser);
  draft.merges.push({ winner, loser, reason: pair.reason });
  draft.contacts.delete(loser.id);
  change(draft, winner.id, {
    ...mergeProfiles(winner, loser),
    bindings: winner.bindings + loser.bindings,
    merges: winner.merges + loser.merges + 1,
    apartFrom: [...new Set([...winner.apartFrom, ...loser.apartFrom])],
  });
  for (const channel of loser.channels) {
    const known = channelOf(winner, channel.type, channel.value);
    putChannel(draft, winner.id, known ? mergeChannels(known, channel) : channel);
  }
  for (const identifier of loser.identifiers) moveIdentifier(draft, winner.id, identifier);
}

/** M11: where both have an email, the winner's stays the key and the loser's goes to history. */
function moveIdentifier(draft: Draft, winner: ContactRef, identifier: Contact["identifiers"][number]): void {
  const contact = contactOf(draft, winner);
  if (identifier.kind === "device" || identifierOf(contact, identifier.kind) === undefined) {
    change(draft, winner, { identifiers: [...contact.identifiers, identifier] });
    return;
  }
  retire(draft, winner, identifier);
}

/** The address stays with the contact as an earlier one. */
export function retire(
  draft: Draft,
  owner: ContactRef,
  key: Pick<Contact["identifiers"][number], "kind" | "value">,
): void {
  dropIdentifier(draft, owner, key);
  const channel = channelOf(contactOf(draft, owner), key.kind === "email" ? "email" : "sms", key.value);
  if (channel?.current) putChannel(draft, owner, { ...channel, current: false });
}

const CAUTION: readonly ChannelStatus[] = ["unconfirmed", "confirmed", "bounced", "unsubscribed", "suppressed"];

/** M5: the latest explicit act counts; of two at one time the more cautious. */
export function mergeChannels(a: Channel, b: Channel): Channel {
  const later = comparesBefore(a, b) ? b : a;
  const earlier = later === a ? b : a;
  return {
    ...later,
    spelling: a.createdAt <= b.createdAt ? a.spelling : b.spelling,
    current: a.current || b.current,
    withheld: a.withheld && b.withheld,
    details: later.details ?? earlier.details,
    source: a.createdAt <= b.createdAt ? a.source : b.source,
    createdAt: Math.min(a.createdAt, b.createdAt),
    confirmedAt: later.confirmedAt ?? earlier.confirmedAt,
  };
}

function comparesBefore(a: Channel, b: Channel): boolean {
  const [x, y] = [act(a), act(b)];
  if (x.weight !== y.weight) return x.weight < y.weight;
  if (a.updatedAt !== b.updatedAt) return a.updatedAt < b.updatedAt;
  return x.caution < y.caution;
}

/** `unconfirmed` is no act of anybody; a suppression outlasts whatever is said later. */
function act({ status }: Channel): { weight: number; caution: number } {
  const weight = status === "unconfirmed" ? 0 : status === "suppressed" ? 2 : 1;
  return { weight, caution: CAUTION.indexOf(status) };
}

/**
 * Rule M2: the external id, then email, then phone, then device; then the older, then the lower id. A contact's age is
 * its own: would it take over that of a loser, the order of several merges would decide who survives.
 */
export function survivorOf(a: Contact, b: Contact): { winner: Contact; loser: Contact } {
  const [x, y] = [strength(a), strength(b)];
  const first = x === y ? comesFirst(a, b) : x > y;
  return first ? { winner: a, loser: b } : { winner: b, loser: a };
}

function strength(contact: Contact): number {
  const order = ["device", "phone", "email", "external"] as const;
  return Math.max(-1, ...contact.identifiers.map(({ kind }) => order.indexOf(kind)));
}

function comesFirst(a: Contact, b: Contact): boolean {
  if (a.createdAt !== b.createdAt) return a.createdAt < b.createdAt;
  return ordinal(a.id) < ordinal(b.id);
}

const ordinal = (ref: ContactRef) => (ref === "new" ? Infinity : ref);

import { channelOf, type Draft } from "./draft.ts";
import type { Channel, ChannelStatus, Contact } from "./facts.ts";
import { mergeChannels } from "./merge-rules.ts";
import { canonical, type Profile, type Register } from "./values.ts";

export interface Snapshots {
  readonly winnerBefore: Contact;
  readonly loserBefore: Contact;
}

/**
 * Takes two contacts apart again: the loser gets back what it had, as far as nobody else has it by now; the owner of
 * its things keeps what it had itself and what came later.
 */
export function unmerge(
  draft: Draft,
  owner: Contact,
  before: Snapshots,
  isFree: (kind: string, value: string) => boolean,
): void {
  const { loserBefore, winnerBefore } = before;
  const owns = (kind: string, value: string) =>
    owner.identifiers.some((identifier) => identifier.kind === kind && identifier.value === value);
  const given = loserBefore.identifiers.filter(({ kind, value }) => owns(kind, value) || isFree(kind, value));
  const kept = owner.identifiers.filter(
    ({ kind, value }) => !given.some((identifier) => identifier.kind === kind && identifier.value === value),
  );
  // A key that gave way in the merge comes back, unless another has taken its place since.
  const back = winnerBefore.identifiers.filter(
    ({ kind, value }) =>
      kind !== "device" && isFree(kind, value) && !kept.some((identifier) => identifier.kind === kind),
  );
  const identifiers = [...kept, ...back];
  draft.contacts.set(owner.id, {
    ...owner,
    ...takeBack(owner, before),
    identifiers,
    channels: owner.channels
      .filter((channel) => staysWith(channel, { winnerBefore, loserBefore, identifiers }))
      .map((channel) => asBefore(channel, { winnerBefore, loserBefore, identifiers })),
  });
  draft.contacts.set(loserBefore.id, {
    ...loserBefore,
    status: "live",
    identifiers: given,
    channels: loserBefore.channels.map((channel) => cautious(channel, owner, winnerBefore)),
  });
}

/** Values that came from the loser go; what they had replaced comes back. */
function takeBack(owner: Profile, { winnerBefore, loserBefore }: Snapshots): Profile {
  const values: Record<string, unknown> = {};
  const provenance: Record<string, Register> = {};
  for (const [name, value] of Object.entries(owner.values)) {
    const isLosers = same(owner, loserBefore, name) && !same(owner, winnerBefore, name);
    const from: Profile = isLosers ? winnerBefore : { ...owner, values: { [name]: value } };
    const register = from.provenance[name];
    if (from.values[name] === undefined) continue;
    values[name] = from.values[name];
    if (register) provenance[name] = register;
  }
  return { values, provenance };
}

function same(a: Profile, b: Profile, name: string): boolean {
  return canonical([a.values[name], a.provenance[name]]) === canonical([b.values[name], b.provenance[name]]);
}

interface Staying {
  readonly winnerBefore: Contact;
  readonly loserBefore: Contact;
  readonly identifiers: Contact["identifiers"];
}

function staysWith(channel: Channel, { winnerBefore, loserBefore, identifiers }: Staying): boolean {
  const isIn = (contact: Contact) => channelOf(contact, channel.type, channel.value) !== undefined;
  return isIn(winnerBefore) || !isIn(loserBefore) || isKey(channel, identifiers);
}

/**
 * An address that the merge had put into history is current again with its key; one that both had is again what the
 * owner said of it, unless somebody said something since.
 */
function asBefore(channel: Channel, { winnerBefore, loserBefore, identifiers }: Staying): Channel {
  const before = channelOf(winnerBefore, channel.type, channel.value);
  if (before === undefined) return channel;
  const theirs = channelOf(loserBefore, channel.type, channel.value);
  const retiredByMerge = isKey(channel, identifiers) || isKey(channel, loserBefore.identifiers);
  const current = before.current && (channel.current || retiredByMerge);
  const untouched = theirs !== undefined && isAsMerged(channel, before, theirs);
  return untouched ? { ...before, current } : { ...channel, current: channel.current || current };
}

function isKey({ type, value }: Channel, identifiers: Contact["identifiers"]): boolean {
  const kind = type === "email" ? "email" : type === "sms" ? "phone" : undefined;
  return identifiers.some((identifier) => identifier.kind === kind && identifier.value === value);
}

const REFUSALS: readonly ChannelStatus[] = ["unsubscribed", "bounced", "suppressed"];

/** Nobody has said anything of the address since the two were put together. */
const isAsMerged = (now: Channel, winners: Channel, losers: Channel): boolean =>
  canonical(mergeChannels(winners, losers)) === canonical({ ...now, current: true });

/** Who unsubscribed while the two were one stays unsubscribed: undoing never makes consent (I17). */
function cautious(before: Channel, owner: Contact, winnerBefore: Contact): Channel {
  const now = channelOf(owner, before.type, before.value);
  if (now === undefined || !REFUSALS.includes(now.status)) return before;
  const winners = channelOf(winnerBefore, before.type, before.value);
  const wasRefusedBefore = winners !== undefined && isAsMerged(now, winners, before);
  return wasRefusedBefore ? before : { ...before, status: now.status, updatedAt: now.updatedAt };
}

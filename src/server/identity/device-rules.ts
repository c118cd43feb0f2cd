import { contactOf, dropChannel, externalIdOf, holderOf, putChannel, putIdentifier, type Draft } from "./draft.ts";
import type { Channel, Contact, ContactRef } from "./facts.ts";
import { differs, emailsOf, knownEmailsOf } from "./match-rules.ts";
import { mayMerge, merge } from "./merge-rules.ts";
import type { RequestedChannel } from "./request.ts";
import { proofOf } from "./trust.ts";
import { canonical } from "./values.ts";

/** Step 7 for a device: an anonymous holder flows in with its history; one with another external id hands it over. */
export function settleDevice(draft: Draft, target: ContactRef, deviceId: string): void {
  const holder = holderOf(draft, "device", deviceId);
  if (holder && holder.id !== target && holder.status === "live") {
    if (mayFlow(draft, contactOf(draft, target), holder)) {
      merge(draft, { winner: target, loser: holder.id, reason: "same device" });
    } else {
      movePushTokens(draft, { from: holder.id, to: target, deviceId });
    }
  }
  putIdentifier(draft, target, { kind: "device", value: deviceId, proof: proofOf(draft.request, "device") });
}

function mayFlow(draft: Draft, target: Contact, holder: Contact): boolean {
  if (externalIdOf(holder) !== undefined || mayMerge(draft, target, holder) !== "yes") return false;
  const { request } = draft;
  const known = knownEmailsOf(draft, target);
  const expected = known.length > 0 || !request.email ? known : [request.email.value];
  return request.trust === "server" || !differs(emailsOf(holder), expected);
}

const isOf = (deviceId: string) => (channel: Channel) => channel.details?.["deviceId"] === deviceId;

function movePushTokens(draft: Draft, move: { from: ContactRef; to: ContactRef; deviceId: string }): void {
  for (const channel of contactOf(draft, move.from).channels.filter(isOf(move.deviceId))) {
    dropChannel(draft, move.from, channel);
    putChannel(draft, move.to, channel);
  }
}

/** Accounts of one phone send device ids with a suffix; what they share is the beginning (E11). */
const SAME_PHONE = 16;

/** Addresses that are no keys. A device has one live token, and a token one phone (E10, E11). */
export function keepFurtherChannels(draft: Draft, target: ContactRef): void {
  for (const asked of draft.request.channels) {
    const details = deviceDetails(draft, asked);
    const deviceId = details?.["deviceId"];
    if (typeof deviceId === "string") {
      dropOtherTokens(draft, target, { asked, deviceId });
      takeFromOtherPhones(draft, target, { asked, deviceId });
    }
    keep(draft, target, { asked, details });
  }
}

function deviceDetails({ request }: Draft, { type, details }: RequestedChannel) {
  if (type !== "mobilepush" || request.deviceId === undefined) return details ?? null;
  return { ...details, deviceId: request.deviceId };
}

interface Token {
  readonly asked: RequestedChannel;
  readonly deviceId: string;
}

function dropOtherTokens(draft: Draft, target: ContactRef, { asked, deviceId }: Token): void {
  const old = contactOf(draft, target).channels.filter(isOf(deviceId));
  for (const channel of old) {
    if (channel.type === asked.type && channel.value !== asked.value) dropChannel(draft, target, channel);
  }
}

function takeFromOtherPhones(draft: Draft, target: ContactRef, { asked, deviceId }: Token): void {
  for (const contact of draft.contacts.values()) {
    if (contact.id === target) continue;
    for (const channel of contact.channels) {
      const other = channel.details?.["deviceId"];
      const samePhone = typeof other === "string" && other.slice(0, SAME_PHONE) === deviceId.slice(0, SAME_PHONE);
      const sameToken = channel.type === asked.type && channel.value === asked.value;
      if (sameToken && (!samePhone || other === deviceId)) dropChannel(draft, contact.id, channel);
    }
  }
}

function keep(
  draft: Draft,
  target: ContactRef,
  { asked, details }: { asked: RequestedChannel; details: Channel["details"] },
): void {
  const { contactSource, receivedAt } = draft.request;
  const known = contactOf(draft, target).channels.find(
    ({ type, value }) => type === asked.type && value === asked.value,
  );
  if (known?.current && (details === null || canonical(known.details) === canonical(details))) return;
  putChannel(draft, target, {
    type: asked.type,
    value: asked.value,
    spelling: asked.value,
    status: known?.status ?? "confirmed",
    current: true,
    withheld: false,
    details,
    source: known?.source ?? contactSource,
    createdAt: known?.createdAt ?? receivedAt,
    updatedAt: known?.updatedAt ?? receivedAt,
    confirmedAt: known?.confirmedAt ?? receivedAt,
  });
}

import type { ContactId } from "../../../contract/identifiers.ts";
import type { Channel, Contact, Identifier } from "../facts.ts";
import type { Address, NormalRequest } from "../normal-request.ts";
import { rankOf, statusOf } from "../trust.ts";
import { sayAbout, type Profile, type Register, type Values } from "../values.ts";
import type { Key } from "../locks.ts";

/** What of a contact decides about an easy row. */
export interface Known extends Profile, Pick<Contact, "status"> {
  readonly id: ContactId;
  readonly identifiers: readonly Pick<Identifier, "kind" | "value" | "proof">[];
  readonly channels: readonly KnownChannel[];
}
export type KnownChannel = Pick<Channel, "type" | "value" | "status" | "current" | "withheld">;

/** A contact as an easy row leaves it. */
export type EasyPlan =
  | { readonly kind: "create"; readonly keys: readonly NewKey[]; readonly request: NormalRequest }
  | {
      readonly kind: "update";
      readonly contact: Known;
      /** Absent: as it was. */
      readonly profile?: Profile;
      readonly keys: readonly NewKey[];
      readonly request: NormalRequest;
    }
  | { readonly kind: "unchanged"; readonly contact: Known };

/** A key that nobody held, with the channel that comes with an address. */
export interface NewKey {
  readonly kind: "external" | "email" | "phone";
  readonly value: string;
  readonly channel?: Pick<Channel, "type" | "spelling" | "status"> & { readonly isConfirmed: boolean };
}

export interface EasyFacts {
  readonly isHeld: (key: Key) => boolean;
  /** Why an address must not be written to. */
  readonly suppressedAs: (email: string) => Channel["status"] | undefined;
}

/**
 * What a back end's request does when it makes a contact of free keys, or says something about one contact without
 * moving a key, an address or a status. Undefined: not as simple as that, so `plan` has to decide. For what this
 * answers, `plan` would answer the same; a property test says so. `target`: whom the row is about; undefined: nobody yet.
 */
export function planEasily(request: NormalRequest, target: Known | undefined, facts: EasyFacts): EasyPlan | undefined {
  const nothingElse =
    request.deviceId === undefined && request.visitorIds.length === 0 && request.channels.length === 0;
  if (request.trust !== "server" || request.verb !== "upsert" || !nothingElse) return undefined;
  return target === undefined ? planCreation(request, facts) : planUpdate(request, target, facts);
}

function planCreation(request: NormalRequest, facts: EasyFacts): EasyPlan | undefined {
  if (request.contactId !== undefined) return undefined;
  const { external, email, phone } = request;
  const named = keysIn(request);
  if (named.length === 0 || named.some(facts.isHeld)) return undefined;
  const keys = [
    ...(external === undefined ? [] : [{ kind: "external", value: external } as const]),
    ...(email === undefined ? [] : [newAddress(request, "email", { address: email, facts })]),
    ...(phone === undefined ? [] : [newAddress(request, "phone", { address: phone, facts })]),
  ];
  return { kind: "create", keys, request };
}

function planUpdate(request: NormalRequest, target: Known, facts: EasyFacts): EasyPlan | undefined {
  if (target.status !== "live" || target.channels.length > MANY_ADDRESSES) return undefined;
  if (target.channels.some((channel) => isImposedOn(channel, facts))) return undefined;
  const keys: NewKey[] = [];
  for (const key of keysIn(request)) {
    const known = target.identifiers.find(({ kind }) => kind === key.kind);
    const verdict = known === undefined ? judgeNew(request, { target, key, facts }) : judgeKnown(request, target, key);
    if (verdict === undefined) return undefined;
    if (verdict !== "there already") keys.push(verdict);
  }
  const profile = sayAbout(target, request.values, {
    rank: rankOf(request),
    at: request.moment,
    by: target.id,
    insist: true,
  });
  const isDescribed = profile.values !== target.values || profile.provenance !== target.provenance;
  if (isDescribed) return { kind: "update", contact: target, profile, keys, request };
  return keys.length > 0 ? { kind: "update", contact: target, keys, request } : { kind: "unchanged", contact: target };
}

/** An external id with ever new emails may name a crowd: that is for `plan` to see. */
const MANY_ADDRESSES = 20;

/** An address may have been the contact's once, and a device's channel may be anything: only the plain case is easy. */
function judgeNew(
  request: NormalRequest,
  { target, key, facts }: { readonly target: Known; readonly key: Named; readonly facts: EasyFacts },
): NewKey | undefined {
  if (facts.isHeld(key)) return undefined;
  if (key.kind === "external") return { kind: "external", value: key.value };
  const type = channelType(key.kind);
  if (target.channels.some((channel) => channel.type === type)) return undefined;
  const address = request[key.kind];
  return address && newAddress(request, key.kind, { address, facts });
}

function judgeKnown(request: NormalRequest, target: Known, key: Named): "there already" | undefined {
  const known = target.identifiers.find(({ kind, value }) => kind === key.kind && value === key.value);
  if (known?.proof !== "server") return undefined;
  return key.kind === "external" || isAsSaid(request, target, key) ? "there already" : undefined;
}

function isAsSaid(request: NormalRequest, target: Known, key: Named): boolean {
  const type = channelType(key.kind);
  const channel = target.channels.find((candidate) => candidate.type === type && candidate.value === key.value);
  if (channel === undefined || !channel.current || channel.withheld) return false;
  return channel.status !== "unconfirmed" || statusOf(request, type) === "unconfirmed";
}

function newAddress(
  request: NormalRequest,
  kind: "email" | "phone",
  { address, facts }: { readonly address: Address<string>; readonly facts: EasyFacts },
): NewKey {
  const type = channelType(kind);
  const said = statusOf(request, type);
  const status = (kind === "email" ? facts.suppressedAs(address.value) : undefined) ?? said;
  return {
    kind,
    value: address.value,
    channel: { type, spelling: address.spelling, status, isConfirmed: said === "confirmed" },
  };
}

const channelType = (kind: "email" | "phone" | "external") => (kind === "email" ? "email" : "sms");

function isImposedOn({ type, value, status }: KnownChannel, facts: EasyFacts): boolean {
  return (
    type === "email" && (status === "confirmed" || status === "unconfirmed") && facts.suppressedAs(value) !== undefined
  );
}

type Named = Pick<Identifier, "value"> & { readonly kind: "external" | "email" | "phone" };

/** The keys that a request names, in the order in which they are settled. */
export function keysIn({ external, email, phone }: NormalRequest): Named[] {
  return [
    ...(external === undefined ? [] : [{ kind: "external", value: external } as const]),
    ...(email === undefined ? [] : [{ kind: "email", value: email.value } as const]),
    ...(phone === undefined ? [] : [{ kind: "phone", value: phone.value } as const]),
  ];
}

/** What a contact begins with: everything that is said, on the word of this request. Nothing is there to be cleared. */
export interface FirstWords {
  readonly said: Values;
  /** The same for each of them. */
  readonly register: Register;
}

export function firstWords(request: NormalRequest, by: Contact["id"]): FirstWords {
  return { said: request.values, register: { rank: rankOf(request), at: request.moment, by } };
}

import type { DeviceFacts, Groups, Properties, UserAttributes } from "./api.ts";

/** Members that are undefined are not sent: absent means "leave alone". */
type Body = Readonly<Record<string, unknown>>;

/** What stands in the queue: one call, or one event that shares its call with its neighbours. */
export type Entry =
  | { readonly kind: "device" | "user"; readonly body: Body }
  | { readonly kind: "event"; readonly deviceId: string; readonly user?: string; readonly event: QueuedEvent };

export interface QueuedEvent {
  readonly eventTypeKey: string;
  readonly occurred: string;
  readonly params: readonly { readonly name: string; readonly value: unknown }[];
}

/** Who this device is. */
export interface State {
  /** Minted once. A logout makes another, unless several accounts share the phone. */
  readonly id: string;
  readonly user?: string;
  readonly facts: DeviceFacts;
  readonly push?: { readonly token: string; readonly subscribed?: boolean | undefined };
  readonly accounts: "one" | "several";
  readonly dropped: number;
  /** The latest time given to anything. */
  readonly last: number;
}

export const deviceIdOf = ({ id, user, accounts }: State): string =>
  accounts === "several" && user !== undefined ? `${id}:${user}` : id;

const timeText = (at: number): string => new Date(at).toISOString();

interface Addresses {
  readonly email?: string | undefined;
  readonly phone?: string | undefined;
}

/** Registers the device for whoever is logged in. */
export function deviceEntry(state: State, at: number, who: Addresses = {}): Entry {
  const { facts, push, user } = state;
  const body = {
    ...facts,
    deviceId: deviceIdOf(state),
    externalUserId: user,
    pushToken: push?.token,
    pushSubscribed: push?.subscribed,
    email: who.email,
    phone: who.phone,
    occurred: timeText(at),
  };
  return { kind: "device", body };
}

/** Without a person named: of whoever the device belongs to. */
export function userEntry(
  state: State,
  at: number,
  { attributes, groups = {} }: { readonly attributes: UserAttributes; readonly groups?: Groups | undefined },
): Entry {
  const { fields, ...rest } = attributes;
  const body = {
    deviceId: deviceIdOf(state),
    externalUserId: state.user,
    userAttributes: { ...rest, fields: fields && Object.entries(fields).map(([key, value]) => ({ key, value })) },
    subscriptionKeys: groups.subscriptionKeys,
    groupNamesInclude: groups.include,
    groupNamesExclude: groups.exclude,
    occurred: timeText(at),
  };
  return { kind: "user", body };
}

export function eventEntry(state: State, at: number, { name, params }: { name: string; params: Properties }): Entry {
  const event = {
    eventTypeKey: name,
    occurred: timeText(at),
    params: Object.entries(params).map(([name, value]) => ({ name, value })),
  };
  return { kind: "event", deviceId: deviceIdOf(state), ...(state.user !== undefined && { user: state.user }), event };
}

/** The next entries that fit one call: strictly in the order in which things happened. */
export function nextCall(entries: readonly Entry[], maxEvents: number, maxCharacters: number): readonly Entry[] {
  const [first] = entries;
  if (first?.kind !== "event") return entries.slice(0, 1);
  let room = maxCharacters;
  const end = entries.findIndex((entry, position) => {
    if (entry.kind !== "event" || entry.deviceId !== first.deviceId || entry.user !== first.user) return true;
    room -= JSON.stringify(entry.event).length;
    return position > 0 && (position >= maxEvents || room < 0);
  });
  return end < 0 ? entries : entries.slice(0, end);
}

/** Address and body of that call. `sentAt` lets the server correct a wrong clock. */
export function requestOf(entries: readonly Entry[], sentAt: number): { readonly path: string; readonly body: string } {
  const [first] = entries;
  const sent = { sentAt: timeText(sentAt) };
  if (first === undefined) throw new Error("Nothing is no call.");
  if (first.kind !== "event") return { path: first.kind, body: JSON.stringify({ ...first.body, ...sent }) };
  const events = entries.flatMap((entry) => (entry.kind === "event" ? [entry.event] : []));
  const batch = { deviceId: first.deviceId, externalUserId: first.user, events, ...sent };
  return { path: "events", body: JSON.stringify(batch) };
}

import type { Condition, EventCondition, FieldCondition } from "../../src/contract/segments.ts";
import { normaliseEmail, normalisePhone } from "../../src/server/identity/index.ts";

// Who is in a segment, worked out in memory from the same rows: no SQL, and not a line of the code under test.

export type Status = "live" | "deleted" | "merged" | "erased";
export interface ModelChannel {
  readonly type: "email" | "sms" | "mobilepush" | "webpush" | "viber";
  readonly value: string;
  readonly spelling: string;
  readonly status: string;
  readonly current: boolean;
}
export interface ModelContact {
  readonly id: number;
  readonly status: Status;
  readonly mergedInto: number | null;
  /** By the name that conditions have for it. */
  readonly texts: Readonly<Record<string, string | null>>;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly channels: readonly ModelChannel[];
  readonly devices: readonly string[];
  readonly lists: readonly number[];
  readonly categories: readonly string[];
}
export interface ModelStretch {
  readonly kind: "visitor" | "device";
  readonly source: string;
  readonly contactId: number;
  readonly from: number;
  readonly to: number;
}
export interface ModelEvent {
  readonly kind: "visitor" | "device" | "contact";
  readonly source: string;
  readonly name: string;
  readonly at: number;
  readonly url: string | null;
  readonly attachable: boolean;
}
export interface ModelWorld {
  readonly contacts: readonly ModelContact[];
  readonly stretches: readonly ModelStretch[];
  readonly events: readonly ModelEvent[];
}

export interface Judge {
  readonly world: ModelWorld;
  readonly now: number;
  /** Small letters, as the database sees them. */
  fold(text: string): string;
}

const DAY = 86_400_000;

/** Newest first, as the segment lists them. */
export function membersOf(tree: Condition, judge: Judge): number[] {
  return judge.world.contacts
    .filter((contact) => contact.status === "live" && meets(contact, tree, judge))
    .map(({ id }) => id)
    .sort((a, b) => b - a);
}

export function meets(contact: ModelContact, condition: Condition, judge: Judge): boolean {
  if ("of" in condition) {
    const part = (one: Condition) => meets(contact, one, judge);
    if (condition.kind === "all") return condition.of.every(part);
    return condition.of.some(part) === (condition.kind === "any");
  }
  return condition.kind === "event" ? did(contact, condition, judge) : is(contact, condition, judge);
}

function did(contact: ModelContact, { event, address, operator, times, days }: EventCondition, judge: Judge): boolean {
  const { events, stretches, contacts } = judge.world;
  const own = new Set(
    contacts.filter(({ id, mergedInto }) => id === contact.id || mergedInto === contact.id).map(({ id }) => String(id)),
  );
  const count = events.filter((one) => {
    const isTheirs =
      one.kind === "contact"
        ? own.has(one.source)
        : stretches.some(
            ({ kind, source, contactId, from, to }) =>
              kind === one.kind && source === one.source && contactId === contact.id && from <= one.at && one.at < to,
          );
    const isSuch = one.name === event && (address === undefined || one.url?.includes(address) === true);
    return isTheirs && isSuch && one.attachable && (days === undefined || one.at >= judge.now - days * DAY);
  }).length;
  return count >= times === (operator === "atLeast");
}

const OPPOSITES: Readonly<Record<string, string>> = { isNot: "is", containsNot: "contains", notEmpty: "empty" };

function is(contact: ModelContact, condition: FieldCondition, judge: Judge): boolean {
  const opposite = OPPOSITES[condition.operator];
  const plain = { ...condition, operator: opposite ?? condition.operator };
  return isPlainly(contact, plain, judge) === (opposite === undefined);
}

type Plain = Omit<FieldCondition, "operator"> & { readonly operator: string };

function isPlainly(contact: ModelContact, condition: Plain, judge: Judge): boolean {
  const { field, operator, values = [] } = condition;
  switch (field) {
    case "email":
      return someChannel(contact, "email", condition, (channel) => emailFits(channel, condition, judge));
    case "phone":
      return someChannel(contact, "sms", condition, (channel) => phoneFits(channel, condition));
    case "emailStatus":
      return someChannel(contact, "email", condition, ({ status }) => values.includes(status));
    case "device":
      return contact.devices.length === 0;
    case "pushToken":
      return !contact.channels.some(({ type, current }) => current && (type === "mobilepush" || type === "webpush"));
    case "list":
      return fitsMembership(
        withMerged(contact, judge).flatMap(({ lists }) => lists),
        condition,
      );
    case "category":
      return fitsMembership(
        withMerged(contact, judge).flatMap(({ categories }) => categories),
        condition,
      );
    case "createdAt":
    case "updatedAt":
      return fitsMoment(contact[field], condition, judge);
    default: {
      const text = contact.texts[field] ?? "";
      if (operator === "empty") return text.trim() === "";
      const exact = field === "externalCustomerId" || field === "contactSource";
      return contact.texts[field] !== null && fitsText(text, condition, exact ? (same) => same : judge.fold);
    }
  }
}

const withMerged = (contact: ModelContact, { world }: Judge) =>
  world.contacts.filter(({ id, mergedInto }) => id === contact.id || mergedInto === contact.id);

function fitsMembership(has: readonly (string | number)[], { operator, values = [] }: Plain): boolean {
  return operator === "empty" ? has.length === 0 : values.some((value) => has.includes(value));
}

function someChannel(
  contact: ModelContact,
  type: ModelChannel["type"],
  { operator }: Plain,
  fits: (channel: ModelChannel) => boolean,
): boolean {
  const channels = contact.channels.filter((channel) => channel.type === type && channel.current);
  return operator === "empty" ? channels.length === 0 : channels.some(fits);
}

function emailFits({ value, spelling }: ModelChannel, condition: Plain, { fold }: Judge): boolean {
  const { operator, values = [] } = condition;
  if (operator === "is") return values.some((wanted) => value === (normaliseEmail(String(wanted)) ?? wanted));
  return fitsText(value, condition, fold) || fitsText(spelling, condition, fold);
}

function phoneFits({ value }: ModelChannel, { operator, values = [] }: Plain): boolean {
  const digits = values.map((wanted) => {
    const phone = operator === "is" ? normalisePhone(String(wanted)) : undefined;
    return (phone ?? String(wanted)).replace(/\D/g, "");
  });
  return fitsText(value.replace("+", ""), { kind: "field", field: "phone", operator, values: digits }, (same) => same);
}

function fitsText(text: string, { operator, values = [] }: Plain, fold: (text: string) => string): boolean {
  const folded = fold(text);
  return values
    .map((value) => fold(String(value)))
    .some((wanted) => {
      switch (operator) {
        case "is":
          return folded === wanted;
        case "contains":
          return folded.includes(wanted);
        case "startsWith":
          return folded.startsWith(wanted);
        case "endsWith":
          return folded.endsWith(wanted);
        default:
          throw new Error(`A text is asked for ${operator}.`);
      }
    });
}

function fitsMoment(at: number, { operator, values = [] }: Plain, { now }: Judge): boolean {
  const [value = 0] = values;
  const day = (text: string | number, after = 0) => {
    const [year = 0, month = 1, date = 1] = String(text).split("-").map(Number);
    return new Date(year, month - 1, date + after).getTime();
  };
  switch (operator) {
    case "inLast":
      return at >= now - Number(value) * DAY;
    case "beforeLast":
      return at < now - Number(value) * DAY;
    case "before":
      return at < day(value);
    case "after":
      return at >= day(value, 1);
    case "on":
      return at >= day(value) && at < day(value, 1);
    default:
      return false;
  }
}

import type { Instant } from "../../contract/identifiers.ts";

/** Clocks that run ahead by no more than this are believed. */
const MAX_AHEAD = 5 * 60_000;
/** Less than this between sending and receipt is the way, not a wrong clock: correcting by it would shuffle calls. */
const AGREEMENT = 30_000;
/** How long an app may have been without a network when it tells of a login. */
const MAX_BACKDATING = 30 * 24 * 60 * 60_000;

interface Stamps {
  /** When it happened, by the clock of the device. */
  readonly at: Instant;
  /** When it was sent, by the same clock; many clients do not say. */
  readonly sentAt: Instant | undefined;
  readonly receivedAt: Instant;
}

/** When a login or an attribute was said, by our clock. */
export function correctDeviceTime(stamps: Stamps): Instant {
  return Math.max(correctEventTime(stamps), stamps.receivedAt - MAX_BACKDATING);
}

/** When an event happened: a phone that lay in a drawer may bring what is very old. */
export function correctEventTime({ at, sentAt, receivedAt }: Stamps): Instant {
  const off = sentAt === undefined ? 0 : receivedAt - sentAt;
  const corrected = Math.abs(off) > AGREEMENT ? at + off : at;
  return corrected > receivedAt + MAX_AHEAD ? receivedAt : corrected;
}

import type { Instant } from "../../contract/identifiers.ts";

/** How far back a public key may date anything. */
export const MAX_BACKDATING = 24 * 60 * 60_000;
/** Clocks that run ahead by no more than this are believed. */
export const MAX_AHEAD = 5 * 60_000;
/**
 * A sender whose clock and ours agree to this much is taken at its word. What is between the two is then mostly the time
 * the batch was under way, which is another for each batch: correcting by it would shuffle what happened in a row.
 */
const AGREEMENT = 5_000;

/** When something happened by our clock; `claimedAt` is the sender's own stamp where it was not believed. */
export interface CorrectedTime {
  readonly occurredAt: Instant;
  readonly claimedAt?: number;
}

/**
 * `receivedAt − (sentAt − at)`: a clock that is wrong is wrong by the same amount in both stamps. A message stamped
 * well after it was sent has seen its clock jump, so its stamp is taken as it is.
 */
export function correctTime(stamps: {
  readonly at: number;
  readonly sentAt: number;
  readonly receivedAt: Instant;
}): CorrectedTime {
  const { at, sentAt, receivedAt } = stamps;
  const agrees = Math.abs(receivedAt - sentAt) <= AGREEMENT;
  const jumped = at > sentAt + AGREEMENT;
  const corrected = agrees || jumped ? at : receivedAt - (sentAt - at);
  if (corrected > receivedAt + MAX_AHEAD) return { occurredAt: receivedAt, claimedAt: at };
  if (corrected < receivedAt - MAX_BACKDATING) return { occurredAt: receivedAt - MAX_BACKDATING, claimedAt: at };
  return { occurredAt: Math.round(corrected) };
}

/** A stamp for people to read; the number where no calendar reaches. */
export function readableStamp(at: number): string {
  return Math.abs(at) <= 8.64e15 ? new Date(at).toISOString() : String(at);
}

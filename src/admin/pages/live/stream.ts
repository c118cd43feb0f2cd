import type { LiveMessage } from "../../../contract/admin/live.ts";

/** So many are shown at most; earlier ones leave at the other end. */
const SHOWN_AT_MOST = 1_000;
/** So many wait to be shown; with more the stream rests where it is, and nothing is passed over. */
const HELD_AT_MOST = 500;

/** What came, newest first: `shown` stays in its place, `held` waits until it is asked for. */
export interface Stream {
  readonly shown: readonly LiveMessage[];
  readonly held: readonly LiveMessage[];
}

export const NOTHING: Stream = { shown: [], held: [] };

export const isFull = ({ held }: Stream): boolean => held.length >= HELD_AT_MOST;

/** A message that is there already gets its new verdict where it is. `arrived`: oldest first. */
export function receive({ shown, held }: Stream, arrived: readonly LiveMessage[]): Stream {
  const latest = new Map(arrived.map((message) => [message.key, message]));
  const renew = (message: LiveMessage) => {
    const newer = latest.get(message.key);
    if (newer === undefined) return message;
    latest.delete(message.key);
    return newer;
  };
  const [shownNow, heldNow] = [shown.map(renew), held.map(renew)];
  return { shown: shownNow, held: [...[...latest.values()].reverse(), ...heldNow] };
}

export function reveal({ shown, held }: Stream): Stream {
  return held.length === 0 ? { shown, held } : { shown: [...held, ...shown].slice(0, SHOWN_AT_MOST), held: [] };
}

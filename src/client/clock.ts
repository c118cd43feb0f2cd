/**
 * The time for a message, never before that of an earlier one; `strictly`: later than all of them, so that no event
 * falls on the moment at which a browser changes hands.
 */
export type Stamp = (time?: number, strictly?: "strictly") => number;

export const openClock = (): Stamp => {
  let last = 0;
  return (time = Date.now(), strictly) => {
    const early = last - time + (strictly ? 1 : 0);
    // A clock that was set back by more than that is believed.
    return (last = time + (early > 0 && early < 1000 ? early : 0));
  };
};

/** Milliseconds until a stored time; 0 if it is past, or so far ahead that a clock since corrected must have stamped it. */
export const timeLeft = (until: string, atMost: number): number => {
  const left = Number(until) - Date.now();
  return left > 0 && left <= atMost ? left : 0;
};

import type { Instant } from "../../contract/identifiers.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** How long to wait after the first, second … failure. After the last one a letter is given up: its link has aged. */
const WAITS = [MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, 24 * HOUR] as const;
/** No letter is put off for longer, chance included: what is due later was dated by a clock that has been set back. */
export const LONGEST_WAIT = 1.1 * Math.max(...WAITS);

/** What went wrong, as far as the mail server said so. */
export interface Failure {
  readonly code?: string | undefined;
  readonly responseCode?: number | undefined;
}

export type FailurePlan = { readonly kind: "retry"; readonly at: Instant } | { readonly kind: "giveUp" };

/** The server's own "never" (5xx) about this recipient or this letter. A wrong password (also 5xx) is an operator's matter and passes. */
function isFinal(failure: Failure): boolean {
  const aboutThisLetter = failure.code === "EENVELOPE" || failure.code === "EMESSAGE";
  return aboutThisLetter && failure.responseCode !== undefined && failure.responseCode >= 500;
}

/** Decides between another try and giving up. `attempts` counts the one that failed; `random` is in [0, 1). */
export function planAfterFailure(
  failure: Failure,
  { attempts, now, random }: { attempts: number; now: Instant; random: number },
): FailurePlan {
  const wait = WAITS[attempts - 1];
  if (wait === undefined || isFinal(failure)) return { kind: "giveUp" };
  return { kind: "retry", at: now + Math.round(wait * (0.9 + 0.2 * random)) };
}

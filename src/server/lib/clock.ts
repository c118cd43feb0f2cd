import type { Instant } from "../../contract/identifiers.ts";

/** Tells the time. Passed in, so that tests can move it. */
export type Clock = () => Instant;

export const systemClock: Clock = () => Date.now();

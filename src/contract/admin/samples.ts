import { Type, type Static } from "typebox";
import { Count } from "./pieces.ts";

export const SampleStanding = Type.Object({
  /** Invented people that are there. */
  contacts: Count,
  /** There is something to remove. */
  present: Type.Boolean(),
});
export type SampleStanding = Static<typeof SampleStanding>;
/** `kept`: those that were merged with somebody real meanwhile. */
export const RemovedSamples = Type.Object({ removed: Count, kept: Count });
export type RemovedSamples = Static<typeof RemovedSamples>;

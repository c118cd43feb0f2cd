import { useState } from "preact/hooks";
import { begin } from "../../ui/ahead.ts";
import { timelineWanted } from "./wanted.ts";

/** Asks for the timeline beside the card, which stands above it, not after it. */
export function useTimelineAhead(id: number): void {
  useState(() => begin(timelineWanted(id)));
}

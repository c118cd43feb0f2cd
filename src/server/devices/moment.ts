import type { Instant } from "../../contract/identifiers.ts";
import { instantOfText } from "../lib/date-text.ts";
import { correctDeviceTime } from "./rules.ts";

interface Stamped {
  readonly occurred?: string | null;
  readonly sentAt?: string | null;
}

/** When a call happened by our clock. One that does not say when, or not in words we know, happens now. */
export function momentOf({ occurred, sentAt }: Stamped, now: Instant): Instant {
  const at = readTime(occurred);
  return at === undefined ? now : correctDeviceTime({ at, sentAt: readTime(sentAt), receivedAt: now });
}

export const readTime = (text: string | null | undefined): Instant | undefined =>
  typeof text === "string" ? instantOfText(text) : undefined;

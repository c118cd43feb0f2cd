import { createHash } from "node:crypto";
import type { Instant, MessageId } from "../../contract/identifiers.ts";
import { uuidv7 } from "./uuid.ts";

/**
 * An id for an event whose sender gave it none of ours: the same parts at the same time are the same event, so that a
 * repetition is recognised.
 */
export function derivedEventId(parts: readonly unknown[], at: Instant): MessageId {
  return uuidv7(at, createHash("sha256").update(JSON.stringify(parts)).digest());
}

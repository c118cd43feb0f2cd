import type { IncomingHttpHeaders } from "node:http";
import { MAX_BATCH_BYTES } from "../../contract/wire.ts";
import type { HttpProblem } from "../http/problem.ts";
import { problem } from "../http/problem.ts";
import type { GroupCommit } from "./group-commit.ts";

/** What may wait at most. At 20,000 rows a second a full queue is a second of work. */
const MAX_WAITING_ROWS = 20_000;
/** Of their bodies: as announced while they come in, and as unpacked while they wait. */
const MAX_BYTES = 32 * 1024 * 1024;
/** Requests that are being read or wait for their commit, so that many slow senders cost little. */
const MAX_REQUESTS = 2_000;

export interface Admission {
  /**
   * The answer for whoever cannot be served now. Asked before the body is read: refusing must cost next to nothing.
   * Undefined: it may come in, and counts until it has left.
   */
  enter(headers: IncomingHttpHeaders): HttpProblem | undefined;
  leave(headers: IncomingHttpHeaders): void;
}

const overloaded = problem(503, "overloaded", "More is coming in than can be stored; nothing of this was. Try again.", {
  retryAfter: 2,
});
export const databaseAway = problem(
  503,
  "unavailable",
  "The database does not answer; nothing was stored. Try again.",
  { retryAfter: 2 },
);

export function createAdmission(groupCommit: GroupCommit): Admission {
  let bytes = 0;
  let requests = 0;
  // Without a length it may be the largest there is.
  const announced = (headers: IncomingHttpHeaders): number =>
    Math.min(MAX_BATCH_BYTES, Number(headers["content-length"] ?? MAX_BATCH_BYTES));

  return {
    enter(headers) {
      if (!groupCommit.isAvailable()) return databaseAway;
      const size = announced(headers);
      const full =
        groupCommit.waitingRows >= MAX_WAITING_ROWS ||
        requests >= MAX_REQUESTS ||
        bytes + groupCommit.waitingBytes + size > MAX_BYTES;
      if (full) return overloaded;
      bytes += size;
      requests += 1;
      return undefined;
    },
    leave(headers) {
      bytes -= announced(headers);
      requests -= 1;
    },
  };
}

import type { IncomingHttpHeaders } from "node:http";
import { MAX_BATCH_BYTES } from "../../contract/wire.ts";
import { problem } from "../http/problem.ts";
import type { GroupCommit } from "./group-commit.ts";

/** What may wait at most. At 20,000 rows a second a full queue is a second of work. */
const MAX_WAITING_ROWS = 20_000;
const MAX_BYTES = 32 * 1024 * 1024;
/** Bodies being read, so that many slow senders cost little. */
const MAX_READING = 2_000;

export interface Admission {
  /** Throws the answer for whoever cannot be served now. Before the body is read: refusing must cost next to nothing. */
  admit(headers: IncomingHttpHeaders): void;
  /** A body is about to be read; call what comes back when its request is over. */
  reading(headers: IncomingHttpHeaders): () => void;
}

const overloaded = problem(503, "overloaded", "More is coming in than can be stored; nothing of this was. Try again.", {
  retryAfter: 2,
});
const unavailable = problem(503, "unavailable", "The database does not answer; nothing was stored. Try again.", {
  retryAfter: 2,
});

export function createAdmission(groupCommit: GroupCommit): Admission {
  let bytes = 0;
  let requests = 0;
  // Without a length it may be the largest there is.
  const announced = (headers: IncomingHttpHeaders): number =>
    Math.min(MAX_BATCH_BYTES, Number(headers["content-length"] ?? MAX_BATCH_BYTES));

  return {
    admit(headers) {
      if (!groupCommit.isAvailable()) throw unavailable;
      const full =
        groupCommit.waitingRows >= MAX_WAITING_ROWS ||
        requests >= MAX_READING ||
        bytes + groupCommit.waitingBytes + announced(headers) > MAX_BYTES;
      if (full) throw overloaded;
    },
    reading(headers) {
      const size = announced(headers);
      bytes += size;
      requests += 1;
      let over = false;
      return () => {
        if (over) return;
        over = true;
        bytes -= size;
        requests -= 1;
      };
    },
  };
}

export const databaseAway = unavailable;

import type { IncomingHttpHeaders } from "node:http";
import { MAX_BATCH_BYTES } from "../../contract/wire.ts";
import { problem, type HttpProblem } from "../http/problem.ts";
import type { GroupCommit } from "./group-commit.ts";

/** What may wait at most. At 20,000 rows a second a full queue is a second of work. */
const MAX_WAITING_ROWS = 20_000;
/** Of their bodies: what has come in of those being read, and what waits for its commit. In memory it is several times that. */
const MAX_BYTES = 8 * 1024 * 1024;
/** Requests that are being read or wait for their commit, so that many slow senders cost little. */
const MAX_REQUESTS = 2_000;

/** Somebody who may come in, counted until it leaves. */
export interface Admitted {
  /** So much more of its body is in memory. False: there is no room, and it has to be let go. */
  hold(bytes: number): boolean;
  /** Its rows go to the group commit in the same moment, which counts them from now on. False: there is no room for them. */
  handOver(rows: number): boolean;
  leave(): void;
}

export interface Admission {
  /**
   * Asked before the body is read: refusing must cost next to nothing. What a sender announces is looked at and only what
   * comes is counted, or a few who announce much and send nothing would keep everybody out.
   */
  enter(headers: IncomingHttpHeaders): Admitted | HttpProblem;
}

export const overloaded = problem(
  503,
  "overloaded",
  "More is coming in than can be stored; nothing of this was. Try again.",
  { retryAfter: 2 },
);
export const databaseAway = problem(
  503,
  "unavailable",
  "The database does not answer; nothing was stored. Try again.",
  { retryAfter: 2 },
);

export function createAdmission(groupCommit: GroupCommit): Admission {
  let bytes = 0;
  let requests = 0;
  const hasRoomFor = (more: number): boolean => bytes + groupCommit.waitingBytes + more <= MAX_BYTES;

  function admit(): Admitted {
    let held = 0;
    const letGo = (): void => {
      bytes -= held;
      held = 0;
    };
    requests += 1;
    return {
      hold(more) {
        if (!hasRoomFor(more)) return false;
        held += more;
        bytes += more;
        return true;
      },
      handOver(rows) {
        letGo();
        return groupCommit.waitingRows + rows <= MAX_WAITING_ROWS;
      },
      leave() {
        letGo();
        requests -= 1;
      },
    };
  }

  return {
    enter(headers) {
      if (!groupCommit.isAvailable()) return databaseAway;
      // Without a length it may be the largest there is.
      const announced = Math.min(MAX_BATCH_BYTES, Number(headers["content-length"] ?? MAX_BATCH_BYTES));
      const full = groupCommit.waitingRows >= MAX_WAITING_ROWS || requests >= MAX_REQUESTS || !hasRoomFor(announced);
      return full ? overloaded : admit();
    },
  };
}

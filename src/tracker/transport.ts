import type { BatchAnswer } from "../contract/messages.ts";
import { attempt } from "./attempt.ts";
import { bytesOf } from "./bytes-of.ts";

/** What became of a batch. */
export interface Verdict {
  /** 0: no answer at all, or none of ours (a login wall says 200 too). */
  readonly status: number;
  readonly answer?: BatchAnswer | false;
  /** The server's `Retry-After`. */
  readonly after?: string | null;
}

/** Bytes that browsers allow in flight in requests that outlive their page (fetch standard, §4.6). */
const KEEPALIVE_BYTES = 65536;
/** Chromium allows nine such requests, so that each is counted as a ninth at least. */
const REQUEST_COST = 7281;
/** What surrounds the messages of a batch, generously; what remains is a batch of the usual size. */
const ENVELOPE = 5536;
/** A server that swallows requests must not hold the queue for ever. */
const TIMEOUT = 30000;

export interface Transport {
  /** Sends one body and says what became of it; never rejects. `leaving`: the page may be gone before the answer. */
  send(body: string, leaving?: "leaving"): Promise<Verdict>;
  /** Bytes that may still be sent so that they outlive the page. */
  room(): number;
}

export const openTransport = (endpoint: string): Transport => {
  let room = KEEPALIVE_BYTES;
  return {
    room: () => room - ENVELOPE,
    async send(body, leaving) {
      const size = Math.max(bytesOf(body), REQUEST_COST);
      const keepalive = size <= room;
      if (!window.fetch || (leaving && !keepalive)) {
        // A beacon's answer can't be read, so the messages stay in the queue and go again; the server knows them by id.
        attempt(() => navigator.sendBeacon(endpoint, body));
        return { status: 0 };
      }
      const cost = keepalive ? size : 0;
      room -= cost;
      try {
        // A string is sent as text/plain, for which no preflight is needed.
        const response = await fetch(endpoint, {
          method: "POST",
          body,
          keepalive,
          signal: AbortSignal.timeout?.(TIMEOUT),
        });
        const { status, ok, headers } = response;
        const answer = ok && ((await response.json()) as BatchAnswer);
        return { status, answer, after: headers.get("retry-after") };
      } catch {
        return { status: 0 };
      } finally {
        room += cost;
      }
    },
  };
};

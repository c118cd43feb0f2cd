import { type Stamp, timeLeft } from "../client/clock.ts";
import { pauseAfter } from "../client/pause.ts";
import { later, listen } from "./attempt.ts";
import { report, trace } from "./log.ts";
import { inOneTab } from "./one-tab.ts";
import type { Outbox } from "./outbox.ts";
import type { Store } from "./store.ts";
import type { Transport } from "./transport.ts";

const HOUR = 3600000;
const MAX_BATCH_MESSAGES = 500;
/** Leaves room for the envelope in the 64 KiB that server and browsers allow. */
const MAX_BATCH_BYTES = 60000;
/** When to try again: shared by all tabs, so that a struggling server sees one attempt a browser and not one a tab. */
const RESUME = "resume";

export interface DeliveryWorld {
  readonly store: Store;
  readonly outbox: Outbox;
  readonly transport: Transport;
  /** Never before the `at` of any message, or the server could not correct a wrong clock by it. */
  readonly stamp: Stamp;
  /** Of the visitor cookie. */
  readonly domain: () => string;
}

export interface Delivery {
  /** Sends everything there is, also what other pages left behind: one tab at a time, one batch after the other. */
  drain(): void;
  /** Sends this page's messages at once, asking no other tab: for what must not wait. */
  flush(leaving?: "leaving"): void;
}

export const delivery = (site: string, { store, outbox, transport, stamp, domain }: DeliveryWorld): Delivery => {
  let draining = false;
  let failures = 0;
  let maxCount = MAX_BATCH_MESSAGES;
  /** By the server's `Retry-After`; before that nothing at all goes out. */
  let forbiddenUntil = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const waiting = (): number => timeLeft(store.read(RESUME), HOUR);

  const postpone = (after: number): void => {
    const until = Date.now() + pauseAfter(++failures, after, Math.random());
    if (after) forbiddenUntil = until;
    store.write(RESUME, until);
  };

  const ship = async (keys: readonly string[], leaving?: "leaving"): Promise<void> => {
    const texts = keys.map(store.read);
    const dropped = outbox.lost();
    // No time zone: the first use of `Intl` on a page costs more CPU than all the rest of this script (bench/tracker).
    const context = { language: navigator.language };
    const head = JSON.stringify({ site, sentAt: stamp(), dropped, context, cookieDomain: domain() });
    const { status, answer, after } = await transport.send(
      `${head.slice(0, -1)},"messages":[${texts.join()}]}`,
      leaving,
    );
    trace(status, texts);
    if (answer && answer.accepted >= 0) {
      outbox.lost(dropped);
      answer.rejected?.forEach(({ index, reason }) => report(reason, texts[index]));
    } else if ([400, 401, 403, 415].includes(status) || (status === 413 && texts.length < 2)) report(status, texts);
    else {
      outbox.close(keys);
      if (status === 413) maxCount = texts.length >> 1;
      // Nobody waits for the answer of a page that leaves, so its silence says nothing about the server.
      else if (!leaving) postpone(Number(after));
      return;
    }
    outbox.close(keys, "done");
    failures = 0;
    store.remove(RESUME);
  };

  const exclusively = inOneTab(store);
  const drain = (): void => {
    const left = waiting();
    clearTimeout(timer);
    if (left) timer = later(drain, left);
    if (left || draining) return;
    draining = true;
    exclusively(async () => {
      let keys: string[] | undefined;
      // What the page calls in one task goes in one batch.
      await Promise.resolve();
      while (!waiting() && (keys = outbox.take(maxCount, MAX_BATCH_BYTES)).length) await ship(keys);
      draining = false;
      // Not because there was nothing more.
      if (keys?.length !== 0) drain();
    });
  };

  listen(window, "online", () => {
    store.remove(RESUME);
    drain();
  });

  return {
    drain,
    flush(leaving) {
      if (Date.now() < forbiddenUntil) return;
      const keys = outbox.take(maxCount, leaving ? transport.room() : MAX_BATCH_BYTES, "own");
      if (keys.length) void ship(keys, leaving).then(drain, drain);
    },
  };
};

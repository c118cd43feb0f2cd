import { attempt, later, listen } from "./attempt.ts";
import { timeLeft } from "../client/clock.ts";
import type { Store } from "./store.ts";

const LEASE = "lease";
const LEASE_TIME = 10000;
const LOOK_AGAIN = 200;

/**
 * Runs `work` in one tab at a time, by a Web Lock. Where there is none (plain http, old browsers) a lease in storage
 * does: it may let two tabs through, which costs a repeated sending and never a repeated event.
 */
export const inOneTab = (store: Store): ((work: () => Promise<void>) => void) => {
  let release: (() => void) | undefined;
  // A page that holds a lock can't be kept for the back button, and the next page should not wait for this one. One that
  // still waits for it would be given it while it is frozen, and nobody else would ever get it.
  listen(window, "pagehide", () => release?.());

  return (work) => {
    const hold = (): Promise<void> =>
      new Promise((resolve) => {
        release = resolve;
        void work().then(resolve, resolve);
      });
    const lease = (): void => {
      if (timeLeft(store.read(LEASE), LEASE_TIME)) later(lease, LOOK_AGAIN);
      else {
        store.write(LEASE, Date.now() + LEASE_TIME);
        void hold().then(() => store.remove(LEASE));
      }
    };
    // A page that is leaving must not ask: the answer would find it frozen. Nobody can tell it from a hidden one.
    const locks = document.hidden ? undefined : attempt(() => navigator.locks);
    // In a sandboxed frame the request is refused; such a frame shares its queue with nobody.
    if (locks) {
      const waiting = new AbortController();
      release = () => waiting.abort();
      locks.request("backstory", { signal: waiting.signal }, hold).catch(hold);
    } else lease();
  };
};

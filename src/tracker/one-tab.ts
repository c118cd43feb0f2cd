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
  let release = (): void => undefined;
  let holds = 0;
  // A page that holds a lock can't be kept for the back button, and the next page should not wait for this one.
  listen(window, "pagehide", () => release());

  return (work) => {
    const hold = (): Promise<void> =>
      new Promise((resolve) => {
        release = resolve;
        void work().then(resolve, resolve);
      });
    const lease = (): void => {
      if (!holds && timeLeft(store.read(LEASE), LEASE_TIME)) later(lease, LOOK_AGAIN);
      else {
        holds++;
        store.write(LEASE, Date.now() + LEASE_TIME);
        void hold().then(() => {
          if (!--holds) store.remove(LEASE);
        });
      }
    };
    const locks = attempt(() => navigator.locks);
    // In a sandboxed frame the request is refused; such a frame shares its queue with nobody.
    if (locks) locks.request("backstory", hold).catch(hold);
    else lease();
  };
};

import { bytesOf } from "./bytes-of.ts";
import type { Store } from "./store.ts";

const MAX_MESSAGES = 1000;
const MAX_CHARACTERS = 1_000_000;
/** Storage entries of messages begin with it. */
const PREFIX = "message.";
const LOST = "lost";

/**
 * Messages that nobody has acknowledged yet. Each has a storage entry of its own, written before its first sending and
 * removed after the answer, so tabs never overwrite each other and whatever a dead tab left behind is simply there.
 */
export interface Outbox {
  put(id: string, text: string): void;
  /**
   * Keys of the next messages to send, at least one if there is any: the oldest of all pages, or the newest of this
   * page, since older ones have had their chance.
   */
  take(maxCount: number, maxBytes: number, own?: "own"): string[];
  /** They are no longer on their way: to be taken again, or `done` for good. */
  close(keys: readonly string[], done?: "done"): void;
  /** How many the bounds have cost; `reported` ones are known to the server and no longer counted. */
  lost(reported?: number): number;
}

export const openOutbox = (store: Store): Outbox => {
  const underway = new Set<string>();
  const lost = (reported = 0): number => {
    const count = Number(store.read(LOST)) - reported;
    if (reported) store.write(LOST, count);
    return count;
  };

  return {
    lost,
    put(id, text) {
      store.write(PREFIX + id, text);
      let room = MAX_CHARACTERS;
      for (const [i, key] of store.keys(PREFIX).reverse().entries()) {
        room -= store.read(key).length;
        if (i < MAX_MESSAGES && room > 0) continue;
        store.remove(key);
        lost(-1);
      }
    },
    take(maxCount, maxBytes, own) {
      let room = maxBytes;
      const keys: string[] = [];
      const waiting = store.keys(PREFIX, own);
      for (const key of own ? waiting.reverse() : waiting) {
        if (underway.has(key)) continue;
        room -= bytesOf(store.read(key)) + 1;
        if (keys.length && (room < 0 || keys.length >= maxCount)) break;
        keys.push(key);
        underway.add(key);
      }
      return keys.sort();
    },
    close: (keys, done) =>
      keys.forEach((key) => {
        underway.delete(key);
        if (done) store.remove(key);
      }),
  };
};

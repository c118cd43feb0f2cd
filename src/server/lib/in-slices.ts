import { setImmediate as immediate } from "node:timers/promises";

/** Long enough that stopping costs nothing, short enough that nobody notices. Milliseconds. */
const SLICE = 1;
const LOOKS_AT_THE_CLOCK_EVERY = 16;

/** Does something for each of many, in their order, and lets others have a turn in between. */
export async function inSlices<Item>(items: Iterable<Item>, work: (item: Item, n: number) => void): Promise<void> {
  let since = performance.now();
  let n = 0;
  for (const item of items) {
    work(item, n);
    n += 1;
    if (n % LOOKS_AT_THE_CLOCK_EVERY !== 0 || performance.now() - since < SLICE) continue;
    await immediate();
    since = performance.now();
  }
}

import type { Instant } from "../../contract/identifiers.ts";

const WINDOW = 15 * 60_000;
/** Remembered keys; beyond it the oldest are forgotten, so that a flood of addresses costs no memory. */
const CAPACITY = 10_000;

interface Tally {
  count: number;
  readonly since: Instant;
}

/** How often something was tried lately, by key: a fixed window that opens at the first try. */
export class AttemptCounter {
  readonly #tallies = new Map<string, Tally>();
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Keys that are remembered. */
  get size(): number {
    return this.#tallies.size;
  }

  /** Counts one try. Answers the milliseconds to wait when it is one too many, otherwise nothing. */
  count(key: string, now: Instant): number | undefined {
    let tally = this.#tallies.get(key);
    // In either direction: a clock that was set back must not lock anybody out for days.
    if (tally === undefined || Math.abs(now - tally.since) >= WINDOW) {
      tally = { count: 0, since: now };
      this.#tallies.delete(key);
      this.#tallies.set(key, tally);
      this.#forgetOldest();
    }
    tally.count += 1;
    return tally.count > this.#limit ? tally.since + WINDOW - now : undefined;
  }

  /** A try that turned out well counts for nothing. */
  takeBack(key: string): void {
    const tally = this.#tallies.get(key);
    if (tally !== undefined) tally.count -= 1;
  }

  forget(key: string): void {
    this.#tallies.delete(key);
  }

  #forgetOldest(): void {
    if (this.#tallies.size <= CAPACITY) return;
    const oldest = this.#tallies.keys().next().value;
    if (oldest !== undefined) this.#tallies.delete(oldest);
  }
}

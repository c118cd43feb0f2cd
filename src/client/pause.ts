const HOUR = 3600000;
const MAX_BACKOFF = 30000;

/**
 * Milliseconds until the next attempt: as the server's `Retry-After` (in seconds) says, else longer after each failure and
 * by chance, so that those who failed together do not come back together.
 */
export const pauseAfter = (failures: number, after: number, random: number): number =>
  after ? Math.min(after * 1000, HOUR) : random * Math.min(MAX_BACKOFF, 1000 * 2 ** failures);

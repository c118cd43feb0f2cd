import { isIPv6 } from "node:net";
import type { FastifyRequest, onRequestAsyncHookHandler } from "fastify";
import { systemClock, type Clock } from "../lib/clock.ts";
import { problem } from "./problem.ts";

export interface RateLimit {
  /** What may go through in the long run. */
  readonly perSecond: number;
  /** What may come at once after a pause. */
  readonly burst: number;
}

export interface RateLimiter {
  /** Takes `cost` from the bucket of `key`. Answers 0, or the seconds after which it would go through; then nothing is taken. */
  take(key: string, cost?: number): number;
}

interface Bucket {
  tokens: number;
  at: number;
}

/** Remembered keys; beyond it the longest unseen are forgotten, so that a flood of addresses costs no memory. */
const CAPACITY = 50_000;

/** A token bucket per key. */
export function createRateLimiter(limit: RateLimit, clock: Clock = systemClock): RateLimiter {
  const buckets = new Map<string, Bucket>();

  function bucketOf(key: string, now: number): Bucket {
    const known = buckets.get(key);
    // Put back at the end: a Map keeps the order of insertion, so the first is the longest unseen.
    buckets.delete(key);
    const bucket = known ?? { tokens: limit.burst, at: now };
    buckets.set(key, bucket);
    const oldest = buckets.size > CAPACITY ? buckets.keys().next() : undefined;
    if (oldest?.done === false) buckets.delete(oldest.value);
    return bucket;
  }

  return {
    take(key, cost = 1) {
      const now = clock();
      const bucket = bucketOf(key, now);
      // A clock that steps back fills nothing and takes nothing.
      const passed = Math.max(0, now - bucket.at) / 1000;
      bucket.tokens = Math.min(limit.burst, bucket.tokens + passed * limit.perSecond);
      bucket.at = now;
      if (bucket.tokens < cost) return Math.max(1, Math.ceil((cost - bucket.tokens) / limit.perSecond));
      bucket.tokens -= cost;
      return 0;
    },
  };
}

/** Refuses what one address sends too much of, before its body is read. */
export function limitByAddress(limiter: RateLimiter): onRequestAsyncHookHandler {
  return async (request: FastifyRequest) => {
    const wait = limiter.take(networkOf(request.ip));
    if (wait > 0) throw tooMany(wait);
  };
}

export function tooMany(seconds: number) {
  return problem(429, "too_many_requests", `Too many requests; please wait ${seconds} s.`, { retryAfter: seconds });
}

/** Refuses what comes in for one site beyond its share, whoever sends it. Undefined: there is no limit. */
export function refuseBeyondShare(limiter: RateLimiter | undefined, siteId: number): void {
  const wait = limiter?.take(String(siteId)) ?? 0;
  if (wait === 0) return;
  const sentence = `More comes in for this site than it may send (SITE_RATE_LIMIT); please wait ${wait} s.`;
  throw problem(429, "site_over_quota", sentence, { retryAfter: wait });
}

/** One subscriber of IPv6 holds a /64 at least: single addresses of it are free to invent. */
export function networkOf(address: string): string {
  if (!isIPv6(address)) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  const [head = "", tail] = address.split("::", 2);
  const first = head === "" ? [] : head.split(":");
  const last = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? 0 : 8 - first.length - last.length;
  const groups = [...first, ...Array<string>(Math.max(0, zeros)).fill("0"), ...last];
  return `${groups.slice(0, 4).join(":")}::/64`;
}

import { createHmac, createSecretKey, hash, type KeyObject } from "node:crypto";

/**
 * Keyed hash of an identifier or a source: recognisable to this installation, meaningless to whoever reads a dump. A
 * bare hash of an email can be guessed.
 */
export function keyedHash(secretKey: string, kind: string, value: string): Buffer {
  return hmacOf(secretKey, kind, value).digest();
}

/** The same in hexadecimal digits, for those who write thousands. */
export function keyedHashText(secretKey: string, kind: string, value: string): string {
  return hmacOf(secretKey, kind, value).digest("hex");
}

function hmacOf(secretKey: string, kind: string, value: string): ReturnType<typeof createHmac> {
  return createHmac("sha256", keyFrom(secretKey)).update(`identity ${kind} ${value}`);
}

/** An installation has one; made into a key anew each time, it would cost as much as the hash. */
const keys = new Map<string, KeyObject>();

function keyFrom(secretKey: string): KeyObject {
  const key = keys.get(secretKey) ?? createSecretKey(Buffer.from(secretKey));
  keys.set(secretKey, key);
  return key;
}

/** The number under which a key is locked. Collisions only make two requests wait for each other. */
export function lockNumber(kind: string, value: string): number {
  // As many digits as a number holds exactly.
  return Number.parseInt(hash("sha256", `${kind} ${value}`, "hex").slice(0, 13), 16);
}

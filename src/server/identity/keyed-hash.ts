import { createHmac, hash } from "node:crypto";

/**
 * Keyed hash of an identifier or a source: recognisable to this installation, meaningless to whoever reads a dump. A
 * bare hash of an email can be guessed.
 */
export function keyedHash(secretKey: string, kind: string, value: string): Buffer {
  return createHmac("sha256", secretKey).update(`identity ${kind} ${value}`).digest();
}

/** The number under which a key is locked. Collisions only make two requests wait for each other. */
export function lockNumber(kind: string, value: string): bigint {
  return BigInt.asIntN(64, BigInt(`0x${hash("sha256", `${kind} ${value}`, "hex").slice(0, 16)}`));
}

import { hash } from "node:crypto";

/**
 * Keyed hash of an identifier or a source: recognisable to this installation, meaningless to whoever reads a dump. A
 * bare hash of an email can be guessed. 32 bytes.
 */
export function keyedHash(secretKey: string, kind: string, value: string): Buffer {
  return Buffer.from(keyedHashText(secretKey, kind, value), "latin1");
}

/** The same as a text with one character for each byte. */
export function keyedHashText(secretKey: string, kind: string, value: string): string {
  return hmac(padsOf(secretKey), `identity ${kind} ${value}`);
}

const BLOCK = 64;
const DIGEST = 32;

interface Pads {
  /** Behind each, room for what is hashed with it. */
  inner: Buffer;
  readonly outer: Buffer;
}

/**
 * HMAC-SHA-256 (RFC 2104) of one text. `createHmac` makes an object for each, which costs three times as much, and an import
 * hashes millions.
 */
function hmac(pads: Pads, message: string): string {
  const room = BLOCK + message.length * 3;
  if (room > pads.inner.length) pads.inner = Buffer.concat([pads.inner.subarray(0, BLOCK)], room);
  const end = BLOCK + pads.inner.write(message, BLOCK);
  pads.outer.write(hash("sha256", pads.inner.subarray(0, end), "binary"), BLOCK, "latin1");
  return hash("sha256", pads.outer, "binary");
}

/** An installation has one key. */
const padsOfKeys = new Map<string, Pads>();

function padsOf(secretKey: string): Pads {
  const known = padsOfKeys.get(secretKey);
  if (known !== undefined) return known;
  const bytes = Buffer.from(secretKey);
  const key = bytes.length > BLOCK ? Buffer.from(hash("sha256", bytes, "binary"), "latin1") : bytes;
  const padded = (pad: number) => Buffer.from(Array.from({ length: BLOCK }, (_, at) => (key[at] ?? 0) ^ pad));
  const pads = {
    inner: Buffer.concat([padded(0x36)], 1024),
    outer: Buffer.concat([padded(0x5c)], BLOCK + DIGEST),
  };
  padsOfKeys.set(secretKey, pads);
  return pads;
}

/** The number under which a key is locked. Collisions only make two requests wait for each other. */
export function lockNumber(kind: string, value: string): number {
  const digest = hash("sha256", `${kind} ${value}`, "binary");
  // As many bits as a number holds exactly, in whole hexadecimal digits.
  let number = 0;
  for (let at = 0; at < 6; at += 1) number = number * 256 + digest.charCodeAt(at);
  return number * 16 + (digest.charCodeAt(6) >> 4);
}

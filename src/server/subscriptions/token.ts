import { createHash, randomBytes } from "node:crypto";
import type { Email } from "../../contract/identifiers.ts";
import { addressHash, keyedHash as hashUnderKey } from "../identity/index.ts";

// 32 bytes as base64url. Anything else is not looked up.
const TOKEN = /^[A-Za-z0-9_-]{43}$/;

/** 256 random bits, as they stand in the link. */
export const mintToken = (): string => randomBytes(32).toString("base64url");

/** What is kept of a token. Undefined: this was never one. */
export function hashOfToken(token: string): Buffer | undefined {
  return TOKEN.test(token) ? createHash("sha256").update(token).digest() : undefined;
}

/** Makes hashes that nobody can guess without the installation's secret: a bare hash of an address can be guessed. */
export interface KeyedHash {
  (purpose: "address" | "network" | "unsubscribe", value: string): Buffer;
}

export function keyedHash(secret: string): KeyedHash {
  return (purpose, value) =>
    // By the same hash identity recognises an address that must not be written to.
    purpose === "address" ? addressHash(secret, value) : hashUnderKey(secret, purpose, value);
}

/** The token that ends mail to an address: the same each time, told from the address by nobody but us. */
export function unsubscribeTokenOf(hash: KeyedHash, email: Email): string {
  return hash("unsubscribe", email).toString("base64url");
}

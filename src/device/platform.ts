import type { Fetch } from "./api.ts";

/** Looked up when it is needed: polyfills may come after this file, and test tools replace `fetch` later. */
interface Platform {
  readonly fetch?: Fetch;
  readonly crypto?: { getRandomValues(bytes: Uint8Array): Uint8Array };
}

export const platformFetch: Fetch = async (url, init) => {
  const { fetch } = globalThis as Platform;
  if (fetch === undefined) throw new Error("this platform has no fetch; pass one");
  return fetch(url, init);
};

export function platformRandom(): (bytes: number) => Uint8Array {
  const { crypto } = globalThis as Platform;
  if (crypto === undefined)
    throw new Error("backstory: this platform has no crypto.getRandomValues; load a polyfill first, or pass `random`.");
  return (bytes) => crypto.getRandomValues(new Uint8Array(bytes));
}

const LETTERS = "useandom-26T198340PX75pxJACKVERYMINDBUSHWOLF_GQZbfghjklqvwyzrict";

/** A device id as a visitor id is made: 21 characters, 126 bits. */
export function mintId(random: (bytes: number) => Uint8Array): string {
  return Array.from(random(21), (byte) => LETTERS.charAt(byte & 63)).join("");
}

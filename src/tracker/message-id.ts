import type { Message } from "../contract/messages.ts";

/**
 * Mints UUIDs of version 7 (RFC 9562) that sort in the order of minting: the twelve bits after the time are a counter.
 * Time and counter share one number, which is exact until 2039; after that only the order within a millisecond is lost.
 */
export const messageIds = (now = Date.now): (() => Message["id"]) => {
  let last = 0;
  return () => {
    last = Math.max(last + 1, now() * 4096);
    const time = last.toString(16).padStart(15, "0");
    const random = Array.from(crypto.getRandomValues(new Uint8Array(15)), (byte) => (byte & 15).toString(16)).join("");
    return (time + random).replace(/(.{8})(.{4})(...)(...)/, "$1-$2-7$3-8$4-") as Message["id"];
  };
};

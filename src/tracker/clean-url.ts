import { attempt } from "./attempt.ts";

const PRIVATE_NAME = /mail|token|passw|secret|phone|jwt|(key|code|pass|pwd|auth|sid)$/i;
/** An address, a long hexadecimal number, a signed token. */
const PRIVATE_VALUE = /\S@\S+\.|^[\da-f]{32,}$|^ey.+\./i;

/**
 * An address without what may be private: query parameters that look like it, and the fragment, unless a router keeps
 * its path there. Campaign and click ids stay.
 */
export const cleanUrl = (href: string): string =>
  attempt(() => {
    // Most visits have no referrer, and an exception costs as much CPU as a quarter of this script.
    if (!href) return;
    const url = new URL(href);
    // Untouched unless needed: deleting writes the whole query anew.
    for (const [name, value] of [...url.searchParams]) {
      if (PRIVATE_NAME.test(name) || PRIVATE_VALUE.test(value)) url.searchParams.delete(name);
    }
    url.hash = /^#!?\//.test(url.hash) ? url.hash.replace(/\?.*/, "") : "";
    return url.href.slice(0, 4096);
  }) ?? "";

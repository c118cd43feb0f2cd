import { nanoid } from "nanoid";
import type { Message } from "../contract/messages.ts";
import { VISITOR_COOKIE, VISITOR_COOKIE_MAX_AGE, VISITOR_ID_PATTERN } from "../contract/wire.ts";
import { attempt } from "./attempt.ts";
import { readCookie, writeCookie } from "./cookie.ts";

export type VisitorId = Message["visitorId"];

/**
 * This browser's visitor id. The cookie is asked each time: another tab or the server may have changed it, and nothing
 * of ours beats it. Where cookies are refused the id lives as long as the page.
 */
export interface VisitorIds {
  current(): VisitorId;
  /** Drops the cookie; the next `current()` mints another id. */
  forget(): void;
  /** The domain of the cookie, empty for this host alone: where the server has to prolong it. */
  domain(): string;
}

const PROBE = VISITOR_COOKIE + "_";

/** From the widest to none: `uk`, `co.uk`, `shop.co.uk`, `www.shop.co.uk`, host-only. */
const domainsOf = (hostname: string): string[] => [
  ...hostname.split(".").map((_, i, labels) => labels.slice(-1 - i).join(".")),
  "",
];

/**
 * @param persistent may the browser be given a cookie at all?
 * @param renewed the server prolongs the cookie over HTTP, which browsers cap less tightly than a cookie set by script
 */
export const visitorIds = (persistent: () => boolean, renewed: boolean): VisitorIds => {
  let id = "";
  let inCookie = false;
  let widest = "";
  const domains = domainsOf(location.hostname);

  const find = (): string | undefined =>
    attempt(() => (persistent() ? readCookie(VISITOR_COOKIE)?.match(VISITOR_ID_PATTERN)?.[0] : undefined));
  // Only the browser knows which suffixes are public, so it is asked with a cookie of another name: writing over the
  // real one would look successful wherever an earlier cookie is still readable.
  const writeTo = (domain: string, kept: unknown): boolean => {
    writeCookie(`${PROBE}=1`, domain, 9);
    const accepted = !!readCookie(PROBE);
    writeCookie(`${PROBE}=`, domain, 0);
    if (accepted) {
      widest = domain;
      // Written by script it would last for a week again.
      if (!kept) writeCookie(`${VISITOR_COOKIE}=${id}`, domain, VISITOR_COOKIE_MAX_AGE);
    }
    return accepted;
  };

  return {
    current() {
      const found = find();
      // A cookie that was there and is gone was deleted on purpose: the old id must not come back.
      id = found || (!inCookie && id) || nanoid();
      const known = found && inCookie;
      if (!known && persistent()) attempt(() => domains.some((domain) => writeTo(domain, found && renewed)));
      inCookie = find() === id;
      return id as VisitorId;
    },
    forget() {
      id = "";
      attempt(() => domains.forEach((domain) => writeCookie(`${VISITOR_COOKIE}=`, domain, 0)));
    },
    domain: () => widest,
  };
};

import type { AdminRight, AdminRole } from "../../contract/admin/session.ts";
import type { Instant } from "../../contract/identifiers.ts";
import { MIN_PASSWORD_LENGTH } from "../../contract/wire.ts";

const MINUTE = 60_000;
/** A session nobody uses ends after this. */
export const SESSION_IDLE = 30 * MINUTE;
/** Every session ends after this, used or not. */
export const SESSION_LIFETIME = 12 * 60 * MINUTE;
/** A session's last use is written down at most this often. */
export const SESSION_TOUCH = MINUTE;

const readers: readonly AdminRight[] = ["contacts.read", "sites.read", "mail.read", "exports.read"];
const rightsByRole: Readonly<Record<AdminRole, readonly AdminRight[]>> = {
  owner: [
    ...readers,
    "contacts.write",
    "contacts.download",
    "contacts.erase",
    "sites.write",
    "keys.read",
    "keys.write",
    "exports.write",
    "users.read",
    "users.write",
    "exports.write",
  ],
  marketer: [...readers, "contacts.write", "contacts.download", "exports.write"],
  developer: [...readers, "sites.write", "keys.read", "keys.write", "exports.write"],
  viewer: readers,
};

export function rightsOf(role: AdminRole): readonly AdminRight[] {
  return rightsByRole[role];
}

/**
 * What a route asks of its caller. `nobody`: no session needed. `session`: any session, even one that must first
 * change its password. Everything else: that right, and a password of one's own.
 */
export type Need = "nobody" | "session" | AdminRight;

export interface Caller {
  readonly role: AdminRole;
  readonly mustChangePassword: boolean;
}

export type Verdict = "allowed" | "loginRequired" | "passwordChangeRequired" | "forbidden";

export function judge(need: Need, caller: Caller | undefined): Verdict {
  if (need === "nobody") return "allowed";
  if (caller === undefined) return "loginRequired";
  if (need === "session") return "allowed";
  if (caller.mustChangePassword) return "passwordChangeRequired";
  return rightsOf(caller.role).includes(need) ? "allowed" : "forbidden";
}

/** One of a time that has not come yet was opened by a clock that has been set back, and could last for as long as that. */
export function sessionHasEnded(session: { createdAt: Instant; lastSeenAt: Instant }, now: Instant): boolean {
  return Math.abs(now - session.lastSeenAt) >= SESSION_IDLE || now - session.createdAt >= SESSION_LIFETIME;
}

/** Where a request says it comes from. Browsers set these headers themselves; no page can forge them. */
export interface RequestOrigin {
  readonly fetchSite: string | undefined;
  readonly origin: string | undefined;
  /** Host and port that the request was sent to. */
  readonly host: string | undefined;
  /** Where the installation says it can be reached, e.g. `https://backstory.example`. */
  readonly publicUrl: string;
}

/**
 * True only when one of our own pages sent it. Browsers leave `Sec-Fetch-Site` out on plain http (except for
 * localhost); then `Origin` must name us. A request with neither is no browser of ours.
 */
export function comesFromOurPage(request: RequestOrigin): boolean {
  if (request.fetchSite !== undefined) return request.fetchSite === "same-origin";
  if (request.origin === undefined || !URL.canParse(request.origin)) return false;
  const origin = new URL(request.origin);
  return origin.origin === new URL(request.publicUrl).origin || origin.host === request.host;
}

export type PasswordFault = "tooShort" | "sameAsBefore" | "likeLogin";

export function faultOfPassword(next: string, known: { current: string; login: string }): PasswordFault | undefined {
  if ([...next].length < MIN_PASSWORD_LENGTH) return "tooShort";
  if (next === known.current) return "sameAsBefore";
  return next.toLowerCase().includes(known.login) && next.length < known.login.length + MIN_PASSWORD_LENGTH
    ? "likeLogin"
    : undefined;
}

import type { Instant, SiteId } from "../../contract/identifiers.ts";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** How long a mailed link works. */
export const TOKEN_LIFE = 7 * DAY;

/** How many confirmation mails one address (over all sites), or one network, can cause in a time. */
export const MAIL_LIMITS = [
  { per: "address", within: 10 * MINUTE, mails: 1 },
  { per: "address", within: DAY, mails: 5 },
  { per: "address", within: 30 * DAY, mails: 10 },
  { per: "network", within: 60 * MINUTE, mails: 20 },
] as const;

/** Nothing older matters to any limit. */
export const LONGEST_LIMIT = 30 * DAY;

/** When mails to the address, and mails that the network caused, were queued. */
export interface EarlierMails {
  readonly address: readonly Instant[];
  readonly network: readonly Instant[];
}

export type Suppression = "unsubscribed" | "complained" | "bounced" | "admin";

export interface OptinFacts {
  /**
   * How the address stands: `claimed` by a browser that is not known to be its contact's, `unconfirmed` or `confirmed`
   * at the contact of the browser, or of `nobody` because nothing was made of it.
   */
  readonly standing: "claimed" | "unconfirmed" | "confirmed" | "nobody";
  readonly suppression: Suppression | undefined;
  readonly earlier: EarlierMails;
}

export type OptinPlan =
  | { readonly kind: "ask" }
  | {
      readonly kind: "silent";
      readonly reason: "suppressed" | "nothing_to_prove" | "address_limit" | "network_limit";
    };

/** Whether a `subscribe` is answered with a mail. Who asked learns nothing of it: the public answer was sent before. */
export function planOptin(facts: OptinFacts, now: Instant): OptinPlan {
  // Somebody who unsubscribed may come back, by a new double opt-in. Every other reason stands until an admin lifts it.
  if (facts.suppression !== undefined && facts.suppression !== "unsubscribed") {
    return { kind: "silent", reason: "suppressed" };
  }
  if (facts.standing === "confirmed" || facts.standing === "nobody") {
    return { kind: "silent", reason: "nothing_to_prove" };
  }
  const reached = MAIL_LIMITS.find(
    ({ per, within, mails }) => facts.earlier[per].filter((at) => at > now - within).length >= mails,
  );
  return reached ? { kind: "silent", reason: `${reached.per}_limit` } : { kind: "ask" };
}

export interface OptinRequest {
  readonly optinRequestId: number;
  readonly siteId: SiteId;
  readonly expiresAt: Instant;
  readonly confirmedAt: Instant | null;
}

export type ConfirmationPlan =
  { readonly kind: "confirm" } | { readonly kind: "already" } | { readonly kind: "unknown" };

/** What a click on the button means now. Expired, replaced, refused and forged look alike. */
export function planConfirmation(request: OptinRequest | undefined, now: Instant): ConfirmationPlan {
  if (request === undefined || request.expiresAt <= now) return { kind: "unknown" };
  return { kind: request.confirmedAt === null ? "confirm" : "already" };
}

/** What tells the person's own browser, opening the link for reading, from everything else that follows links. */
export interface Opening {
  readonly method: string;
  /** Values of the visitor cookie. */
  readonly visitorIds: readonly string[];
  /** `Sec-Purpose` and its older spellings. */
  readonly purpose: string;
}

/** The one GET that confirms: the browser that filled in the form follows the link itself, and not ahead of a click. */
export function isSameBrowser(opening: Opening, request: { readonly visitorId: string }): boolean {
  if (opening.method !== "GET" || /prefetch|preview|prerender/i.test(opening.purpose)) return false;
  return opening.visitorIds.includes(request.visitorId);
}

import type { IncomingHttpHeaders } from "node:http";
import { VISITOR_COOKIE, VISITOR_COOKIE_MAX_AGE } from "../../contract/wire.ts";
import type { SortedBatch } from "./sort-out.ts";

export interface CookieRequest {
  readonly headers: IncomingHttpHeaders;
  /** `http` or `https`, as the browser sees it. */
  readonly protocol: string;
  /** Host and port, as the browser sees them. */
  readonly host: string;
  /** The domain that the tracker set its cookie for. */
  readonly cookieDomain: string | undefined;
}

/**
 * The visitor cookie once more, by HTTP: browsers cap cookies set by script at a week. Only for a page of our own origin,
 * and only the cookie it has: the browser must have sent this very id, so nothing is set that consent, logout or the
 * visitor had removed.
 */
export function renewedCookie(request: CookieRequest, batch: SortedBatch): string | undefined {
  const [visitorId, another] = batch.visitorIds;
  if (visitorId === undefined || another !== undefined || batch.loggedOut) return undefined;
  if (!isSameOrigin(request) || !holdsCookie(request.headers.cookie, visitorId)) return undefined;
  const domain = domainOf(request);
  if (domain === undefined) return undefined;
  return [
    `${VISITOR_COOKIE}=${visitorId}`,
    `Max-Age=${VISITOR_COOKIE_MAX_AGE}`,
    "Path=/",
    ...(domain === "" ? [] : [`Domain=${domain}`]),
    "SameSite=Lax",
    ...(request.protocol === "https" ? ["Secure"] : []),
  ].join("; ");
}

function isSameOrigin({ headers, protocol, host }: CookieRequest): boolean {
  const site = headers["sec-fetch-site"];
  if (site !== undefined) return site === "same-origin";
  return headers.origin === `${protocol}://${host}`;
}

function holdsCookie(header: string | undefined, visitorId: string): boolean {
  const pairs = (header ?? "").split(";").map((pair) => pair.trim());
  return pairs.includes(`${VISITOR_COOKIE}=${visitorId}`);
}

/**
 * The same domain as the tracker's, or there would be two cookies of one name. Empty: this host alone. Undefined: it is
 * not known which, since the tracker did not say and the host has parents.
 */
function domainOf({ host, cookieDomain }: CookieRequest): string | undefined {
  const name = host.replace(/:\d+$/, "").toLowerCase();
  if (cookieDomain === undefined) return name.includes(".") && !/^[\d.]+$/.test(name) ? undefined : "";
  const domain = cookieDomain.toLowerCase();
  return domain === "" || name === domain || name.endsWith(`.${domain}`) ? domain : undefined;
}

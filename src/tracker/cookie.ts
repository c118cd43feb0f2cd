// js-cookie does this too, for a ninth of the bytes that the whole tracker may have.

/** The first value of that name, which is the one of the longest path and oldest date (RFC 6265, 5.4). */
export const readCookie = (name: string): string | undefined => document.cookie.match(`(?:^|; )${name}=([^;]*)`)?.[1];

/** `pair` is `name=value`, both free of special characters; `domain` may be empty: this host only. */
export const writeCookie = (pair: string, domain: string, maxAge: number): void => {
  const secure = location.protocol === "https:" ? ";secure" : "";
  document.cookie = `${pair};path=/;samesite=lax;max-age=${maxAge}${secure}${domain && ";domain=" + domain}`;
};

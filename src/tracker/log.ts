import { attempt } from "./attempt.ts";

/** For the site's owner: something was lost for good. */
export const report = (...what: unknown[]): void => console.warn("backstory:", ...what);

/** With `?backstory_debug` in the address, or an entry of that name in localStorage: what is sent, and why something is not. */
export const trace = (...what: unknown[]): void => {
  const flag = "backstory_debug";
  if (attempt(() => location.search.includes(flag) || localStorage.getItem(flag))) console.log("backstory:", ...what);
};

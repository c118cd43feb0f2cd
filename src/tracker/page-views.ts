import { attempt, later, listen } from "./attempt.ts";
import type { Properties } from "./api.ts";
import { cleanUrl } from "./clean-url.ts";
import type { Stamp } from "../client/clock.ts";

/** Frameworks set the title after the address. */
const TITLE_SETTLES = 100;

export interface PageView {
  readonly at: number;
  readonly url: string;
  readonly title: string;
  readonly referrer: string;
  readonly properties?: Properties | undefined;
}

export interface PageViews {
  /** Begins to count by itself; the first view happened at `since`. */
  start(since: number): void;
  /** A view counted by the site's own code. */
  record(at: number, href: string, properties?: Properties): void;
  /** Sends a view that still waits for its title. */
  settle(properties?: Properties): void;
}

export const pageViews = (send: (view: PageView) => void, stamp: Stamp): PageViews => {
  /** Address of the latest view; the next view's referrer. */
  let seen = cleanUrl(document.referrer);
  let waiting: { at: number; url: string; referrer: string } | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let started = false;
  const here = (): string => cleanUrl(location.href);

  const settle = (properties?: Properties): void => {
    const view = waiting;
    clearTimeout(timer);
    waiting = undefined;
    if (view) send({ ...view, title: document.title.slice(0, 1024), properties });
  };

  const begin = (url: string, delay: number, at?: number): void => {
    settle();
    waiting = { at: stamp(at), url, referrer: seen };
    seen = url;
    if (delay >= 0) timer = later(settle, delay);
  };

  const navigate = (replaced: boolean): void => {
    const url = here();
    if (!started || url === seen) return;
    // A redirect, of which nobody saw the first address, or a search field that mirrors each keystroke in the address.
    if (replaced && (waiting || url.split("?")[0] === seen.split("?")[0])) {
      seen = url;
      if (waiting) waiting.url = url;
    } else begin(url, TITLE_SETTLES);
  };

  const first = (at?: number): void => {
    // Opened in the background, or rendered ahead of a click that may never come: no view until somebody sees it.
    if (started || document.visibilityState === "hidden") return;
    started = true;
    const settled = document.title ? 0 : TITLE_SETTLES;
    begin(here(), document.readyState === "loading" ? -1 : settled, at);
  };

  const watchNavigation = (): void => {
    listen(window, "popstate", () => navigate(false));
    for (const method of ["pushState", "replaceState"] as const) {
      const original = history[method];
      history[method] = (...args) => {
        original.apply(history, args);
        attempt(() => navigate(method === "replaceState"));
      };
    }
  };

  return {
    settle,
    start(since) {
      listen(document, "DOMContentLoaded", () => settle());
      listen(document, "visibilitychange", () => first());
      listen<PageTransitionEvent>(window, "pageshow", ({ persisted }) => {
        if (!persisted) return;
        seen = "";
        begin(here(), 0);
      });
      first(since);
      attempt(watchNavigation);
    },
    record(at, href, properties) {
      started = true;
      const url = cleanUrl(href);
      if (waiting?.url !== url) begin(url, -1, at);
      settle(properties);
    },
  };
};

import type { BrowserContext, Frame, Page } from "playwright";
import type {} from "../../../src/tracker/script.ts";
import { track, view, type Ledger } from "./ledger.ts";
import { AWAY, type PageKind } from "./shop.ts";

/** What the page does in the very task of its calls. */
export type Then = "stay" | "leave" | "close";

/** Somebody with a browser of their own, whose every page and call is written into the ledger. */
export interface Visitor {
  readonly context: BrowserContext;
  /** Opens a page with the tag, in a new tab or in that one, and waits until it is loaded. */
  open(how?: { readonly tab?: Page; readonly kind?: PageKind }): Promise<Page>;
  /** Makes calls in one task, and perhaps leaves in the same. */
  call(tab: Page, how?: { readonly count?: number; readonly then?: Then; readonly bytes?: number }): Promise<void>;
  /** Goes to a page without the tag. */
  leave(tab: Page): Promise<void>;
  /** A tab that a page has opened and so may close. */
  closableTab(): Promise<Page>;
}

export interface VisitorWorld {
  readonly shopUrl: string;
  readonly ledger: Ledger;
}

const CALLS = 5;

export function visitorIn(context: BrowserContext, { shopUrl, ledger }: VisitorWorld): Visitor {
  const leave = async (tab: Page): Promise<void> => void (await tab.goto(shopUrl + AWAY));
  return {
    context,
    leave,
    async open({ tab, kind = "page" } = {}) {
      const page = tab ?? (await context.newPage());
      const place = ledger.next();
      await page.goto(`${shopUrl}/${kind}/${place}`);
      // Where the script could not be loaded, nobody has counted a view.
      const live = await pageWithTag(page).evaluate(() => window.backstory?.live);
      if (live) ledger.note(view(`/${kind === "framed" ? "page" : kind}/${place}`));
      return page;
    },
    async call(tab, { count = CALLS, then = "stay", bytes = 0 } = {}) {
      const calls = Array.from({ length: count }, () => ledger.next());
      const gone = whenGone(tab, then);
      const called = pageWithTag(tab).evaluate(callAll, { calls, then, bytes, away: AWAY });
      // A page that is gone can't say any more that it has called; that it went by itself says it.
      if (gone === undefined) await called;
      else await Promise.all([gone, called.catch(() => undefined)]);
      for (const call of calls) ledger.note(track(call));
    },
    async closableTab() {
      const opener = await context.newPage();
      await leave(opener);
      const [tab] = await Promise.all([context.waitForEvent("page"), opener.evaluate(() => void open("about:blank"))]);
      return tab;
    },
  };
}

/** The frame inside, where there is one. */
const pageWithTag = (tab: Page): Frame => tab.frames().at(-1) ?? tab.mainFrame();

interface Calls {
  readonly calls: readonly string[];
  readonly then: Then;
  readonly bytes: number;
  readonly away: string;
}

/** Runs in the page. */
function callAll({ calls, then, bytes, away }: Calls): void {
  for (const call of calls) {
    // Random, as it has to cost its bytes whatever packs it; in two, as one would be longer than the server takes.
    const half = (): string =>
      Array.from({ length: bytes / 2 }, () => Math.floor(Math.random() * 36).toString(36)).join("");
    window.backstory?.("track", "Something done", { call, filling: [half(), half()] });
  }
  if (then === "close") window.close();
  if (then === "leave") location.href = away;
}

function whenGone(tab: Page, then: Then): Promise<unknown> | undefined {
  if (then === "close") return tab.waitForEvent("close");
  return then === "leave" ? tab.waitForURL(`**${AWAY}`) : undefined;
}

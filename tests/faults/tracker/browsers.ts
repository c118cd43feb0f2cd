import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright";
import { expect } from "vitest";
import { launchProfile, openUnwatched, removeProfile } from "../../support/browser.ts";
import { eventually } from "../../support/eventually.ts";
import { PASS, unavailable } from "../../support/fault-proxy.ts";
import { CHAIN } from "./ahead-page.ts";
import { track, view } from "./ledger.ts";
import { AWAY } from "./shop.ts";
import { visitorIn, type Visitor } from "./visitor.ts";
import type { Fault, Round } from "./world.ts";

// The browser itself is what is unusual: its storage, its policies, its ways to show a page.

/** Takes all the room there is, to the last byte. */
function fillStorage(): void {
  for (let size = 4 * 1024 * 1024; size >= 1; size = Math.floor(size / 2)) {
    try {
      for (let i = 0; i < 10; i += 1) localStorage.setItem(`filling ${size} ${i}`, "x".repeat(size));
    } catch {
      // So much does not fit any more.
    }
  }
}

async function withFullStorage(round: Round, visit: (visitor: Visitor, tab: Page) => Promise<unknown>): Promise<void> {
  await round.everybody(async (visitor) => {
    const tab = await visitor.context.newPage();
    await tab.goto(round.street.url + AWAY);
    await tab.evaluate(fillStorage);
    await visit(visitor, tab);
  });
}

const readOn = async (visitor: Visitor, tab: Page, pages: number): Promise<void> => {
  for (let page = 0; page < pages; page += 1) {
    await visitor.open({ tab });
    await visitor.call(tab, { then: "leave" });
  }
};

const inTemporaryFolder = async (use: (folder: string) => Promise<void>): Promise<void> => {
  const folder = await mkdtemp(join(tmpdir(), "backstory-profile-"));
  try {
    await use(folder);
  } finally {
    await removeProfile(folder);
  }
};

const BLOCKED = { profile: { default_content_setting_values: { cookies: 2 } } };

export const browsers: readonly Fault[] = [
  {
    name: "storage is full; pages are left in the task of the calls",
    round: (round) => withFullStorage(round, (visitor, tab) => readOn(visitor, tab, round.pages)),
  },
  {
    // What does not fit into storage lives as long as its page.
    name: "storage is full and 503 for a while; the page stays",
    async round(round) {
      round.proxy.set(unavailable(1), /messages/);
      await withFullStorage(round, async (visitor) => {
        for (let page = 0; page < round.pages; page += 1) await visitor.call(await visitor.open());
      });
    },
  },
  {
    name: "another script clears storage during 503; the page stays",
    async round(round) {
      round.proxy.set(unavailable(1), /messages/);
      await round.everybody(async (visitor) => {
        const tabs = [];
        for (let page = 0; page < round.pages; page += 1) tabs.push(await visitor.open());
        for (const tab of tabs) {
          await visitor.call(tab);
          await tab.evaluate(() => localStorage.clear());
        }
      });
    },
  },
  {
    // Every page is another visitor, and an outage that outlasts the page costs its messages: there is no place to keep them.
    name: "cookies and storage are blocked; pages are left in the task of the calls",
    round: (round) =>
      inTemporaryFolder(async (folder) => {
        await mkdir(join(folder, "Default"));
        await writeFile(join(folder, "Default", "Preferences"), JSON.stringify(BLOCKED));
        const context = await launchProfile(folder);
        const visitor = visitorIn(context, { shopUrl: round.street.url, ledger: round.ledger });
        const tab = await visitor.open();
        await expect(tab.evaluate(() => localStorage.length)).rejects.toThrow("Access is denied");
        await visitor.leave(tab);
        await readOn(visitor, tab, round.pages * round.visitors);
        await arrival(round);
        await context.close();
      }),
  },
  {
    name: "in a frame without an origin; the page is left in the task of the calls",
    round: (round) =>
      round.everybody(async (visitor) => {
        const tab = await visitor.context.newPage();
        for (let page = 0; page < round.pages; page += 1) {
          await visitor.open({ tab, kind: "framed" });
          await visitor.call(tab);
          await visitor.leave(tab);
        }
      }),
  },
  {
    name: "the strictest content security policy and Trusted Types",
    round: (round) =>
      round.everybody(async (visitor) => {
        const complaints: string[] = [];
        const tab = await visitor.context.newPage();
        tab.on("console", (message) => complaints.push(message.text()));
        tab.on("pageerror", (error) => complaints.push(String(error)));
        for (let page = 0; page < round.pages; page += 1) {
          await visitor.open({ tab, kind: "strict" });
          await visitor.call(tab, { then: "leave" });
        }
        expect(complaints).toEqual([]);
      }),
  },
  {
    name: "back and forward out of the browser's cache",
    round: (round) =>
      inTemporaryFolder(async (folder) => {
        // Playwright switches this cache off.
        const context = await launchProfile(folder, { ignoreDefaultArgs: ["--disable-back-forward-cache"] });
        const visitor = visitorIn(context, { shopUrl: round.street.url, ledger: round.ledger });
        const tab = await visitor.open();
        let kept = 0;
        // A busy browser may give up a page that it could have kept; then it is loaded anew, which counts as much.
        const enough = (page: number): boolean => page >= round.pages * round.visitors && kept > 0;
        for (let page = 1; !enough(page) && page < 20 * round.pages * round.visitors; page += 1) {
          const restored = new URL(tab.url()).pathname;
          await visitor.call(tab);
          await tab.evaluate(() =>
            addEventListener("pageshow", ({ persisted }) => Object.assign(window, { persisted })),
          );
          await visitor.open({ tab });
          // The answer is on its way before the page is gone.
          await tab.evaluate(() => void setTimeout(() => history.back()));
          const returned = await eventually(async () => {
            const way = await tab.evaluate(wayBack, restored);
            if (way === undefined) throw new Error("The page is not back yet.");
            return way;
          });
          if (returned === "kept") kept += 1;
          else await tab.waitForFunction(() => window.backstory?.live);
          round.ledger.note(view(restored));
          await visitor.call(tab);
        }
        expect(kept).toBeGreaterThan(0);
        await arrival(round);
        await context.close();
      }),
  },
  {
    name: "pages rendered ahead, some of them never opened",
    async round(round) {
      const ranAhead = (path: string): boolean => round.shop.asked.includes(`/ahead/ran/${path}`);
      const pagesOf = (chain: string): string[] => Array.from({ length: CHAIN + 1 }, (_, place) => `${chain}/${place}`);
      const follow = async (chain: string): Promise<void> => {
        const browser = await openUnwatched(`${round.street.url}/ahead/${chain}/0`);
        try {
          await eventually(() => expect(round.shop.asked).toContain(`/ahead/${chain}/${CHAIN}`));
          for (const place of pagesOf(chain)) {
            round.ledger.note(view(`/ahead/${place}`));
            round.ledger.note(track(place));
          }
          await arrival(round);
        } finally {
          await browser.close();
        }
      };
      const chains = Array.from({ length: round.visitors }, () => round.ledger.next());
      await Promise.all(chains.map(follow));
      // A busy browser declines some; without any, this would have shown nothing.
      expect(chains.some((chain) => ranAhead(`${chain}/never`))).toBe(true);
      expect(chains.flatMap((chain) => pagesOf(chain).slice(1)).some(ranAhead)).toBe(true);
    },
  },
  {
    name: "the renderer crashes after the calls; the visitor comes back",
    async round(round) {
      round.proxy.set(unavailable(1), /messages/);
      const crashed: Visitor[] = [];
      await round.everybody(async (visitor) => {
        for (let page = 0; page < round.pages; page += 1) {
          const tab = await visitor.open();
          await visitor.call(tab);
          await crash(tab);
        }
        crashed.push(visitor);
      });
      round.proxy.set(PASS);
      await Promise.all(crashed.map((visitor) => visitor.open()));
    },
  },
];

/** Nothing is kept, so all of it has to be lost: or else the tests of the other faults would prove nothing. */
export const withoutStorage: Fault = {
  name: "storage is blocked and 503 for the whole visit; the visitor comes back",
  async round(round) {
    const visitor = await round.visitor();
    await visitor.context.addInitScript(() =>
      Object.defineProperty(window, "localStorage", {
        get() {
          throw new DOMException("Access is denied", "SecurityError");
        },
      }),
    );
    round.proxy.set(unavailable(1), /messages/);
    const tab = await visitor.open();
    await visitor.call(tab, { then: "leave" });
    // Whatever the page has sent when it was left must not come through late.
    await round.proxy.down();
    round.proxy.set(PASS);
    await round.proxy.up();
    await visitor.open({ tab });
    await eventually(async () => expect((await round.ledger.compare()).stored).toBe(1));
  },
};

/** Waits for what a browser that is about to be closed has called so far. */
const arrival = (round: Round): Promise<void> =>
  eventually(async () => expect((await round.ledger.compare()).lost).toEqual([]));

/** How the page of this path came back, in the page itself. */
function wayBack(path: string): "kept" | "loaded" | undefined {
  if (location.pathname !== path) return undefined;
  if (Reflect.get(window, "persisted") === true) return "kept";
  const [navigation] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
  return navigation?.type === "back_forward" && document.readyState === "complete" ? "loaded" : undefined;
}

async function crash(tab: Page): Promise<void> {
  const debuggerOfTab = await tab.context().newCDPSession(tab);
  const crashed = tab.waitForEvent("crash");
  // It never answers.
  void debuggerOfTab.send("Page.crash").catch(() => undefined);
  await crashed;
}

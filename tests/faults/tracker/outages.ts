import type { Page } from "playwright";
import { expect } from "vitest";
import { eventually } from "../../support/eventually.ts";
import { PASS, unavailable, type Fault as NetworkFault } from "../../support/fault-proxy.ts";
import type { Fault, Round } from "./world.ts";
import type { Visitor } from "./visitor.ts";

// The network or the server fails for a while. Nothing is lost to whoever stays or comes back.

const MESSAGES = /messages/;
/** A gateway in front of a dead server: its answers are not for pages of other origins to read. */
const BAD_GATEWAY: NetworkFault = { kind: "answer", status: 502 };

async function readPages(visitor: Visitor, pages: number): Promise<void> {
  const tab = await visitor.open();
  for (let page = 0; page < pages; page += 1) {
    await visitor.call(tab, { then: "leave" });
    if (page < pages - 1) await visitor.open({ tab });
  }
}

/** Every visitor reads and leaves while it fails, and opens one more page when it is over. */
const comesBack = (fault: NetworkFault) => async (round: Round) => {
  const absent: Visitor[] = [];
  round.proxy.set(fault, MESSAGES);
  await round.everybody(async (visitor) => {
    await readPages(visitor, round.pages);
    absent.push(visitor);
  });
  round.proxy.set(PASS);
  await Promise.all(absent.map((visitor) => visitor.open()));
};

/** Every visitor has some tabs open while it fails, and leaves them open. */
const stays = (fault: NetworkFault) => async (round: Round) => {
  const before = round.proxy.requests.length;
  round.proxy.set(fault, MESSAGES);
  await round.everybody(async (visitor) => {
    for (let page = 0; page < round.pages; page += 1) await visitor.call(await visitor.open());
  });
  // All of them have met it, and some have met it again.
  const met = (): number => round.proxy.requests.slice(before).filter(({ fault: kind }) => kind === fault.kind).length;
  await eventually(() => expect(met()).toBeGreaterThan(round.visitors));
  round.proxy.set(PASS);
};

async function manyTabs(round: Round, visitor: Visitor): Promise<void> {
  round.proxy.set(unavailable(1), MESSAGES);
  const tabs = await Promise.all(Array.from({ length: round.tabs }, () => visitor.open()));
  await Promise.all(tabs.map((tab) => visitor.call(tab)));
  round.proxy.set(PASS);
  await Promise.all(tabs.map((tab) => visitor.open({ tab })));
}

export const outages: readonly Fault[] = [
  { name: "503 for a while; the page stays", round: stays(unavailable(1)) },
  { name: "503 for the whole visit; the visitor comes back", round: comesBack(unavailable(1)) },
  { name: "502 of a gateway for the whole visit; the visitor comes back", round: comesBack(BAD_GATEWAY) },
  { name: "answers are lost after the commit; the page stays", round: stays({ kind: "dropAnswer" }) },
  { name: "answers are lost after the commit; the visitor comes back", round: comesBack({ kind: "dropAnswer" }) },
  { name: "connections are cut; the page stays", round: stays({ kind: "cut" }) },
  { name: "connections are cut; the visitor comes back", round: comesBack({ kind: "cut" }) },
  { name: "connections are reset; the visitor comes back", round: comesBack({ kind: "reset" }) },
  // The tracker waits half a minute for an answer.
  { name: "requests vanish in a black hole; the page stays", round: stays({ kind: "blackHole" }), slow: true },
  { name: "requests vanish in a black hole; the visitor comes back", round: comesBack({ kind: "blackHole" }) },
  {
    name: "the network is down; the page is reloaded, and again when it is back",
    async round(round) {
      const { proxy, street } = round;
      const open: (readonly [Visitor, Page])[] = [];
      await round.everybody(async (visitor) => {
        for (let page = 0; page < round.pages; page += 1) open.push([visitor, await visitor.open()]);
      });
      await Promise.all([proxy.down(), street.down()]);
      await Promise.all(
        open.map(async ([visitor, tab]) => {
          await visitor.call(tab);
          await tab.reload().catch(() => undefined);
          await tab.waitForURL(/^chrome-error:/);
          // Else Chromium may load the page once more by itself, as soon as the network is back.
          await tab.goto("about:blank");
        }),
      );
      await Promise.all([proxy.up(), street.up()]);
      await Promise.all(open.map(([visitor, tab]) => visitor.open({ tab })));
    },
  },
  {
    name: "many tabs at once, 503, all reloaded when it is over",
    round: async (round) => manyTabs(round, await round.visitor()),
  },
  {
    name: "the same in a browser without Web Locks",
    async round(round) {
      const visitor = await round.visitor();
      await visitor.context.addInitScript(() =>
        Object.defineProperty(Navigator.prototype, "locks", { value: undefined }),
      );
      await manyTabs(round, visitor);
    },
  },
  {
    name: "the server is killed and started again while visitors read",
    async round(round) {
      const open: (readonly [Visitor, Page])[] = [];
      await round.everybody(async (visitor) => open.push([visitor, await visitor.open()]));
      const reading = open.map(async ([visitor, tab]) => {
        for (let page = 0; page < round.pages; page += 1) {
          await visitor.call(tab, { then: "leave" });
          await visitor.open({ tab });
        }
      });
      await round.killServer();
      await Promise.all(reading);
      await round.startServer();
      await Promise.all(open.map(([visitor, tab]) => visitor.open({ tab })));
    },
  },
];

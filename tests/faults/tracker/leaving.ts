import { identify } from "./ledger.ts";
import { PASS, type Fault as NetworkFault } from "../../support/fault-proxy.ts";
import type { Fault, Round } from "./world.ts";

// Nothing is wrong but that the visitor goes, and does not come back.

/** However slow this machine is, the script is slower. */
const NEVER: NetworkFault = { kind: "blackHole" };

/** Somebody new for each page: with a cold connection, and no next page that could deliver what this one left. */
const somebodyNewForEachPage = async (round: Round, visit: Parameters<Round["everybody"]>[0]): Promise<void> => {
  for (let page = 0; page < round.pages; page += 1) await round.everybody(visit);
};

export const leaving: readonly Fault[] = [
  {
    name: "a tab is closed in the task of the calls",
    round: (round) =>
      somebodyNewForEachPage(round, async (visitor) => {
        const tab = await visitor.open({ tab: await visitor.closableTab() });
        await visitor.call(tab, { then: "close" });
      }),
  },
  {
    name: "the page is left in the task of the calls",
    round: (round) =>
      somebodyNewForEachPage(round, async (visitor) => visitor.call(await visitor.open(), { then: "leave" })),
  },
  {
    name: "page after page is left in the task of the calls, while answers are slow",
    async round(round) {
      round.proxy.set({ kind: "delay", milliseconds: 300 }, /messages/);
      await round.everybody(async (visitor) => {
        const tab = await visitor.open();
        for (let page = 0; page < round.pages; page += 1) {
          await visitor.call(tab, { then: "leave" });
          await visitor.open({ tab });
        }
      });
    },
  },
  {
    name: "a sign-up form navigates away; its submit handler identifies",
    round: (round) =>
      somebodyNewForEachPage(round, async (visitor) => {
        const person = round.ledger.next();
        const tab = await visitor.open();
        const gone = tab.waitForURL("**/away?*");
        await tab.evaluate((externalId) => {
          const form = document.querySelector("form");
          form?.addEventListener("submit", () =>
            window.backstory?.("identify", { externalId, email: `${externalId}@example.org` }),
          );
          form?.requestSubmit();
        }, person);
        await gone;
        round.ledger.note(identify(person));
      }),
  },
  {
    name: "a sign-up form without code navigates away",
    round: (round) =>
      somebodyNewForEachPage(round, async (visitor) => {
        const email = `${round.ledger.next()}@example.org`;
        const tab = await visitor.open();
        const gone = tab.waitForURL("**/away?*");
        await tab.evaluate((value) => {
          const form = document.querySelector("form");
          form?.setAttribute("data-backstory", "identify");
          form?.querySelector("input")?.setAttribute("value", value);
          form?.requestSubmit();
        }, email);
        await gone;
        round.ledger.note(identify(email));
      }),
  },
  {
    name: "12 calls of 10 KB and away; another page later",
    round: (round) =>
      round.everybody(async (visitor) => {
        const tab = await visitor.open();
        for (let page = 0; page < round.pages; page += 1) {
          await visitor.call(tab, { count: 12, bytes: 10_000, then: "leave" });
          await visitor.open({ tab });
        }
      }),
  },
  {
    name: "calls before the script has come, and away; another page later",
    async round(round) {
      for (let page = 0; page < round.pages; page += 1) {
        round.proxy.set(NEVER, /backstory/);
        const left: (() => Promise<unknown>)[] = [];
        await round.everybody(async (visitor) => {
          const tab = await visitor.context.newPage();
          await tab.goto(`${round.street.url}/page/${round.ledger.next()}`, { waitUntil: "commit" });
          await tab.waitForSelector("h1");
          await visitor.call(tab, { then: "leave" });
          left.push(() => visitor.open({ tab }));
        });
        round.proxy.set(PASS);
        await Promise.all(left.map((comeBack) => comeBack()));
      }
    },
  },
];

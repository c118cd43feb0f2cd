import { http, HttpResponse } from "msw";
import { setupServer } from "msw/node";
import { createBackstory, type Backstory } from "../../../src/tracker/backstory.ts";
import type { Settings } from "../../../src/tracker/tracker.ts";
import { eventually } from "../../support/eventually.ts";

export type Message = Readonly<Record<string, unknown>> & {
  readonly id: string;
  readonly type: string;
  readonly at: number;
};
export interface Batch {
  readonly site: string;
  readonly sentAt: number;
  readonly dropped: number;
  readonly messages: readonly Message[];
}

/** What the collector does with a request that it has read. */
export type Answer = (batch: Batch, body: string) => Response | Promise<Response>;

export const accept: Answer = ({ messages }) => HttpResponse.json({ accepted: messages.length, rejected: [] });
export const status =
  (code: number, headers: Record<string, string> = {}): Answer =>
  () =>
    new HttpResponse("no", { status: code, headers });
export const cutConnection: Answer = () => HttpResponse.error();

let sites = 0;
/** Storage is kept per site key, so that a new one is as good as a new browser, but for the cookie. */
export const newSite = (): string => `site-${++sites}`;

/** The server that the tracker talks to: answers by script, then accepts. */
export function fakeCollector() {
  const batches: Batch[] = [];
  let script: Answer[] = [];
  let forgotten = 0;
  const server = setupServer(
    http.post("*/v1/messages", async ({ request }) => {
      const body = await request.text();
      const batch: Batch = JSON.parse(body);
      // Pages of earlier tests still live, and may repeat what they sent.
      if (Number(batch.site.replace("site-", "")) <= forgotten) return accept(batch, body);
      batches.push(batch);
      return (script.shift() ?? accept)(batch, body);
    }),
  );
  return {
    server,
    batches,
    /** All messages of this test that ever arrived, with repetitions. */
    received: () => batches.flatMap(({ messages }) => messages),
    /** What a server that knows messages by their ids makes of it, in the order of their times. */
    stored: () =>
      [
        ...new Map(batches.flatMap(({ messages }) => messages).map((message) => [message.id, message])).values(),
      ].toSorted((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1)),
    ofType(type: string) {
      return this.stored().filter((message) => message.type === type);
    },
    answer(...answers: Answer[]) {
      script = answers;
    },
    forget() {
      batches.length = 0;
      script = [];
    },
    /** The test is over. */
    end() {
      this.forget();
      forgotten = sites;
    },
  };
}

/** Runs the tracker as a page load would; without automatic page views unless asked for. */
export function openPage(settings: Partial<Settings> = {}): Backstory {
  const backstory = createBackstory();
  backstory("init", { site: newSite(), host: "https://collect.test", auto: false, ...settings });
  return backstory;
}

/** Names of our entries in storage, for one site. */
export const stored = (site: string): string[] =>
  Object.keys(localStorage).filter((key) => key.startsWith(`backstory.${site}.message.`));

const resumeKey = (site: string): string => `backstory.${site}.resume`;

/** A failure has been understood: the tracker has noted when to try again. */
export const resumeIsKnown = (site: string): Promise<void> =>
  eventually(() => {
    if (localStorage.getItem(resumeKey(site)) === null) throw new Error("nothing is said about a next attempt");
  });

/** Waits until the tracker has noted when to try again, and lets the next page try at once. */
export async function forgetResume(site: string): Promise<void> {
  await resumeIsKnown(site);
  localStorage.removeItem(resumeKey(site));
}

/** The queue of a site is empty: everything has been answered. */
export const queueIsEmpty = (site: string): Promise<void> =>
  eventually(() => {
    if (stored(site).length > 0) throw new Error(`${stored(site).length} messages still wait`);
  });

import { MESSAGES_PATH } from "../contract/wire.ts";
import type { BeforeSend, Identity, Options, Properties, Subscription } from "./api.ts";
import { attempt, listen } from "./attempt.ts";
import { cleanUrl } from "./clean-url.ts";
import { openClock } from "../client/clock.ts";
import { type Decision, openConsent } from "./consent.ts";
import { delivery } from "./delivery.ts";
import { watchForms } from "./forms.ts";
import { trace } from "./log.ts";
import { openOutbox } from "./outbox.ts";
import { pageViews } from "./page-views.ts";
import { openRecorder } from "./recorder.ts";
import { openStore } from "./store.ts";
import { openTransport } from "./transport.ts";
import { visitorIds } from "./visitor-id.ts";

/** A call of a public function: when, on which page, which one, with what. */
export type Call = readonly [at: number, href: string, name: string, ...args: unknown[]];

/** Options as a script tag can say them. */
export interface Settings extends Omit<Options, "consent" | "auto" | "domains"> {
  consent?: string | undefined;
  auto?: boolean | string;
  domains?: readonly string[] | string;
}

/** What the snippet stored when its page was left before this script came. */
const EARLY = "early.";

/** Starts to work on this page; `calls` were made before. Answers with the function that takes further ones. */
export const startTracker = (settings: Settings, calls: readonly Call[]): ((call: Call) => void) => {
  const { site, host = location.origin, consent: mode = "granted", auto, domains, beforeSend } = settings;
  const wanted = !domains || `${domains}`.split(",").includes(location.hostname);
  if (!wanted || attempt(() => localStorage.getItem("backstory_ignore"))) return () => trace("off");

  const stamp = openClock();
  const consent = openConsent(site, mode);
  const persistent = (): boolean => consent.state() === "granted";
  const store = openStore(site, persistent);
  const outbox = openOutbox(store);
  const ids = visitorIds(persistent, host === location.origin);
  const transport = openTransport(host + MESSAGES_PATH);
  const { drain, flush } = delivery(site, { store, outbox, transport, stamp, domain: ids.domain });
  const { record, release, hook } = openRecorder({ stamp, consent, store, ids, outbox });
  const views = pageViews(({ at, ...view }) => {
    record({ type: "page", ...view }, at);
    drain();
  }, stamp);

  // Who somebody is must arrive, even from a form that navigates away in this very task: no waiting for a lock.
  const claim =
    (type: "identify" | "subscribe") =>
    ([at, href]: Call, { externalId, ...person }: Identity & Subscription): void => {
      record({ externalCustomerId: externalId, ...person, url: cleanUrl(href), type }, stamp(at, "strictly"));
      flush();
    };
  const commands: Record<string, (call: Call, ...args: never[]) => void> = {
    identify: claim("identify"),
    subscribe: claim("subscribe"),
    page: ([at, href], properties?: Properties) => views.record(at, href, properties),
    track([at, href], name: string, properties?: Properties) {
      record({ type: "track", name, url: cleanUrl(href), title: document.title.slice(0, 1024), properties }, stamp(at));
      drain();
    },
    reset([at]) {
      record({ type: "reset" }, stamp(at, "strictly"));
      flush();
    },
    consent([at], state: Decision) {
      if (consent.decided() === state) return;
      const say = (): void => record({ type: "consent", state }, stamp(at));
      if (state === "denied") {
        say();
        ids.forget();
        store.withdraw();
      }
      consent.decide(state);
      release();
      if (state === "granted") say();
      flush();
    },
    beforeSend: (_, filter: BeforeSend) => hook(filter),
  };
  const run = (call: Call): void => {
    const [, , name, ...args] = call;
    attempt(() => commands[name]?.(call, ...(args as never[])));
  };
  const leave = (): void => {
    views.settle();
    flush("leaving");
  };

  if (beforeSend) hook(beforeSend);
  if (`${auto}` !== "false") views.start(calls[0]?.[0] ?? Date.now());
  for (const key of store.keys(EARLY)) {
    const text = store.read(key);
    store.remove(key);
    attempt(() => {
      const early = JSON.parse(text) as Call[];
      early.forEach(run);
    });
  }
  calls.forEach(run);
  watchForms((...call) => run([Date.now(), location.href, ...call]));
  listen(window, "pagehide", leave);
  listen(document, "visibilitychange", leave);
  drain();
  return run;
};

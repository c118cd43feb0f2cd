import { VISITOR_COOKIE, VISITOR_COOKIE_MAX_AGE, VISITOR_ID_PATTERN } from "../../contract/wire.ts";
import type { Properties } from "../api.ts";
import { attempt } from "../attempt.ts";
import { createBackstory } from "../backstory.ts";
import { readCookie, writeCookie } from "../cookie.ts";
import { openConsent } from "../consent.ts";
import { visitorIds } from "../visitor-id.ts";
import { personIn, takeApart } from "./payload.ts";

/** The visitor id under the name that other code of such pages reads. */
const COOKIE = "sc";

interface Options {
  readonly TRACKING?: boolean;
  readonly language?: string;
  readonly getAuthTokenCallback?: () => unknown;
}

interface Es {
  (...args: unknown[]): void;
  /** Calls that waited, as `arguments` objects. */
  q?: unknown;
  c?: unknown;
  /** Only the real one has it. */
  live?: 1;
}

declare global {
  var eS: Es | undefined;
  var _esConfig: object | undefined;
}

/** The tag of another system: `eS("init", …)`, `eS("sendEvent", …)`. Its site is named by the script's own address. */
attempt(() => {
  const stub = window.eS;
  if (stub?.live) return;
  const { origin, pathname } = new URL((document.currentScript as HTMLScriptElement).src);
  const site = /([^/]+)\.js$/.exec(pathname)?.[1] ?? "";
  const backstory = createBackstory();
  const consent = openConsent(site, "granted");
  const allowed = (): boolean => consent.state() === "granted";
  const ids = visitorIds(allowed, origin === location.origin);
  let options: Options | undefined;
  let known = "";

  /** The tracker may have changed the id: another person, another visitor. */
  const mirror = (): void => {
    const id = readCookie(VISITOR_COOKIE);
    if (!id || !allowed()) return;
    if (readCookie(COOKIE) !== id) writeCookie(`${COOKIE}=${id}`, ids.domain(), VISITOR_COOKIE_MAX_AGE);
    attempt(() => localStorage.setItem("esState", JSON.stringify({ customerId: id })));
  };

  const init = (given: Options = {}): void => {
    if (options) return;
    options = given;
    const earlier = readCookie(COOKIE)?.match(VISITOR_ID_PATTERN)?.[0];
    if (allowed()) {
      if (earlier && !readCookie(VISITOR_COOKIE))
        writeCookie(`${VISITOR_COOKIE}=${earlier}`, "", VISITOR_COOKIE_MAX_AGE);
      ids.current();
    }
    mirror();
    backstory("init", { site, host: origin, auto: given.TRACKING !== false });
    // Other code waits for it and then reads the two.
    window._esConfig = { orgId: 1 };
  };

  const claim = async (person: Properties): Promise<void> => {
    const text = JSON.stringify(person);
    if (text === known) return;
    known = text;
    const { language, getAuthTokenCallback } = options ?? {};
    let token: unknown;
    try {
      token = getAuthTokenCallback && (await getAuthTokenCallback());
    } catch {
      // Without a token it stays a claim.
    }
    backstory("identify", { languageCode: language, ...person, token: token || undefined });
    mirror();
  };

  const sendEvent = (name: string, payload?: unknown): void => {
    const { general, properties } = takeApart(name, payload);
    const person = personIn(general);
    if (person) void claim(person);
    if (name !== "CustomerData") backstory("track", name, properties);
    mirror();
  };

  const commands: Record<string, (...args: never[]) => void> = { init, sendEvent, sendEventWithTags: sendEvent };
  const run = (call: ArrayLike<unknown>): void => {
    // A stub hands its arguments on inside others.
    const [name, ...args] = Array.from(call.length === 1 && typeof call[0] === "object" ? (call[0] as never) : call);
    attempt(() => commands[`${name}`]?.(...(args as never[])));
  };

  const live: Es = (...args) => run(args);
  live.live = 1;
  live.c = run;
  live.q = { push: run };
  const waiting = attempt(() => Array.from(stub?.q as ArrayLike<ArrayLike<unknown>>)) ?? [];
  if (stub) Object.assign(stub, { c: run, q: live.q });
  window.eS = live;
  waiting.forEach(run);
});

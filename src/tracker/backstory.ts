import { attempt, listen } from "./attempt.ts";
import { type Call, type Settings, startTracker } from "./tracker.ts";

/** Takes a call of any public function by its name; never throws. */
export type Backstory = (name: string, ...args: unknown[]) => void;

/** One tracker to a page. Calls made before `init`, or while a page is only rendered ahead, wait. On a server nothing happens. */
export const createBackstory = (waiting: Call[] = []): Backstory => {
  let started = false;
  let run = (call: Call): unknown => waiting.push(call);

  return (name, ...args) =>
    attempt(() => {
      const call: Call = [Date.now(), location.href, name, ...args];
      if (name !== "init") run(call);
      else if (!started) {
        started = true;
        const start = (calls: Call[]): void => void (run = startTracker(args[0] as Settings, calls));
        // To the visitor, what a page did while it was only rendered ahead happens when the page is shown.
        const show = (): void => start(waiting.splice(0).map(([, ...rest]) => [Date.now(), ...rest]));
        if (document.prerendering) listen(document, "prerenderingchange", show);
        else start(waiting.splice(0));
      }
    });
};

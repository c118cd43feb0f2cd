import { attempt } from "./attempt.ts";
import { type Backstory, createBackstory } from "./backstory.ts";
import type { Call } from "./tracker.ts";

interface Global extends Backstory {
  /** Calls that the snippet kept. */
  q?: unknown[];
  /** Only the real one has it. */
  live?: 1;
}

declare global {
  var backstory: Global | undefined;
}

/** The script tag: takes the snippet's place and starts with what the tag says. */
attempt(() => {
  const stub = window.backstory;
  // The tag stands in the page twice.
  if (stub?.live) return;
  const live: Global = (window.backstory = createBackstory(stub?.q as Call[]));
  live.live = 1;
  const { src, dataset } = document.currentScript as HTMLScriptElement;
  const { origin, searchParams } = new URL(src);
  // Tag managers tend to strip data attributes, but they leave the address alone.
  const settings: Record<string, string | undefined> = {
    host: origin,
    ...Object.fromEntries(searchParams),
    ...dataset,
  };
  if (settings.site) live("init", settings);
});

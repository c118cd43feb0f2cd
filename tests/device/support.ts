import type { DeviceOptions, DeviceStorage, Fetch } from "../../src/device/api.ts";

export type Answer = "taken" | "lost" | "cut" | "overloaded" | "bad key" | "login wall";

export interface Collector {
  readonly fetch: Fetch;
  /** Every call as it came, the repeated ones too. */
  readonly calls: { readonly path: string; readonly body: Readonly<Record<string, unknown>> }[];
  /** Of each event that came, how often: an event is what the server takes for one. */
  readonly events: Map<string, number>;
  /** What the next calls get, and what all later ones get. */
  readonly moods: Answer[];
  standing: Answer;
  /** A sentence: this call can never be taken. */
  judge: (path: string, body: Readonly<Record<string, unknown>>) => string | undefined;
}

const respond = (status: number, text: string, retryAfter: string | null = null) => ({
  status,
  headers: { get: () => retryAfter },
  text: () => Promise.resolve(text),
});

/** Stands for network and server together. */
export function collector(): Collector {
  const self: Collector = {
    calls: [],
    events: new Map(),
    moods: [],
    standing: "taken",
    judge: () => undefined,
    async fetch(url, { body: text }) {
      const mood = self.moods.shift() ?? self.standing;
      if (mood === "cut") throw new TypeError("fetch failed");
      if (mood === "overloaded") return respond(503, JSON.stringify({ title: "Service Unavailable" }), "0");
      if (mood === "bad key") return respond(401, JSON.stringify({ title: "Unauthorized", detail: "Unauthorized" }));
      if (mood === "login wall") return respond(200, "<html>Please log in</html>");
      const path = url.replace(/.*\//, "");
      const body = JSON.parse(text) as Record<string, unknown>;
      self.calls.push({ path, body });
      const sentence = self.judge(path, body);
      if (sentence !== undefined) return respond(400, JSON.stringify({ title: "Bad Request", detail: sentence }));
      for (const event of (body["events"] as { eventTypeKey: string }[] | undefined) ?? []) {
        const id = JSON.stringify([body["deviceId"], event]);
        self.events.set(id, (self.events.get(id) ?? 0) + 1);
      }
      if (mood === "lost") throw new TypeError("fetch failed");
      return respond(200, "{}");
    },
  };
  return self;
}

/** Names of the events, each once. */
export const namesIn = ({ events }: Collector): string[] =>
  [...events.keys()].map((id) => (JSON.parse(id) as [string, { eventTypeKey: string }])[1].eventTypeKey);

export interface Memory extends DeviceStorage {
  readonly entries: Map<string, string>;
  /** Writes and removals so far. */
  changes: number;
  /** The battery ends with this change: neither it nor any later one happens or returns. */
  diesAt: number;
}

export function memory(entries = new Map<string, string>()): Memory {
  const change = async (apply: () => void): Promise<void> => {
    self.changes += 1;
    if (self.changes > self.diesAt) return new Promise(() => undefined);
    await Promise.resolve();
    apply();
  };
  const self: Memory = {
    entries,
    changes: 0,
    diesAt: Infinity,
    get: (key) => Promise.resolve(entries.get(key) ?? null),
    set: (key, value) => change(() => entries.set(key, value)),
    remove: (key) => change(() => entries.delete(key)),
  };
  return self;
}

export const optionsFor = (server: Collector, storage: DeviceStorage): DeviceOptions => ({
  host: "https://stats.example.org/",
  key: "an-app-key",
  storage,
  fetch: server.fetch,
});

import type { Instant } from "../../contract/identifiers.ts";
import type { Database } from "../db/database.ts";
import type { Clock } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import { addSightings } from "./sighting-store.ts";

/** Something that was seen of a page, apart from messages that were stored. */
export interface Sighted {
  /** `script`: it was fetched. Else why a request was refused. */
  readonly code: string;
  /** As it was sent: anything. */
  readonly siteKey?: string | undefined;
  /** Of the page, as its browser says. */
  readonly origin?: string | undefined;
}

export interface Sighting {
  readonly code: string;
  readonly siteKey: string;
  readonly origin: string;
  readonly times: number;
  readonly firstAt: Instant;
  readonly lastAt: Instant;
}

export interface Sightings {
  /** Costs an addition: it is written down a moment later, together with others. */
  note(sighted: Sighted): void;
  /** Writes down what is left. */
  close(): Promise<void>;
}

const WRITE_EVERY = 1_000;
/** Different ones that are told apart between two writings; more are a flood, and counted without their details. */
const APART = 200;

/** Counts what pages do that ends in no stored message. One a process. */
export function createSightings(deps: { readonly db: Database; readonly clock: Clock; readonly log: Log }): Sightings {
  let waiting = new Map<string, Sighting>();
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();

  async function write(): Promise<void> {
    timer = undefined;
    const sightings = [...waiting.values()];
    waiting = new Map();
    if (sightings.length === 0) return;
    try {
      await addSightings(deps.db, sightings);
    } catch (error) {
      // They are counts for people to look at: a database that is away has greater troubles.
      deps.log.warn({ err: error, sightings: sightings.length }, "what was seen of pages was not written down");
    }
  }

  function note(sighted: Sighted): void {
    const plain = { code: sighted.code, siteKey: plainKey(sighted.siteKey), origin: plainOrigin(sighted.origin) };
    const isNew = !waiting.has(nameOf(plain));
    const told = isNew && waiting.size >= APART ? { ...plain, siteKey: "", origin: "" } : plain;
    const known = waiting.get(nameOf(told));
    const now = deps.clock();
    waiting.set(nameOf(told), {
      ...told,
      times: (known?.times ?? 0) + 1,
      firstAt: known?.firstAt ?? now,
      lastAt: now,
    });
    timer ??= setTimeout(() => (writing = writing.then(write)), WRITE_EVERY).unref();
  }

  return {
    note,
    async close() {
      clearTimeout(timer);
      await writing;
      await write();
    },
  };
}

const nameOf = ({ code, siteKey, origin }: Pick<Sighting, "code" | "siteKey" | "origin">): string =>
  [code, siteKey, origin].join(" ");

/** What could have been meant as a key; else nothing. */
const plainKey = (key = ""): string => (/^[\w.-]{1,64}$/.test(key) ? key : "");

function plainOrigin(address = ""): string {
  if (address.length > 500 || !URL.canParse(address)) return "";
  const { protocol, origin } = new URL(address);
  return protocol === "http:" || protocol === "https:" ? origin.slice(0, 200) : "";
}

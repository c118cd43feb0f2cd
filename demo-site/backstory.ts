import { setTimeout as pause } from "node:timers/promises";

/** What the shop tells Backstory about a person. */
export interface Person {
  readonly externalCustomerId: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly channels: readonly { readonly type: "email"; readonly value: string }[];
  /** Value of the tracker's cookie: the browser whose history belongs to this person. */
  readonly visitorId?: string;
}

export interface BackstoryClient {
  /** Resolves when Backstory knows, or will not be told. Never rejects: what cannot be delivered now is tried again for a while. */
  sendContact(person: Person): Promise<void>;
  close(): Promise<void>;
}

interface ClientOptions {
  readonly backstoryUrl: string;
  readonly apiKey: string;
  readonly log: (message: string) => void;
}

const MAX_WAITING = 200;
const PAUSES = [500, 2_000, 10_000, 30_000, 60_000];

type Delivery = "delivered" | "refused" | "unreachable";

async function deliver(person: Person, options: ClientOptions, stop: AbortSignal): Promise<Delivery> {
  try {
    const answer = await fetch(new URL("/api/v1/contact", options.backstoryUrl), {
      method: "POST",
      headers: {
        "content-type": "application/json",
        authorization: `Basic ${Buffer.from(`shop:${options.apiKey}`).toString("base64")}`,
      },
      body: JSON.stringify(person),
      signal: AbortSignal.any([stop, AbortSignal.timeout(5_000)]),
    });
    if (answer.ok) return "delivered";
    const reason = (await answer.text()).slice(0, 300);
    options.log(`Backstory answered ${answer.status} for ${person.externalCustomerId}: ${reason}`);
    return answer.status === 429 || answer.status >= 500 ? "unreachable" : "refused";
  } catch (error) {
    if (!stop.aborted) options.log(`Backstory is out of reach for ${person.externalCustomerId}: ${String(error)}`);
    return "unreachable";
  }
}

/** The contact API, as a site's back end would call it: one call at a time, in order, so that a login never overtakes its registration. */
export function openBackstoryClient(options: ClientOptions): BackstoryClient {
  const closing = new AbortController();
  let waiting = 0;
  let last: Promise<void> = Promise.resolve();

  async function sendWithRetries(person: Person): Promise<void> {
    for (const milliseconds of [0, ...PAUSES]) {
      await pause(milliseconds, undefined, { signal: closing.signal });
      if ((await deliver(person, options, closing.signal)) !== "unreachable") return;
    }
    options.log(`Gave up telling Backstory about ${person.externalCustomerId}.`);
  }

  return {
    sendContact(person) {
      if (waiting >= MAX_WAITING) {
        options.log(`Too much waits for Backstory; ${person.externalCustomerId} is left out.`);
        return Promise.resolve();
      }
      waiting += 1;
      last = last
        .then(() => sendWithRetries(person))
        .catch(() => undefined)
        .finally(() => {
          waiting -= 1;
        });
      return last;
    },
    close() {
      closing.abort();
      return last;
    },
  };
}

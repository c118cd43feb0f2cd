import { uuidv7 } from "../../src/server/lib/uuid.ts";

/** What the clients know, kept outside the system under test: what was sent, what was answered. */
export interface Ledger {
  readonly batches: readonly SentBatch[];
  /** How many answers of each status have come. 0: none came. */
  readonly statuses: ReadonlyMap<number, number>;
  /** Ends the traffic; resolves when the last answer has come or failed. */
  stop(): Promise<void>;
}

export interface SentBatch {
  readonly ids: readonly string[];
  acknowledged: boolean;
}

export interface Receiver {
  readonly url: string;
  readonly siteKey: string;
}

export interface Traffic extends Receiver {
  readonly clients: number;
}

/** Three page views that nobody has sent yet. */
export const newBatch = (): SentBatch => ({ ids: [1, 2, 3].map(() => uuidv7(Date.now())), acknowledged: false });

/** Sends a batch once and notes in it what was answered; resolves to the status, 0 where no answer came. */
export async function sendBatch(to: Receiver, batch: SentBatch, visitorId = "visitor-of-one"): Promise<number> {
  const answer = await post(to.url, bodyOf(batch, { siteKey: to.siteKey, visitorId }));
  batch.acknowledged ||= answer.status === 200 && answer.accepted === batch.ids.length;
  return answer.status;
}

/** Browsers that send a batch of three page views again and again, as fast as they are answered. */
export function sendTraffic({ url, siteKey, clients }: Traffic): Ledger {
  const batches: SentBatch[] = [];
  const statuses = new Map<number, number>();
  let stopped = false;

  async function client(number: number): Promise<void> {
    while (!stopped) {
      const batch = newBatch();
      batches.push(batch);
      const status = await sendBatch({ url, siteKey }, batch, `visitor-of-client-${number}`);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      // Whoever is refused waits, as the tracker does.
      if (!batch.acknowledged) await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  const ended = Promise.all(Array.from({ length: clients }, (_, number) => client(number)));
  return {
    batches,
    statuses,
    async stop() {
      stopped = true;
      await ended;
    },
  };
}

export function bodyOf({ ids }: SentBatch, { siteKey, visitorId }: { siteKey: string; visitorId: string }): string {
  const at = Date.now();
  const messages = ids.map((id) => ({ type: "page", id, visitorId, at, url: "https://shop.example/" }));
  return JSON.stringify({ site: siteKey, sentAt: at, messages });
}

interface Answer {
  readonly status: number;
  readonly accepted?: number;
}

async function post(url: string, body: string): Promise<Answer> {
  try {
    const answer = await fetch(`${url}/v1/messages`, {
      method: "POST",
      body,
      headers: { "content-type": "text/plain" },
    });
    const { accepted } = (await answer.json()) as { accepted?: number };
    return { status: answer.status, ...(accepted === undefined ? {} : { accepted }) };
  } catch {
    return { status: 0 };
  }
}

/** Resolves when this many batches have been acknowledged. */
export async function acknowledged(ledger: Ledger, count: number): Promise<void> {
  while (ledger.batches.filter((batch) => batch.acknowledged).length < count)
    await new Promise((resolve) => setTimeout(resolve, 10));
}

import { setTimeout as sleep } from "node:timers/promises";
import { ExportRefused } from "../../fault.ts";

/** How requests leave, and how long to wait between two tries. */
export interface Wire {
  /** Tries again when nobody answers, or the answer is 429, 5xx or "too fast". Redirects are not followed. */
  send(url: string, init: RequestInit): Promise<Response>;
  wait(attempt: number): Promise<void>;
}

const TRIES = 6;
const PATIENCE = 120_000;

export const isPassing = (status: number): boolean => status === 429 || status >= 500;

/** https://cloud.google.com/bigquery/docs/error-messages: what may be tried again, and how. */
export function createWire(wait: (attempt: number) => Promise<unknown> = backOff): Wire {
  const wire: Wire = {
    wait: async (attempt) => void (await wait(attempt)),
    async send(url, init) {
      for (let attempt = 1; ; attempt += 1) {
        const answer = await sendOnce(url, init);
        if (answer !== undefined && !isPassing(answer.status) && !(await isTooFast(answer))) return answer;
        if (attempt === TRIES) {
          if (answer !== undefined) return answer;
          throw new ExportRefused(
            "google.away",
            "Google cannot be reached from here. Check that the server may open connections to *.googleapis.com.",
          );
        }
        await answer?.arrayBuffer().catch(() => undefined);
        await wire.wait(attempt);
      }
    },
  };
  return wire;
}

/** BigQuery says 403 for this, as for what is not allowed: https://cloud.google.com/bigquery/docs/troubleshoot-quotas */
async function isTooFast(answer: Response): Promise<boolean> {
  if (answer.status !== 403) return false;
  const body = (await answer
    .clone()
    .json()
    .catch(() => ({}))) as { error?: { errors?: { reason?: string }[] } };
  return body.error?.errors?.[0]?.reason === "rateLimitExceeded";
}

/** Nothing: nobody answered. */
export async function sendOnce(url: string, init: RequestInit): Promise<Response | undefined> {
  try {
    return await fetch(url, { ...init, redirect: "manual", signal: AbortSignal.timeout(PATIENCE) });
  } catch {
    return undefined;
  }
}

const backOff = (attempt: number) => sleep(Math.min(1_000 * 2 ** (attempt - 1), 30_000) * (0.5 + Math.random() / 2));

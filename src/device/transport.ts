import type { Fetch } from "./api.ts";

/** What became of a call. */
export type Verdict =
  | { readonly kind: "taken" }
  /** The server says that it can never take this. */
  | { readonly kind: "refused"; readonly sentence: string }
  /** Try again; `after`: seconds, by the server's `Retry-After`. */
  | { readonly kind: "later"; readonly sentence: string; readonly after: number };

const TIMEOUT = 30_000;
const NEVER = [400, 409, 413, 415, 422];

/** Sends one call and says what became of it; never rejects. */
export async function send(
  fetch: Fetch,
  { url, key, body }: { readonly url: string; readonly key: string; readonly body: string },
): Promise<Verdict> {
  const aborting = new AbortController();
  const timer = setTimeout(() => aborting.abort(), TIMEOUT);
  try {
    const headers = { "content-type": "application/json", "x-backstory-access-key": key };
    const answer = await fetch(url, { method: "POST", headers, body, signal: aborting.signal as never });
    return judge(answer.status, await answer.text(), Number(answer.headers.get("retry-after")) || 0);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { kind: "later", sentence: `The server cannot be reached: ${why}.`, after: 0 };
  } finally {
    clearTimeout(timer);
  }
}

/** Only the server itself takes or refuses for good: a login wall says 200 too, and a gateway anything. */
function judge(status: number, text: string, after: number): Verdict {
  const said = parse(text);
  if (status === 200 && said !== undefined && said["title"] === undefined) return { kind: "taken" };
  const detail = said?.["detail"] ?? said?.["title"];
  if (typeof detail !== "string") return { kind: "later", sentence: `Something else answered, with ${status}.`, after };
  return NEVER.includes(status) ? { kind: "refused", sentence: detail } : { kind: "later", sentence: detail, after };
}

function parse(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

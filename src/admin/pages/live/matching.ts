import type { LiveMessage } from "../../../contract/admin/live.ts";

export const VERDICTS = ["anonymous", "contact", "claim", "rejected"] as const;

/** Empty: any. */
export interface Filter {
  readonly verdict: string;
  readonly site: string;
  readonly q: string;
}

export function matching({ verdict, site, q }: Filter): (message: LiveMessage) => boolean {
  const wanted = q.trim().toLowerCase();
  return (message) =>
    (verdict === "" || groupOf(message) === verdict) &&
    (site === "" || String(message.siteId) === site) &&
    (wanted === "" || textsOf(message).some((text) => text?.toLowerCase().includes(wanted)));
}

/** Verdicts as they are looked for: what nobody has is anonymous, what may still attach is a claim. */
function groupOf({ verdict: { kind } }: LiveMessage): string {
  if (kind === "unattachable" || kind === "nobody") return "anonymous";
  return kind === "waiting" ? "claim" : kind;
}

function textsOf({ name, url, title, source, verdict }: LiveMessage): readonly (string | null | undefined)[] {
  const said = verdict.kind === "rejected" ? [verdict.code, verdict.reason] : [];
  const who = verdict.kind === "contact" ? [[verdict.firstName, verdict.lastName].join(" ")] : [];
  return [name, url, title, source?.id, ...said, ...who];
}

import type { ContactId, Instant, SiteId } from "../../contract/identifiers.ts";
import type { Database } from "../db/database.ts";
import type { LiveCursor } from "./live-cursor.ts";
import { openLook, selectFresh, selectLatest, type LiveRow } from "./live-store.ts";

/** What became of a message. */
export type LiveVerdict =
  /** Kept under its browser or device; nobody said yet who that is. */
  | { readonly kind: "anonymous" }
  /** Without consent to be attached: it stays nobody's. */
  | { readonly kind: "unattachable" }
  | {
      readonly kind: "contact";
      readonly id: ContactId;
      readonly firstName: string | null;
      readonly lastName: string | null;
    }
  /** About a person, and not carried out yet. */
  | { readonly kind: "waiting" }
  /** A browser said who it is and could not prove it. */
  | { readonly kind: "claim" }
  /** Carried out, and nobody has it now. */
  | { readonly kind: "nobody" }
  | { readonly kind: "rejected"; readonly code: string; readonly reason: string };

export interface LiveMessage {
  /** The same message told again, with a newer verdict, has the same. */
  readonly key: string;
  readonly kind: "event" | "person" | "rejected";
  readonly receivedAt: Instant;
  readonly siteId: SiteId | null;
  /** `page`, the name of an action, or what was said about a person: `identify`, `subscribe`, `reset`. */
  readonly name: string | null;
  readonly source: { readonly kind: "visitor" | "device" | "contact"; readonly id: string } | null;
  readonly url: string | null;
  readonly title: string | null;
  readonly verdict: LiveVerdict;
  /** What is kept of it as it came; null where it says more about a person than anybody needs here. */
  readonly body: unknown;
}

export interface LivePage {
  /** Oldest first. */
  readonly messages: readonly LiveMessage[];
  readonly next: LiveCursor;
  /** There is more at once. */
  readonly more: boolean;
}

/**
 * What arrived since a cursor, from whatever process took it: each message once, and once more when its verdict is
 * another one. Without a cursor: the latest.
 */
export function watchMessages(
  db: Database,
  { after, limit, now }: { readonly after: LiveCursor | undefined; readonly limit: number; readonly now: Instant },
): Promise<LivePage> {
  return db.transaction(async (tx) => {
    const look = await openLook(tx, after?.seen);
    // A cursor of another database, for instance of before a restore, says nothing about this one.
    if (after === undefined || look.isBehind) {
      const rows = await selectLatest(tx, { limit, now });
      return { messages: rows.map(messageOf), next: { seen: look.snapshot }, more: false };
    }
    const { seen, within = { until: look.snapshot, writtenIn: 0, position: "" } } = after;
    const rows = await selectFresh(tx, { seen, within, limit: limit + 1 });
    const told = rows.slice(0, limit);
    const last = told.at(-1);
    const messages = told.map(messageOf);
    if (rows.length <= limit || last === undefined) return { messages, next: { seen: within.until }, more: false };
    const { writtenIn, position } = last;
    return { messages, next: { seen, within: { until: within.until, writtenIn, position } }, more: true };
  });
}

function messageOf(row: LiveRow): LiveMessage {
  const { key, kind, receivedAt, siteId, name, sourceKind, sourceId, url, title, body } = row;
  return {
    key,
    kind,
    receivedAt,
    siteId,
    name,
    source: sourceKind === null || sourceId === null || sourceId === "" ? null : { kind: sourceKind, id: sourceId },
    url,
    title,
    verdict: verdictOf(row),
    body,
  };
}

function verdictOf({ kind, state, code, reason, contactId, firstName, lastName }: LiveRow): LiveVerdict {
  if (code !== null && reason !== null) return { kind: "rejected", code, reason };
  if (state === "waiting" || state === "unattachable") return { kind: state };
  if (contactId !== null) return { kind: "contact", id: contactId, firstName, lastName };
  if (kind === "event") return { kind: "anonymous" };
  return { kind: state === "claim" ? "claim" : "nobody" };
}

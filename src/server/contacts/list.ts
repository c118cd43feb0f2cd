import type { ContactId, Instant } from "../../contract/identifiers.ts";
import type { ContactResult } from "../../contract/imports.ts";
import type { Database } from "../db/database.ts";
import { settleBackstories, type BackstoryLength } from "./backstory-store.ts";
import { countListed, findPage, findSummaries } from "./list-store.ts";
import { searchKeys } from "./search-keys.ts";

/** One line of the list of contacts. */
export interface ContactSummary {
  readonly id: ContactId;
  readonly externalCustomerId: string | null;
  readonly firstName: string | null;
  readonly lastName: string | null;
  /** As the person wrote it. */
  readonly email: string | null;
  readonly emailStatus: ChannelStatus | null;
  readonly phone: string | null;
  readonly phoneStatus: ChannelStatus | null;
  /** What created it, e.g. `TRACKER`. */
  readonly contactSource: string;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
}

export type ChannelStatus = "unconfirmed" | "confirmed" | "unsubscribed" | "bounced" | "suppressed";

/** One page, in the order that was asked for. */
export interface ContactPage {
  readonly contacts: readonly ContactSummary[];
  /** Pass as `after` for the next page. Absent: this was the last. */
  readonly next?: ContactId;
}

/** Conditions beside a search. Absent: any. */
export interface ContactNarrowing {
  readonly createdFrom?: Instant | undefined;
  readonly createdTo?: Instant | undefined;
  /** `any`: some, however long. */
  readonly backstory?: BackstoryLength | "any" | undefined;
  readonly externalId?: "empty" | "set" | undefined;
  /** Those whom an import did this to; without `result`: whom it created. */
  readonly import?: number | undefined;
  readonly result?: ContactResult | undefined;
}

/** By the time of creation. */
export type ContactOrder = "newest" | "oldest";

export interface ContactCountRequest extends ContactNarrowing {
  /** An identifier in full (any kind, also a browser or device), or the beginning of an address or a name. */
  readonly search?: string;
}

export interface ContactListRequest extends ContactCountRequest {
  /** Absent: the newest first. */
  readonly order?: ContactOrder;
  /** The last contact of the page before. */
  readonly after?: ContactId;
  /** Lines of one page, 1 to 200. */
  readonly limit: number;
}

/** Live contacts only. */
export async function listContacts(db: Database, request: ContactListRequest): Promise<ContactPage> {
  const limit = Math.min(Math.max(Math.trunc(request.limit), 1), 200);
  const wanted = {
    ...wantedBy(request),
    order: request.order ?? "newest",
    limit: limit + 1,
    ...(request.after !== undefined && { after: request.after }),
  };
  if (request.backstory !== undefined) await settleBackstories(db);
  const found = await findPage(db, wanted);
  const contacts = found.slice(0, limit);
  const last = contacts.at(-1);
  return found.length > limit && last !== undefined ? { contacts, next: last.id } : { contacts };
}

/** How many there are of all pages together. */
export async function countContacts(db: Database, request: ContactCountRequest): Promise<number> {
  if (request.backstory !== undefined) await settleBackstories(db);
  return countListed(db, wantedBy(request));
}

const wantedBy = (request: ContactCountRequest) => ({ keys: searchKeys(request.search ?? ""), narrowing: request });

/** Lines for these contacts, in their order; those that are not live are left out. */
export function summariseContacts(db: Database, ids: readonly ContactId[]): Promise<ContactSummary[]> {
  return findSummaries(db, ids);
}

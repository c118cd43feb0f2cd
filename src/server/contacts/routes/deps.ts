import type { ContactId, Instant } from "../../../contract/identifiers.ts";
import type { FindFieldUses } from "../../fields/index.ts";
import type { Keys } from "../../http/auth.ts";
import type { ContactOrder, EraseOutcome } from "../../identity/index.ts";
import type { Transaction } from "../../db/database.ts";
import type { Clock } from "../../lib/clock.ts";
import type { Page } from "../search.ts";
import type { SubscribeDeps } from "../subscribe.ts";

export interface UnsubscribedList {
  add(list: { readonly emails: readonly string[]; readonly at: Instant }): Promise<void>;
  remove(list: { readonly emails: readonly string[]; readonly at: Instant }): Promise<void>;
}

/** Who meets the conditions of a dynamic group, in order of their ids. Undefined: to find out takes too long. */
export type DynamicMembers = (asked: {
  readonly group: number;
  readonly page: Page;
}) => Promise<{ readonly ids: readonly ContactId[]; readonly total: number } | undefined>;

export type TablePart =
  | { readonly kind: "rows"; readonly rows: readonly { readonly line: number; readonly cells: readonly string[] }[] }
  /** One English sentence; nothing follows. */
  | { readonly kind: "refused"; readonly sentence: string };

/** Files that somebody links to. */
export interface LinkedTables {
  /** Why nothing may be fetched from there; undefined: it may. */
  judge(link: string): Promise<string | undefined>;
  /** Header first. */
  read(link: string, stop: AbortSignal): AsyncIterable<TablePart>;
}

export interface ContactApiDeps extends SubscribeDeps {
  readonly keys: Keys;
  readonly clock: Clock;
  /** What plug-ins show once they are connected. */
  readonly account?: { readonly organisationName: string; readonly userEmail: string };
  /** Requests a second that one key may make; 2,000 unless told. */
  readonly requestsPerSecond?: number;
  /** Slices that may need an additional field. */
  readonly fieldUsers?: readonly FindFieldUses[];
  /** The list of addresses that get no bulk mail, which lives further up. */
  readonly unsubscribed?: UnsubscribedList;
  /** Conditions are evaluated further up. */
  readonly dynamicMembers: DynamicMembers;
  /** Files are read further up. */
  readonly linkedTables: LinkedTables;
  /** Erases from every slice, which needs to know all of them. `alongside` runs in the same transaction. */
  readonly erasePerson: (order: ContactOrder, alongside: (tx: Transaction) => Promise<void>) => Promise<EraseOutcome>;
}

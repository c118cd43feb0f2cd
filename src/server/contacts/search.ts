import type { ContactId } from "../../contract/identifiers.ts";
import type { Queryable } from "../db/database.ts";
import { normaliseEmail, normalisePhone } from "../identity/index.ts";
import { countFound, findPage } from "./search-store.ts";

/** `GET /contacts`: every text given has to match. */
export interface ContactSearch {
  readonly externalCustomerId?: string;
  /** In full. */
  readonly email?: string;
  readonly sms?: string;
  /** Beginnings, in any letter case. */
  readonly firstname?: string;
  readonly lastname?: string;
  readonly page: Page;
}

export interface Page {
  /** From 1. */
  readonly startIndex: number;
  readonly maxRows: number;
}

export const MAX_ROWS = 500;

export type SearchReading =
  { readonly kind: "read"; readonly search: ContactSearch } | { readonly kind: "refused"; readonly sentence: string };

type Query = Readonly<Record<string, unknown>>;

export function readSearch(query: Query): SearchReading {
  const page = readPage(query);
  if (typeof page === "string") return { kind: "refused", sentence: page };
  const given: Record<string, string> = {};
  for (const name of ["externalCustomerId", "email", "sms", "firstname", "lastname"]) {
    const value = query[name];
    if (Array.isArray(value)) return { kind: "refused", sentence: `${name} is given twice.` };
    if (typeof value === "string" && value.trim() !== "") given[name] = value.trim();
  }
  const others = Object.keys(given).filter((name) => name !== "externalCustomerId");
  if (given["externalCustomerId"] !== undefined && others.length > 0) {
    const sentence = `With externalCustomerId no other search parameter may be set, but ${others.join(", ")} is. (bad_uniqueness)`;
    return { kind: "refused", sentence };
  }
  return { kind: "read", search: { ...given, page } };
}

/** A sentence when the page makes no sense. */
export function readPage(query: Query): Page | string {
  const startIndex = readCount(query["startindex"], 1);
  const maxRows = readCount(query["maxrows"], MAX_ROWS);
  if (startIndex === undefined) return "startindex has to be a number from 1.";
  if (maxRows === undefined) return `maxrows has to be a number from 1 to ${MAX_ROWS}.`;
  return { startIndex, maxRows: Math.min(maxRows, MAX_ROWS) };
}

function readCount(value: unknown, otherwise: number): number | undefined {
  if (value === undefined || value === "") return otherwise;
  return typeof value === "string" && /^[1-9]\d{0,8}$/.test(value) ? Number(value) : undefined;
}

/** Live contacts in order of their ids, and how many there are of all pages together. */
export async function searchContacts(
  db: Queryable,
  search: ContactSearch,
): Promise<{ readonly ids: readonly ContactId[]; readonly total: number }> {
  const { externalCustomerId, firstname, lastname, page } = search;
  const email = search.email === undefined ? undefined : normaliseEmail(search.email);
  const phone = search.sms === undefined ? undefined : normalisePhone(search.sms);
  // What can be nobody's address finds nobody.
  if ((search.email !== undefined && email === undefined) || (search.sms !== undefined && phone === undefined))
    return { ids: [], total: 0 };
  const condition = { externalCustomerId, email, phone, firstname, lastname };
  const [ids, total] = await Promise.all([findPage(db, condition, page), countFound(db, condition)]);
  return { ids, total };
}

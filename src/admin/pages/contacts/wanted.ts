import type { ContactCount, ContactPage, ContactQuery } from "../../../contract/admin/contacts.ts";
import type { MemberPage } from "../../../contract/segments.ts";
import { api } from "../../api.ts";
import type { Wanted } from "../../ui/ahead.ts";

type Narrowed = Pick<ContactQuery, "createdFrom" | "createdTo" | "backstory" | "externalId" | "import" | "result">;

const LENGTHS = ["any", "none", "hour", "day", "week", "month", "longer"] as const;
const RESULTS = ["created", "updated", "unchanged", "restored"] as const;
const EXTERNAL_IDS = ["empty", "set"] as const;

/** The list as the address says it: what is searched, what it is narrowed to, in which order, after whom. */
export interface ContactListPlace {
  readonly q: string;
  readonly after: string;
  readonly order: "newest" | "oldest";
  readonly narrowing: Narrowed;
}

export function readListPlace(query: URLSearchParams): ContactListPlace {
  return {
    q: query.get("q") ?? "",
    after: query.get("after") ?? "",
    order: query.get("order") === "oldest" ? "oldest" : "newest",
    narrowing: narrowingOf(query),
  };
}

function narrowingOf(query: URLSearchParams): Narrowed {
  const moment = (name: "createdFrom" | "createdTo") => {
    const value = Number(query.get(name) ?? NaN);
    return Number.isFinite(value) && value >= 0 && value <= 8.64e15 ? { [name]: value } : {};
  };
  const backstory = LENGTHS.find((length) => length === query.get("backstory"));
  const externalId = EXTERNAL_IDS.find((state) => state === query.get("externalId"));
  return {
    ...moment("createdFrom"),
    ...moment("createdTo"),
    ...(backstory !== undefined && { backstory }),
    ...(externalId !== undefined && { externalId }),
    ...importOf(query),
  };
}

/** Those whom an import did something to. */
function importOf(query: URLSearchParams): Pick<Narrowed, "import" | "result"> {
  const id = Number(query.get("import") ?? NaN);
  if (!Number.isInteger(id) || id < 1 || id > 2_147_483_647) return {};
  return { import: id, result: RESULTS.find((name) => name === query.get("result")) ?? "created" };
}

/** What makes the list up, as texts of an address; the page within it left out. */
export function textsOf({ q, order, narrowing }: Omit<ContactListPlace, "after">): Readonly<Record<string, string>> {
  const texts: Record<string, string> = {};
  for (const [name, value] of Object.entries(narrowing)) texts[name] = String(value);
  return { ...(q && { q }), ...texts, ...(order !== "newest" && { order }) };
}

const conditionsOf = ({ q, narrowing }: ContactListPlace) => ({ ...(q && { q }), ...narrowing });

/** Whom the list is about, in whatever order and on whichever page. */
export const listOf = (place: ContactListPlace): string => JSON.stringify(conditionsOf(place));

/** What is on the screen until the next has come may be of another list. */
type Of<Value> = Value & { readonly list: string };

export function contactsWanted(place: ContactListPlace): Wanted<Of<ContactPage>> {
  const { after, order } = place;
  const page = { ...(after && { after }), ...(order !== "newest" && { order }) };
  const list = listOf(place);
  return {
    key: `contacts ${list} ${JSON.stringify(page)}`,
    load: async () => ({ ...(await api.contacts({ ...conditionsOf(place), ...page })), list }),
  };
}

/** How many all pages of the list have together. */
export function contactCountWanted(place: ContactListPlace): Wanted<Of<ContactCount>> {
  const list = listOf(place);
  return {
    key: `contacts counted ${list}`,
    load: async () => ({ ...(await api.countContacts(conditionsOf(place))), list }),
  };
}

/** The members of a segment after one of them, newest first. */
export function membersWanted(id: number, after: string): Wanted<MemberPage> {
  return { key: `members ${id} ${after}`, load: () => api.members(id, after === "" ? {} : { after }) };
}

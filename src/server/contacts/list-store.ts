import type { ContactId } from "../../contract/identifiers.ts";
import type { Queryable } from "../db/database.ts";
import { timestamp } from "../db/database.ts";
import { hasBackstory } from "./backstory-store.ts";
import type { ContactNarrowing, ContactOrder, ContactSummary } from "./list.ts";
import { searchKeys, type SearchKeys } from "./search-keys.ts";

// Each arm walks an index of its own; one OR over all of them would read every contact. `span`: of ids, for those who can be many.
const matches = (span: string): string => `
  SELECT contact_id FROM identifier WHERE kind IN ('external', 'device') AND value = $1
  UNION SELECT contact_id FROM binding WHERE source_kind IN ('visitor', 'device') AND source_id = $1
  UNION SELECT coalesce(merged_into, contact_id) FROM contact WHERE contact_id = $2
  UNION SELECT contact_id FROM channel WHERE type = 'email' AND (value = $3 OR value LIKE lower($5)) ${span}
  UNION SELECT contact_id FROM channel WHERE type = 'sms' AND value = $4
  UNION SELECT contact_id FROM contact WHERE status = 'live' AND lower(first_name) LIKE lower($5) ${span}
  UNION SELECT contact_id FROM contact WHERE status = 'live' AND lower(last_name) LIKE lower($5) ${span}
  UNION SELECT contact_id FROM contact
    WHERE status = 'live' AND lower(first_name) LIKE lower($6) AND lower(last_name) LIKE lower($7) ${span}
  UNION SELECT contact_id FROM contact
    WHERE status = 'live' AND lower(first_name) LIKE lower($7) AND lower(last_name) LIKE lower($6) ${span}`;

/** The address by which a contact is found, else the newest one. */
export const currentChannel = (type: "email" | "sms", kind: "email" | "phone") => `
  LEFT JOIN LATERAL (
    SELECT ch.spelling, ch.status
    FROM channel ch
    LEFT JOIN identifier key ON key.kind = '${kind}' AND key.value = ch.value AND key.contact_id = ch.contact_id
    WHERE ch.contact_id = c.contact_id AND ch.type = '${type}' AND ch.current
    ORDER BY key.value IS NULL, ch.created_at DESC, ch.value
    LIMIT 1
  ) ${kind} ON true`;

const SUMMARY = `
  SELECT c.contact_id AS id, c.external_customer_id, c.first_name, c.last_name, email.spelling AS email,
         email.status AS email_status, phone.spelling AS phone, phone.status AS phone_status, c.contact_source,
         c.created_at, c.updated_at
  FROM contact c ${currentChannel("email", "email")} ${currentChannel("sms", "phone")}`;

/** Conditions beside a search. Each is there only where it is asked for, for beside an alternative it could not become a join. */
function narrowed(narrowing: ContactNarrowing, { values, span }: { values: unknown[]; span: string }): string[] {
  const { createdFrom, createdTo, backstory, externalId, import: imported, result = "created" } = narrowing;
  const conditions: string[] = [];
  if (createdFrom !== undefined) conditions.push(`c.created_at >= $${values.push(timestamp(createdFrom))}`);
  if (createdTo !== undefined) conditions.push(`c.created_at < $${values.push(timestamp(createdTo))}`);
  if (backstory !== undefined) conditions.push(hasBackstory("c", backstory, values));
  if (externalId !== undefined)
    conditions.push(`c.external_customer_id IS ${externalId === "set" ? "NOT NULL" : "NULL"}`);
  if (imported !== undefined)
    conditions.push(`c.contact_id IN (${brought(values.push(imported), values.push(result), span)})`);
  return conditions;
}

// A union with nobody, for PostgreSQL takes it for as many as it reads; of what it makes distinct otherwise it expects 200,
// and would look up each of a hundred thousand by itself.
const brought = (id: number, result: number, span: string): string => `
  SELECT contact_id FROM import_contacts CROSS JOIN LATERAL unnest(contact_ids) AS one (contact_id)
    WHERE import_id = $${id}::integer AND result = $${result}::text ${span}
  UNION SELECT NULL::bigint WHERE false`;

/** Ids grow with time, so their order is the order of creation. */
const SEQUENCE = {
  newest: { after: "<", direction: "DESC", start: Number.MAX_SAFE_INTEGER },
  oldest: { after: ">", direction: "ASC", start: 0 },
} as const;

type Sequence = (typeof SEQUENCE)[ContactOrder];

/** Ids from one to before another. */
interface Span {
  readonly from: number;
  readonly to: number;
}

/** Whom a list shows; with `within`, of contacts with these ids. */
function listed(
  { keys, narrowing }: ContactsWanted,
  within?: Span,
): { readonly where: string; readonly values: unknown[] } {
  const values = keys === undefined ? [] : parameters(keys);
  const span = within && `AND contact_id >= $${values.push(within.from)} AND contact_id < $${values.push(within.to)}`;
  const conditions = ["c.status = 'live'"];
  if (keys !== undefined) conditions.push(`c.contact_id IN (${matches(span ?? "")})`);
  conditions.push(...narrowed(narrowing, { values, span: span ?? "" }));
  return { where: `${conditions.join(" AND ")} ${span?.replaceAll("contact_id", "c.contact_id") ?? ""}`, values };
}

/** `place`: of the parameter with the id that comes before, which the one with the limit follows. */
const pageOf = (where: string, { after, direction }: Sequence, place: number): string => `${SUMMARY}
  WHERE ${where} AND c.contact_id ${after} $${place}
  ORDER BY c.contact_id ${direction} LIMIT $${place + 1}`;

const countOf = (where: string): string => `SELECT count(*) AS total FROM contact c WHERE ${where}`;

const parameters = (keys: SearchKeys): unknown[] => [
  keys.exact,
  keys.contactId,
  keys.email,
  keys.phone,
  keys.beginning,
  keys.words?.[0] ?? null,
  keys.words?.[1] ?? null,
];

export interface ContactsWanted {
  readonly keys: SearchKeys | undefined;
  readonly narrowing: ContactNarrowing;
}

interface PageWanted extends ContactsWanted {
  readonly order: ContactOrder;
  readonly after?: ContactId;
  readonly limit: number;
}

export async function countListed(db: Queryable, wanted: ContactsWanted): Promise<number> {
  const { where, values } = listed(wanted);
  const [row] = await db.query<{ total: number }>(countOf(where), values);
  return row?.total ?? 0;
}

/** So many ids are looked through for a page before everybody is. */
const NEAR = 2_000;

/**
 * Who is searched, or named by an import, is gathered in no order. Where they are many, a page of them lies close by: so
 * they are gathered among the next ids first.
 */
export async function findPage(db: Queryable, wanted: PageWanted): Promise<ContactSummary[]> {
  if (wanted.keys !== undefined || wanted.narrowing.import !== undefined) {
    const near = await readPage(db, wanted, await nextIds(db, wanted));
    if (near.length === wanted.limit) return near;
  }
  return readPage(db, wanted);
}

async function nextIds(db: Queryable, { order, after }: PageWanted): Promise<Span> {
  if (order === "oldest") return { from: (after ?? 0) + 1, to: (after ?? 0) + 1 + NEAR };
  if (after !== undefined) return { from: after - NEAR, to: after };
  const [last] = await db.query<{ id: number | null }>("SELECT max(contact_id) AS id FROM contact");
  return { from: (last?.id ?? 0) - NEAR, to: Number.MAX_SAFE_INTEGER };
}

function readPage(db: Queryable, wanted: PageWanted, within?: Span): Promise<ContactSummary[]> {
  const sequence = SEQUENCE[wanted.order];
  const { where, values } = listed(wanted, within);
  const place = values.length + 1;
  return db.query<ContactSummary>(pageOf(where, sequence, place), [
    ...values,
    wanted.after ?? sequence.start,
    wanted.limit,
  ]);
}

const NAMED = `${SUMMARY}
  JOIN unnest($1::bigint[]) WITH ORDINALITY AS asked (contact_id, place) ON asked.contact_id = c.contact_id
  WHERE c.status = 'live' ORDER BY place`;

export function findSummaries(db: Queryable, ids: readonly ContactId[]): Promise<ContactSummary[]> {
  return db.query<ContactSummary>(NAMED, [ids]);
}

/** The ids of the live contacts of a list, for a query that reads more about them. */
export function findListed(
  search: string,
  narrowing: ContactNarrowing,
): { readonly text: string; readonly values: readonly unknown[] } {
  const { where, values } = listed({ keys: searchKeys(search), narrowing });
  return { text: `SELECT c.contact_id FROM contact c WHERE ${where}`, values };
}

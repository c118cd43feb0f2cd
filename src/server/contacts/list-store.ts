import type { ContactId } from "../../contract/identifiers.ts";
import type { Queryable } from "../db/database.ts";
import { timestamp } from "../db/database.ts";
import { backstoryOf } from "./backstory-sql.ts";
import type { ContactNarrowing, ContactSummary } from "./list.ts";
import { searchKeys, type SearchKeys } from "./search-keys.ts";

// Each arm walks an index of its own; one OR over all of them would read every contact.
const MATCHES = `
  SELECT contact_id FROM identifier WHERE kind IN ('external', 'device') AND value = $1
  UNION SELECT contact_id FROM binding WHERE source_kind IN ('visitor', 'device') AND source_id = $1
  UNION SELECT coalesce(merged_into, contact_id) FROM contact WHERE contact_id = $2
  UNION SELECT contact_id FROM channel WHERE type = 'email' AND (value = $3 OR value LIKE lower($5))
  UNION SELECT contact_id FROM channel WHERE type = 'sms' AND value = $4
  UNION SELECT contact_id FROM contact WHERE status = 'live' AND lower(first_name) LIKE lower($5)
  UNION SELECT contact_id FROM contact WHERE status = 'live' AND lower(last_name) LIKE lower($5)
  UNION SELECT contact_id FROM contact
    WHERE status = 'live' AND lower(first_name) LIKE lower($6) AND lower(last_name) LIKE lower($7)
  UNION SELECT contact_id FROM contact
    WHERE status = 'live' AND lower(first_name) LIKE lower($7) AND lower(last_name) LIKE lower($6)`;

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

const EVERYBODY = `${SUMMARY}
  WHERE c.status = 'live' AND c.contact_id < $1`;

const MATCHING = `${SUMMARY}
  WHERE c.status = 'live' AND c.contact_id < $8 AND c.contact_id IN (${MATCHES})`;

/** More conditions, whose values come after `used` others. */
function narrowed(narrowing: ContactNarrowing, used: number): { readonly text: string; readonly values: unknown[] } {
  const { createdFrom, createdTo, backstory } = narrowing;
  const values: unknown[] = [];
  let text = "";
  const and = (condition: (parameter: string) => string, value: unknown) => {
    values.push(value);
    text += ` AND ${condition(`$${used + values.length}`)}`;
  };
  if (createdFrom !== undefined) and((from) => `c.created_at >= ${from}`, timestamp(createdFrom));
  if (createdTo !== undefined) and((to) => `c.created_at < ${to}`, timestamp(createdTo));
  if (backstory === "any") text += ` AND ${backstoryOf("c")} <> 'none'`;
  else if (backstory !== undefined) and((kind) => `${backstoryOf("c")} = ${kind}`, backstory);
  return { text, values };
}

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

export async function findContacts(
  db: Queryable,
  request: ContactsWanted & { readonly before?: ContactId; readonly limit: number },
): Promise<ContactSummary[]> {
  const { keys, narrowing, limit, before = Number.MAX_SAFE_INTEGER } = request;
  const found =
    keys === undefined
      ? { text: EVERYBODY, values: [before] }
      : { text: MATCHING, values: [...parameters(keys), before] };
  const { text, values } = narrowed(narrowing, found.values.length);
  const all = [...found.values, ...values, limit];
  return db.query<ContactSummary>(`${found.text}${text} ORDER BY c.contact_id DESC LIMIT $${all.length}`, all);
}

const NAMED = `${SUMMARY}
  JOIN unnest($1::bigint[]) WITH ORDINALITY AS asked (contact_id, place) ON asked.contact_id = c.contact_id
  WHERE c.status = 'live' ORDER BY place`;

export function findSummaries(db: Queryable, ids: readonly ContactId[]): Promise<ContactSummary[]> {
  return db.query<ContactSummary>(NAMED, [ids]);
}

export async function countContacts(db: Queryable, { keys, narrowing }: ContactsWanted): Promise<number> {
  const values = keys === undefined ? [] : parameters(keys);
  const matching = keys === undefined ? "" : ` AND c.contact_id IN (${MATCHES})`;
  const more = narrowed(narrowing, values.length);
  const [row] = await db.query<{ total: number }>(
    `SELECT count(*) AS total FROM contact c WHERE c.status = 'live'${matching}${more.text}`,
    [...values, ...more.values],
  );
  return row?.total ?? 0;
}

/** The ids of the contacts that a search finds, for a query that reads more about them. */
export function findListed(search: string): { readonly text: string; readonly values: readonly unknown[] } {
  const keys = searchKeys(search);
  if (keys === undefined) return { text: "SELECT contact_id FROM contact WHERE status = 'live'", values: [] };
  return { text: MATCHES, values: parameters(keys) };
}

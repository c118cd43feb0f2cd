import type { ContactId } from "../../contract/identifiers.ts";
import type { Queryable } from "../db/database.ts";
import { timestamp } from "../db/database.ts";
import { backstoryOf, EVERY_BACKSTORY } from "./backstory-sql.ts";
import type { ContactNarrowing, ContactOrder, ContactSummary } from "./list.ts";
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

/** Conditions beside a search, in {@link narrowingValues} from this parameter on; null: any. */
const narrowed = (first: number, { import: imported }: ContactNarrowing): string => `
  AND ($${first}::timestamptz IS NULL OR c.created_at >= $${first})
  AND ($${first + 1}::timestamptz IS NULL OR c.created_at < $${first + 1})
  AND ($${first + 2}::text IS NULL OR CASE $${first + 2}
    WHEN 'any' THEN ${backstoryOf("c")} <> 'none' ELSE ${backstoryOf("c")} = $${first + 2} END)
  AND ($${first + 3}::boolean IS NULL OR (c.external_customer_id IS NOT NULL) = $${first + 3})
  ${imported === undefined ? "" : brought(first + 4)}`;

/** Only where it is asked for: as one of two alternatives it could not become a join. */
const brought = (first: number): string => `
  AND c.contact_id IN (SELECT unnest(contact_ids) FROM import_contacts
    WHERE import_id = $${first}::integer AND result = $${first + 1}::text)`;

const narrowingValues = (narrowing: ContactNarrowing): unknown[] => {
  const { createdFrom, createdTo, backstory, externalId, import: imported, result = "created" } = narrowing;
  return [
    createdFrom === undefined ? null : timestamp(createdFrom),
    createdTo === undefined ? null : timestamp(createdTo),
    backstory ?? null,
    externalId === undefined ? null : externalId === "set",
    ...(imported === undefined ? [] : [imported, result]),
  ];
};

/** Ids grow with time, so their order is the order of creation. */
const SEQUENCE = {
  newest: { after: "<", direction: "DESC", start: Number.MAX_SAFE_INTEGER },
  oldest: { after: ">", direction: "ASC", start: 0 },
} as const;

type Sequence = (typeof SEQUENCE)[ContactOrder];

/** Whom a list shows, with the search in the first parameters and the conditions beside it in the next. */
function listed({ keys, narrowing }: ContactsWanted): { readonly where: string; readonly values: unknown[] } {
  const searched = keys === undefined ? [] : parameters(keys);
  const isFound = keys === undefined ? "" : `AND c.contact_id IN (${MATCHES})`;
  return {
    where: `c.status = 'live' ${isFound} ${narrowed(searched.length + 1, narrowing)}`,
    values: [...searched, ...narrowingValues(narrowing)],
  };
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

export async function findContacts(
  db: Queryable,
  request: ContactsWanted & { readonly order: ContactOrder; readonly after?: ContactId; readonly limit: number },
): Promise<ContactSummary[]> {
  const sequence = SEQUENCE[request.order];
  const { where, values } = listed(request);
  return db.query<ContactSummary>(pageOf(where, sequence, values.length + 1), [
    ...values,
    request.after ?? sequence.start,
    request.limit,
  ]);
}

const NAMED = `${SUMMARY}
  JOIN unnest($1::bigint[]) WITH ORDINALITY AS asked (contact_id, place) ON asked.contact_id = c.contact_id
  WHERE c.status = 'live' ORDER BY place`;

export function findSummaries(db: Queryable, ids: readonly ContactId[]): Promise<ContactSummary[]> {
  return db.query<ContactSummary>(NAMED, [ids]);
}

export async function countContacts(db: Queryable, wanted: ContactsWanted): Promise<number> {
  const { where, values } = listed(wanted);
  const [row] = await db.query<{ total: number }>(countOf(where), values);
  return row?.total ?? 0;
}

const byBackstory = ({ after, direction }: (typeof SEQUENCE)[ContactOrder]): string => `
  WITH listed AS MATERIALIZED (
    SELECT c.contact_id FROM contact c LEFT JOIN (${EVERY_BACKSTORY}) told USING (contact_id)
    WHERE c.status = 'live'
      AND CASE $3::text WHEN 'any' THEN told.length IS NOT NULL ELSE coalesce(told.length, 'none') = $3 END
      AND ($4::boolean IS NULL OR (c.external_customer_id IS NOT NULL) = $4))
  SELECT (SELECT count(*) FROM listed) AS total, ARRAY(
    SELECT contact_id FROM listed WHERE contact_id ${after} $1 ORDER BY contact_id ${direction} LIMIT $2) AS ids`;

/** The list of everybody with such a backstory, which is looked up once for a page of it and for the number of them all. */
export async function listByBackstory(
  db: Queryable,
  request: {
    readonly narrowing: ContactNarrowing;
    readonly order: ContactOrder;
    readonly after?: ContactId;
    readonly limit: number;
  },
): Promise<{ readonly found: ContactSummary[]; readonly total: number }> {
  const sequence = SEQUENCE[request.order];
  const [, , backstory, externalId] = narrowingValues(request.narrowing);
  const [row] = await db.query<{ total: number; ids: readonly string[] }>(byBackstory(sequence), [
    request.after ?? sequence.start,
    request.limit,
    backstory,
    externalId,
  ]);
  const ids = (row?.ids ?? []).map((id) => Number(id) as ContactId);
  return { found: await findSummaries(db, ids), total: row?.total ?? 0 };
}

/** The ids of the live contacts of a list, for a query that reads more about them. */
export function findListed(
  search: string,
  narrowing: ContactNarrowing,
): { readonly text: string; readonly values: readonly unknown[] } {
  const { where, values } = listed({ keys: searchKeys(search), narrowing });
  return { text: `SELECT c.contact_id FROM contact c WHERE ${where}`, values };
}

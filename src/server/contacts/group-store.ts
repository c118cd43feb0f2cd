import type { Group } from "../../contract/contacts.ts";
import type { ContactId, Instant } from "../../contract/identifiers.ts";
import { timestamp, type Queryable } from "../db/database.ts";
import { likePrefix } from "./search-keys.ts";
import type { Page } from "./search.ts";

const GROUP = "segment_id AS id, name, CASE kind WHEN 'list' THEN 'Static' ELSE 'Dynamic' END AS type";

export async function findGroup(db: Queryable, id: number): Promise<Group | undefined> {
  if (id > 2_147_483_647) return undefined;
  const [group] = await db.query<Group>(`SELECT ${GROUP} FROM segment WHERE segment_id = $1`, [id]);
  return group;
}

/** Whose name holds the text, whatever the letter case. */
export async function listGroups(
  db: Queryable,
  { name, page }: { readonly name: string; readonly page: Page },
): Promise<{ readonly groups: Group[]; readonly total: number }> {
  const rows = await db.query<Group & { readonly total: number }>(
    `SELECT ${GROUP}, count(*) OVER () AS total FROM segment WHERE lower(name) LIKE lower($1) ORDER BY segment_id`,
    [`%${likePrefix(name)}`],
  );
  const first = page.startIndex - 1;
  const groups = rows
    .slice(first, first + page.maxRows)
    .map(({ id, name: title, type }) => ({ id, name: title, type }));
  return { groups, total: rows.length };
}

/** The List segments of these names; those that nobody has yet are made. */
export async function ensureGroups(
  tx: Queryable,
  { names, now }: { readonly names: readonly string[]; readonly now: Instant },
): Promise<number[]> {
  // In one order everywhere, so that two callers never wait for each other in a circle.
  const sorted = [...new Set(names)].sort();
  await tx.query(
    `INSERT INTO segment (name, created_at) SELECT name, $2 FROM unnest($1::text[]) AS wanted (name)
     WHERE NOT EXISTS (SELECT FROM segment known WHERE known.name = wanted.name)
     ON CONFLICT (name) DO NOTHING`,
    [sorted, timestamp(now)],
  );
  return listIds(tx, { ids: [], names: sorted });
}

/** Those of the List segments that exist. */
export async function listIds(
  db: Queryable,
  { ids, names }: { readonly ids: readonly number[]; readonly names: readonly string[] },
): Promise<number[]> {
  const rows = await db.query<{ id: number }>(
    `SELECT segment_id AS id FROM segment
     WHERE kind = 'list' AND (segment_id = ANY($1::bigint[]) OR name = ANY($2)) ORDER BY segment_id`,
    [ids, names],
  );
  return rows.map(({ id }) => id);
}

/** Answers those that were in none of these rows before. */
export async function addMembers(
  tx: Queryable,
  members: { readonly groups: readonly number[]; readonly contacts: readonly ContactId[]; readonly now: Instant },
): Promise<ContactId[]> {
  const rows = await tx.query<{ contactId: ContactId }>(
    `INSERT INTO segment_member (segment_id, contact_id, since)
     SELECT g, c, $3 FROM unnest($1::int[]) g CROSS JOIN unnest($2::bigint[]) c ORDER BY g, c
     ON CONFLICT DO NOTHING RETURNING contact_id`,
    [members.groups, members.contacts, timestamp(members.now)],
  );
  return rows.map(({ contactId }) => contactId);
}

/** Also the memberships that came from contacts merged into these. Answers those of the contacts that had any. */
export async function removeMembers(
  tx: Queryable,
  members: { readonly groups: readonly number[]; readonly contacts: readonly ContactId[] },
): Promise<ContactId[]> {
  const rows = await tx.query<{ contactId: ContactId }>(
    `WITH person AS (SELECT contact_id, coalesce(merged_into, contact_id) AS survivor_id FROM contact
       WHERE contact_id = ANY($2) OR merged_into = ANY($2)),
     gone AS (DELETE FROM segment_member USING person
       WHERE segment_id = ANY($1::int[]) AND segment_member.contact_id = person.contact_id RETURNING survivor_id)
     SELECT DISTINCT survivor_id AS contact_id FROM gone`,
    [members.groups, members.contacts],
  );
  return rows.map(({ contactId }) => contactId);
}

/** Which of the contacts are in the group, by a row of theirs or of one merged into them. */
export async function findMembersAmong(
  tx: Queryable,
  { group, contacts }: { readonly group: number; readonly contacts: readonly ContactId[] },
): Promise<ContactId[]> {
  const rows = await tx.query<{ contactId: ContactId }>(
    `SELECT DISTINCT coalesce(c.merged_into, c.contact_id) AS contact_id FROM contact c
     JOIN segment_member m ON m.contact_id = c.contact_id AND m.segment_id = $1
     WHERE c.contact_id = ANY($2) OR c.merged_into = ANY($2)`,
    [group, contacts],
  );
  return rows.map(({ contactId }) => contactId);
}

export async function emptyGroup(tx: Queryable, group: number): Promise<void> {
  await tx.query("DELETE FROM segment_member WHERE segment_id = $1", [group]);
}

const MEMBERS = `
  SELECT DISTINCT survivor.contact_id
  FROM segment_member member
  JOIN contact named ON named.contact_id = member.contact_id
  JOIN contact survivor ON survivor.contact_id = coalesce(named.merged_into, named.contact_id)
  WHERE member.segment_id = $1 AND survivor.status = 'live'`;
const PAGE_OF_MEMBERS = `${MEMBERS} ORDER BY 1 LIMIT $2 OFFSET $3`;
const COUNT_OF_MEMBERS = `SELECT count(*) AS total FROM (${MEMBERS}) AS found`;

/** Live members in order of their ids. */
export async function listMembers(
  db: Queryable,
  { group, page }: { readonly group: number; readonly page: Page },
): Promise<{ readonly ids: ContactId[]; readonly total: number }> {
  const [rows, [count]] = await Promise.all([
    db.query<{ contactId: ContactId }>(PAGE_OF_MEMBERS, [group, page.maxRows, page.startIndex - 1]),
    db.query<{ total: number }>(COUNT_OF_MEMBERS, [group]),
  ]);
  return { ids: rows.map(({ contactId }) => contactId), total: count?.total ?? 0 };
}

/** The groups of these contacts and of those merged into them. */
export function listGroupsOf(
  db: Queryable,
  contacts: readonly ContactId[],
): Promise<(Group & { readonly contactId: ContactId })[]> {
  return db.queryNamed(
    "groups of contacts",
    `SELECT DISTINCT coalesce(named.merged_into, named.contact_id) AS contact_id, ${GROUP}
     FROM contact named JOIN segment_member USING (contact_id) JOIN segment USING (segment_id)
     WHERE named.contact_id = ANY($1) OR named.merged_into = ANY($1)
     ORDER BY contact_id, id`,
    [contacts],
  );
}

/** Of these ids and external ids, the live contacts they lead to. */
export async function findMembers(
  db: Queryable,
  { ids, externalIds }: { readonly ids: readonly number[]; readonly externalIds: readonly string[] },
): Promise<ContactId[]> {
  const rows = await db.query<{ contactId: ContactId }>(
    `SELECT survivor.contact_id FROM unnest($1::bigint[]) AS asked (contact_id)
       JOIN contact named USING (contact_id)
       JOIN contact survivor ON survivor.contact_id = coalesce(named.merged_into, named.contact_id)
       WHERE survivor.status = 'live'
     UNION ALL
     SELECT contact_id FROM unnest($2::text[]) AS asked (value)
       JOIN identifier USING (value) JOIN contact USING (contact_id) WHERE kind = 'external' AND status = 'live'`,
    [ids, externalIds],
  );
  return rows.map(({ contactId }) => contactId);
}

import { beforeAll, expect, test } from "vitest";
import type { ContactId } from "../../src/contract/identifiers.ts";
import { countContacts, listContacts, type ContactListRequest } from "../../src/server/contacts/index.ts";
import { testDatabase, type TestDatabase } from "../support/postgres.ts";

// Whoever is searched may lie close by or far away: the pages together are everybody, in order, either way.

const IMPORT = 7;
let db: TestDatabase;

/** Alternately close together and thousands of ids apart, every fifth deleted since. */
beforeAll(async () => {
  db = await testDatabase();
  await db.query(
    `INSERT INTO contact (contact_id, status, first_name, last_name, external_customer_id, contact_source, created_at, updated_at)
     OVERRIDING SYSTEM VALUE
     SELECT 1 + n + 5000 * (n / 40), CASE WHEN n % 5 = 4 THEN 'deleted' ELSE 'live' END::contact_status,
       CASE n % 3 WHEN 0 THEN 'Anna' ELSE 'Ben' END, CASE n % 4 WHEN 0 THEN 'Annable' END,
       CASE WHEN n % 2 = 0 THEN 'E' || n END, 'TEST', now(), now()
     FROM generate_series(0, 399) n`,
  );
  await db.query(
    `INSERT INTO channel (contact_id, type, value, spelling, status, source, created_at, updated_at)
     SELECT contact_id, 'email', 'ann' || contact_id || '@example.org', 'x', 'confirmed', 'TEST', now(), now()
     FROM contact WHERE contact_id % 7 = 0`,
  );
  await db.query(
    `INSERT INTO import (import_id, state, file_name, actor, created_at, touched_at)
     OVERRIDING SYSTEM VALUE VALUES ($1, 'finished', 'a.csv', 'admin:admin', now(), now())`,
    [IMPORT],
  );
  // Some of them twice, as when two rows of a file name one contact.
  await db.query(
    `INSERT INTO import_contacts (import_id, result, contact_ids)
     SELECT $1::integer, 'created', array_agg(contact_id) FROM contact WHERE contact_id % 3 > 0 GROUP BY contact_id % 2
     UNION ALL SELECT $1::integer, 'created', array_agg(contact_id) FROM contact WHERE contact_id % 9 = 1`,
    [IMPORT],
  );
});

interface Person {
  readonly id: ContactId;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly externalCustomerId: string | null;
}
const isAnn = ({ id, firstName, lastName }: Person) => firstName === "Anna" || lastName !== null || id % 7 === 0;

const CASES: readonly (readonly [string, Omit<ContactListRequest, "limit">, (person: Person) => boolean])[] = [
  ["everybody", {}, () => true],
  ["the beginning of a name or an address", { search: "ann" }, isAnn],
  ["two words", { search: "Anna Annab" }, ({ firstName, lastName }) => firstName === "Anna" && lastName !== null],
  ["an import", { import: IMPORT }, ({ id }) => id % 3 > 0],
  ["an import and a search", { import: IMPORT, search: "ann" }, (person) => person.id % 3 > 0 && isAnn(person)],
  [
    "a search without an external id",
    { search: "ann", externalId: "empty" },
    (person) => person.externalCustomerId === null && isAnn(person),
  ],
  ["nobody", { search: "zoe" }, () => false],
];

for (const [name, request, isMeant] of CASES)
  for (const order of ["newest", "oldest"] as const)
    test(`the pages of a list name each of them once and in order: ${name}, ${order} first`, async () => {
      const live = await db.query<Person>(
        "SELECT contact_id AS id, first_name, last_name, external_customer_id FROM contact WHERE status = 'live'",
      );
      const expected = live
        .filter(isMeant)
        .map(({ id }) => id)
        .sort((a, b) => (order === "newest" ? b - a : a - b));
      expect(await countContacts(db, request)).toBe(expected.length);
      for (const limit of [3, 25, 200]) {
        const listed: ContactId[] = [];
        let after: ContactId | undefined;
        do {
          const page = await listContacts(db, { ...request, order, limit, ...(after !== undefined && { after }) });
          expect(page.contacts.length).toBeLessThanOrEqual(limit);
          listed.push(...page.contacts.map(({ id }) => id));
          after = page.next;
        } while (after !== undefined && listed.length <= expected.length);
        expect(listed).toEqual(expected);
      }
    });

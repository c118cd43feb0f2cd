import type { ContactId } from "../../../contract/identifiers.ts";
import type { Transaction } from "../../db/database.ts";
import type { Channel, Contact, Identifier } from "../facts.ts";
import type { Key } from "../locks.ts";
import { profileFrom } from "../store.ts";
import type { ContactRow } from "../locks.ts";

/** Who holds a key. */
export interface Holder {
  readonly contactId: ContactId;
  readonly status: "live" | "deleted";
}

export const nameOf = ({ kind, value }: Pick<Key, "kind" | "value">): string => `${kind} ${value}`;

const HOLDERS = `
  SELECT named.kind, named.value, held.contact_id, held.status
  FROM unnest($1::identifier_kind[], $2::text[]) AS named (kind, value)
    CROSS JOIN LATERAL (
      SELECT i.contact_id, c.status FROM identifier i JOIN contact c USING (contact_id)
      WHERE i.kind = named.kind AND i.value = named.value LIMIT 1) held`;

/** Those of the keys that somebody holds, by {@link nameOf}. */
export async function findHolders(tx: Transaction, keys: readonly Key[]): Promise<ReadonlyMap<string, Holder>> {
  if (keys.length === 0) return new Map();
  const rows = await tx.queryNamed<Holder & Key>("many holders", HOLDERS, [
    keys.map(({ kind }) => kind),
    keys.map(({ value }) => value),
  ]);
  return new Map(rows.map(({ kind, value, contactId, status }) => [nameOf({ kind, value }), { contactId, status }]));
}

const LOCK = `
  SELECT contact_id FROM contact WHERE contact_id = ANY($1::bigint[]) AND status <> 'merged'
  ORDER BY contact_id FOR UPDATE`;

/** Locks the rows of contacts in the order of their ids, as every request does: see `lockContacts`. */
export async function lockContactRows(tx: Transaction, contactIds: readonly ContactId[]): Promise<void> {
  if (contactIds.length > 0) await tx.queryNamed("many lock", LOCK, [contactIds]);
}

const CONTACTS = `
  SELECT contact_id, status, contact_source, created_at, deleted_at, first_name, last_name, language_code, time_zone,
    region, town, address, postcode, country_code, attributes, fields, provenance
  FROM contact WHERE contact_id = ANY($1::bigint[]) AND status IN ('live', 'deleted')`;
const IDENTIFIERS = `
  SELECT contact_id, kind, value, proof, since FROM identifier WHERE contact_id = ANY($1::bigint[]) ORDER BY since, kind, value`;
const CHANNELS = `
  SELECT contact_id, type, value, spelling, status, current, withheld, details, source, created_at, updated_at,
    confirmed_at
  FROM channel WHERE contact_id = ANY($1::bigint[])`;

/** What rows of an upload need to know of the contacts they are about. Live and deleted ones only. */
export async function loadPeople(
  tx: Transaction,
  contactIds: readonly ContactId[],
): Promise<ReadonlyMap<ContactId, Contact>> {
  if (contactIds.length === 0) return new Map();
  const [contacts, identifiers, channels] = [
    await tx.queryNamed<ContactRow>("many contacts", CONTACTS, [contactIds]),
    await tx.queryNamed<Identifier & { contactId: ContactId }>("many identifiers", IDENTIFIERS, [contactIds]),
    await tx.queryNamed<Channel & { contactId: ContactId }>("many channels", CHANNELS, [contactIds]),
  ];
  const keysOf = grouped(identifiers);
  const channelsOf = grouped(channels);
  return new Map(
    contacts.map((row): [ContactId, Contact] => [
      row.contactId,
      {
        id: row.contactId,
        status: row.status === "deleted" ? "deleted" : "live",
        contactSource: row.contactSource,
        createdAt: row.createdAt,
        ...profileFrom(row),
        identifiers: keysOf.get(row.contactId) ?? [],
        channels: channelsOf.get(row.contactId) ?? [],
        // Only merges and bindings ask for these; rows that need them go through `resolveInTransaction`.
        bindings: 0,
        merges: 0,
        apartFrom: [],
      },
    ]),
  );
}

function grouped<Row extends { readonly contactId: ContactId }>(rows: readonly Row[]): Map<ContactId, Row[]> {
  const groups = new Map<ContactId, Row[]>();
  for (const row of rows) {
    const group = groups.get(row.contactId);
    if (group === undefined) groups.set(row.contactId, [row]);
    else group.push(row);
  }
  return groups;
}

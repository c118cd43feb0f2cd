import type { ContactId } from "../../../contract/identifiers.ts";
import type { Transaction } from "../../db/database.ts";
import type { Channel, Contact, Identifier } from "../facts.ts";
import type { Key } from "../locks.ts";
import { profileFrom } from "../store.ts";
import type { ContactRow } from "../locks.ts";

export const nameOf = ({ kind, value }: Pick<Key, "kind" | "value">): string => `${kind} ${value}`;

const HOLDERS = `
  SELECT kind, value, held.contact_id FROM unnest($1::identifier_kind[], $2::text[]) AS named (kind, value)
    CROSS JOIN LATERAL (
      SELECT contact_id FROM identifier WHERE kind = named.kind AND value = named.value LIMIT 1) held`;

/**
 * Those of the keys that somebody holds, by {@link nameOf}. Planned anew each time, like everything here: a plan that was
 * made while the tables were small is a bad one for a thousand rows of large ones, and planning costs nothing beside them.
 */
export async function findHolders(tx: Transaction, keys: readonly Key[]): Promise<ReadonlyMap<string, ContactId>> {
  if (keys.length === 0) return new Map();
  const rows = await tx.query<Key & { readonly contactId: ContactId }>(HOLDERS, [
    keys.map(({ kind }) => kind),
    keys.map(({ value }) => value),
  ]);
  return new Map(rows.map((row) => [nameOf(row), row.contactId]));
}

const CONTACTS = `
  SELECT contact_id, status, contact_source, created_at, deleted_at, first_name, last_name, language_code, time_zone,
    region, town, address, postcode, country_code, attributes, fields, provenance
  FROM contact WHERE contact_id = ANY($1::bigint[])`;
// In the order of their ids, as every request locks them: see `lockContacts`.
const LOCKED = `${CONTACTS} AND status <> 'merged' ORDER BY contact_id FOR UPDATE`;
const IDENTIFIERS = `
  SELECT contact_id, kind, value, proof, since FROM identifier WHERE contact_id = ANY($1::bigint[]) ORDER BY since, kind, value`;
const CHANNELS = `
  SELECT contact_id, type, value, spelling, status, current, withheld, details, source, created_at, updated_at,
    confirmed_at
  FROM channel WHERE contact_id = ANY($1::bigint[])`;

/** What rows of an upload need to know of the contacts they are about. Live and deleted ones only. */
export function loadPeople(
  tx: Transaction,
  contactIds: readonly ContactId[],
): Promise<ReadonlyMap<ContactId, Contact>> {
  return load(tx, CONTACTS, contactIds);
}

/** The same, and nobody else changes them until the transaction ends. */
export function lockAndLoadPeople(
  tx: Transaction,
  contactIds: readonly ContactId[],
): Promise<ReadonlyMap<ContactId, Contact>> {
  return load(tx, LOCKED, contactIds);
}

async function load(
  tx: Transaction,
  statement: string,
  contactIds: readonly ContactId[],
): Promise<ReadonlyMap<ContactId, Contact>> {
  if (contactIds.length === 0) return new Map();
  // One after the other: what belongs to a contact is read under its lock.
  const contacts = await tx.query<ContactRow>(statement, [contactIds]);
  const identifiers = await tx.query<Identifier & { contactId: ContactId }>(IDENTIFIERS, [contactIds]);
  const channels = await tx.query<Channel & { contactId: ContactId }>(CHANNELS, [contactIds]);
  const keysOf = grouped(identifiers);
  const channelsOf = grouped(channels);
  return new Map(
    contacts
      .filter(isThere)
      .map((row) => [row.contactId, contactFrom(row, keysOf.get(row.contactId), channelsOf.get(row.contactId))]),
  );
}

type There = ContactRow & { readonly status: "live" | "deleted" };
const isThere = (row: ContactRow): row is There => row.status === "live" || row.status === "deleted";

function contactFrom(
  row: There,
  identifiers: Contact["identifiers"] = [],
  channels: Contact["channels"] = [],
): Contact {
  const { contactId: id, status, contactSource, createdAt } = row;
  return {
    id,
    status,
    contactSource,
    createdAt,
    ...profileFrom(row),
    identifiers,
    channels,
    // Only merges and bindings ask for these; rows that need them go through `resolveInTransaction`.
    bindings: 0,
    merges: 0,
    apartFrom: [],
  };
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

import type { ContactId } from "../../../contract/identifiers.ts";
import type { Transaction } from "../../db/database.ts";
import type { Key } from "../locks.ts";
import { profileFrom } from "../store.ts";
import type { ContactRow } from "../locks.ts";
import type { Known, KnownChannel } from "./easy-rules.ts";

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
  SELECT contact_id, status, first_name, last_name, language_code, time_zone, region, town, address, postcode, country_code,
    attributes, fields, provenance
  FROM contact WHERE contact_id = ANY($1::bigint[])`;
// In the order of their ids, as every request locks them: see `lockContacts`.
const LOCKED = `${CONTACTS} AND status <> 'merged' ORDER BY contact_id FOR UPDATE`;
const IDENTIFIERS = "SELECT contact_id, kind, value, proof FROM identifier WHERE contact_id = ANY($1::bigint[])";
const CHANNELS = `
  SELECT contact_id, type, value, status, current, withheld FROM channel WHERE contact_id = ANY($1::bigint[])`;

/** What rows of an upload need to know of the contacts they are about. Live and deleted ones only. */
export function loadPeople(tx: Transaction, contactIds: readonly ContactId[]): Promise<ReadonlyMap<ContactId, Known>> {
  return load(tx, CONTACTS, contactIds);
}

/** The same, and nobody else changes them until the transaction ends. */
export function lockAndLoadPeople(
  tx: Transaction,
  contactIds: readonly ContactId[],
): Promise<ReadonlyMap<ContactId, Known>> {
  return load(tx, LOCKED, contactIds);
}

type Row = Omit<ContactRow, "contactSource" | "createdAt" | "deletedAt">;

async function load(
  tx: Transaction,
  statement: string,
  contactIds: readonly ContactId[],
): Promise<ReadonlyMap<ContactId, Known>> {
  if (contactIds.length === 0) return new Map();
  // One after the other: what belongs to a contact is read under its lock.
  const contacts = await tx.query<Row>(statement, [contactIds]);
  const identifiers = await tx.query<Known["identifiers"][number] & Owned>(IDENTIFIERS, [contactIds]);
  const channels = await tx.query<KnownChannel & Owned>(CHANNELS, [contactIds]);
  const keysOf = grouped(identifiers);
  const channelsOf = grouped(channels);
  const people = new Map<ContactId, Known>();
  for (const row of contacts) {
    const { contactId: id, status } = row;
    if (status !== "live" && status !== "deleted") continue;
    const { values, provenance } = profileFrom(row);
    const [keys, addresses] = [keysOf.get(id) ?? [], channelsOf.get(id) ?? []];
    people.set(id, { id, status, values, provenance, identifiers: keys, channels: addresses });
  }
  return people;
}

interface Owned {
  readonly contactId: ContactId;
}

function grouped<Row extends Owned>(rows: readonly Row[]): Map<ContactId, Row[]> {
  const groups = new Map<ContactId, Row[]>();
  for (const row of rows) {
    const group = groups.get(row.contactId);
    if (group === undefined) groups.set(row.contactId, [row]);
    else group.push(row);
  }
  return groups;
}

import type { ContactId } from "../../../contract/identifiers.ts";
import type { Transaction } from "../../db/database.ts";
import type { ContactRow, Key } from "../locks.ts";
import { profileFrom } from "../store.ts";
import type { Profile } from "../values.ts";
import type { Known, KnownChannel } from "./easy-rules.ts";

export const nameOf = ({ kind, value }: Pick<Key, "kind" | "value">): string => `${kind} ${value}`;

/** One row for all of them: a thousand would each be taken apart by the driver. */
const HOLDERS = `
  SELECT json_agg(place) AS places, json_agg(held.contact_id) AS contact_ids,
    EXISTS (SELECT FROM erased_identifier) OR EXISTS (SELECT FROM erased_source) AS erased,
    EXISTS (SELECT FROM suppression) AS suppressed,
    EXISTS (SELECT FROM pending_claim WHERE awaits_contact) AS awaited
  FROM unnest($1::identifier_kind[], $2::text[]) WITH ORDINALITY AS named (kind, value, place)
    CROSS JOIN LATERAL (
      SELECT contact_id FROM identifier WHERE kind = named.kind AND value = named.value LIMIT 1) held`;

/** Of which there is anybody at all beside the contacts. */
export type Remembered = ReadonlySet<"erased" | "suppressed" | "awaited">;

export interface Holders {
  /** Those of the keys that somebody holds, by {@link nameOf}. */
  readonly holders: ReadonlyMap<string, ContactId>;
  readonly remembered: Remembered;
}

/** Places count from 1. */
type Held = Readonly<Record<"erased" | "suppressed" | "awaited", boolean>> & {
  readonly places: readonly number[] | null;
  readonly contactIds: readonly ContactId[] | null;
};

/**
 * Planned anew each time, like everything here: a plan that was made while the tables were small is a bad one for a
 * thousand rows of large ones, and planning costs nothing beside them.
 */
export async function findHolders(tx: Transaction, keys: readonly Key[]): Promise<Holders> {
  const [held] = await tx.query<Held>(HOLDERS, [keys.map(({ kind }) => kind), keys.map(({ value }) => value)]);
  const holders = new Map<string, ContactId>();
  held?.places?.forEach((place, n) => {
    const [key, contactId] = [keys[place - 1], held.contactIds?.[n]];
    if (key !== undefined && contactId !== undefined) holders.set(nameOf(key), contactId);
  });
  const remembered = (["erased", "suppressed", "awaited"] as const).filter((kind) => held?.[kind] === true);
  return { holders, remembered: new Set(remembered) };
}

const CONTACTS = `
  SELECT contact_id, status, first_name, last_name, language_code, time_zone, region, town, address, postcode, country_code,
    attributes, fields, provenance
  FROM contact WHERE contact_id = ANY($1::bigint[])`;
// In the order of their ids, as every request locks them: see `lockContacts`.
const LOCK = "AND status <> 'merged' ORDER BY contact_id FOR UPDATE";
const LOCKED = `${CONTACTS} ${LOCK}`;
const LOCKED_BARE = `SELECT contact_id, status FROM contact WHERE contact_id = ANY($1::bigint[]) ${LOCK}`;
const BELONGINGS = `
  SELECT contact_id, kind::text, value, proof::text, NULL AS status, NULL::boolean AS current, NULL::boolean AS withheld
  FROM identifier WHERE contact_id = ANY($1::bigint[])
  UNION ALL
  SELECT contact_id, type::text, value, NULL, status::text, current, withheld
  FROM channel WHERE contact_id = ANY($1::bigint[])`;

/** What rows of an upload need to know of the contacts they are about. Live and deleted ones only. */
export function loadPeople(tx: Transaction, contactIds: readonly ContactId[]): Promise<ReadonlyMap<ContactId, Known>> {
  return load(tx, CONTACTS, contactIds);
}

/**
 * The same, and nobody else changes them until the transaction ends. `bare`: what is said about them is left unread, for rows
 * that say nothing but keys.
 */
export function lockAndLoadPeople(
  tx: Transaction,
  contactIds: readonly ContactId[],
  how: "whole" | "bare",
): Promise<ReadonlyMap<ContactId, Known>> {
  return load(tx, how === "bare" ? LOCKED_BARE : LOCKED, contactIds);
}

type BareRow = Pick<ContactRow, "contactId" | "status">;
type Row = BareRow | Omit<ContactRow, "contactSource" | "createdAt" | "deletedAt">;

async function load(
  tx: Transaction,
  statement: string,
  contactIds: readonly ContactId[],
): Promise<ReadonlyMap<ContactId, Known>> {
  if (contactIds.length === 0) return new Map();
  // One after the other: what belongs to a contact is read under its lock.
  const contacts = await tx.query<Row>(statement, [contactIds]);
  const belongings = await tx.query<Belonging>(BELONGINGS, [contactIds]);
  const keysOf = new Map<ContactId, Known["identifiers"][number][]>();
  const channelsOf = new Map<ContactId, KnownChannel[]>();
  for (const one of belongings)
    if (one.proof === null) {
      const { kind: type, value, status, current, withheld } = one;
      add(channelsOf, one.contactId, { type, value, status, current, withheld });
    } else {
      const { kind, value, proof } = one;
      add(keysOf, one.contactId, { kind, value, proof });
    }
  const people = new Map<ContactId, Known>();
  for (const row of contacts) {
    const { contactId: id, status } = row;
    if (status !== "live" && status !== "deleted") continue;
    const { values, provenance } = "provenance" in row ? profileFrom(row) : NOTHING_READ;
    const [keys, addresses] = [keysOf.get(id) ?? [], channelsOf.get(id) ?? []];
    people.set(id, { id, status, values, provenance, identifiers: keys, channels: addresses });
  }
  return people;
}

const NOTHING_READ: Profile = { values: {}, provenance: {} };

/** A key, or an address. */
type Belonging = { readonly contactId: ContactId; readonly value: string } & (
  | Pick<Known["identifiers"][number], "kind" | "proof">
  | (Omit<KnownChannel, "type"> & { readonly kind: KnownChannel["type"]; readonly proof: null })
);

function add<Thing>(lists: Map<ContactId, Thing[]>, owner: ContactId, thing: Thing): void {
  const list = lists.get(owner);
  if (list === undefined) lists.set(owner, [thing]);
  else list.push(thing);
}

import type { ChannelType, Group } from "../../contract/contacts.ts";
import type { Field } from "../../contract/fields.ts";
import type { ContactId } from "../../contract/identifiers.ts";
import type { Queryable } from "../db/database.ts";
import { listFields, type FieldValue } from "../fields/index.ts";
import { listGroupsOf } from "./group-store.ts";

/** What an id leads to. Every id ever handed out leads somewhere; a merged one to the contact that survived. */
export type ContactState =
  | { readonly kind: "live" | "deleted"; readonly contactId: ContactId }
  | { readonly kind: "erased" }
  | { readonly kind: "unknown" };

type StateRow = { readonly status: "live" | "deleted" | "erased" | "merged"; readonly contactId: ContactId };

export async function findContactState(db: Queryable, id: ContactId): Promise<ContactState> {
  return stateOf(
    await db.queryNamed<StateRow>(
      "contact state by id",
      `SELECT survivor.status, survivor.contact_id
       FROM contact asked JOIN contact survivor ON survivor.contact_id = coalesce(asked.merged_into, asked.contact_id)
       WHERE asked.contact_id = $1`,
      [id],
    ),
  );
}

export async function findByExternalId(db: Queryable, externalCustomerId: string): Promise<ContactState> {
  return stateOf(
    await db.queryNamed<StateRow>(
      "contact state by external id",
      `SELECT status, contact_id FROM identifier JOIN contact USING (contact_id)
       WHERE kind = 'external' AND value = $1 AND status IN ('live', 'deleted')`,
      [externalCustomerId],
    ),
  );
}

/** Those of the external ids that a live or deleted contact has. */
export async function findByExternalIds(
  db: Queryable,
  externalIds: readonly string[],
): Promise<ReadonlyMap<string, ContactState>> {
  const rows = await db.queryNamed<StateRow & { readonly externalCustomerId: string }>(
    "contact states by external id",
    `SELECT found.* FROM unnest($1::text[]) AS asked (id)
       CROSS JOIN LATERAL (SELECT value AS external_customer_id, status, contact_id
         FROM identifier JOIN contact USING (contact_id)
         WHERE kind = 'external' AND value = asked.id AND status IN ('live', 'deleted') LIMIT 1) found`,
    [externalIds],
  );
  return new Map(rows.map((row) => [row.externalCustomerId, stateOf([row])]));
}

function stateOf([row]: readonly StateRow[]): ContactState {
  if (row === undefined) return { kind: "unknown" };
  if (row.status === "live" || row.status === "deleted") return { kind: row.status, contactId: row.contactId };
  return { kind: "erased" };
}

export interface ChannelRecord {
  readonly type: ChannelType;
  readonly value: string;
  readonly spelling: string;
  readonly details: unknown;
}

/** A contact with what the contact API shows of it. */
export interface ContactRecord {
  readonly id: ContactId;
  readonly externalCustomerId: string | null;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly languageCode: string | null;
  readonly timeZone: string | null;
  readonly region: string | null;
  readonly town: string | null;
  readonly address: string | null;
  readonly postcode: string | null;
  readonly countryCode: string | null;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** By the number of the field; those of deleted fields may still be among them. */
  readonly fields: Readonly<Record<string, FieldValue>>;
  /** The additional fields there are. */
  readonly knownFields: readonly Field[];
  readonly channels: readonly ChannelRecord[];
  readonly groups: readonly Group[];
}

/** In the order of the ids; what is not live or deleted is left out. */
export async function readRecords(db: Queryable, ids: readonly ContactId[]): Promise<ContactRecord[]> {
  const contacts = await db.queryNamed<Omit<ContactRecord, "channels" | "groups" | "knownFields">>(
    "contact records",
    `SELECT contact_id AS id, external_customer_id, first_name, last_name, language_code, time_zone, region, town,
            address, postcode, country_code, attributes, fields
     FROM contact JOIN unnest($1::bigint[]) WITH ORDINALITY AS asked (contact_id, place) USING (contact_id)
     WHERE status IN ('live', 'deleted') ORDER BY place`,
    [ids],
  );
  const channels = await db.queryNamed<ChannelRecord & { readonly contactId: ContactId }>(
    "contact record channels",
    `SELECT contact_id, type, value, spelling, details FROM channel
     WHERE contact_id = ANY($1) AND current ORDER BY type, created_at, value`,
    [ids],
  );
  const groups = await listGroupsOf(db, ids);
  const knownFields = contacts.some(({ fields }) => Object.keys(fields).length > 0) ? await listFields(db) : [];
  return contacts.map((contact) => ({
    ...contact,
    knownFields,
    channels: channels.filter(({ contactId }) => contactId === contact.id),
    groups: groups
      .filter(({ contactId }) => contactId === contact.id)
      .map(({ id, name, type }) => ({ id, name, type })),
  }));
}

export async function findExternalId(db: Queryable, contactId: ContactId): Promise<string | undefined> {
  const [row] = await db.query<{ externalCustomerId: string | null }>(
    "SELECT external_customer_id FROM contact WHERE contact_id = $1",
    [contactId],
  );
  return row?.externalCustomerId ?? undefined;
}

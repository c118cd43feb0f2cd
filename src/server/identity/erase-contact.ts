import type { ContactId, Instant } from "../../contract/identifiers.ts";
import { timestamp, type Transaction } from "../db/database.ts";
import { lockSurvivor, type ContactOrder } from "./delete-contact.ts";
import { removeErasedEvents } from "./erased-events.ts";
import type { IdentifierKind } from "./facts.ts";
import { keyedHash } from "./keyed-hash.ts";
import type { IdentityDeps } from "./resolve.ts";
import { retried } from "./retried.ts";
import { writeAudit } from "./write-audit.ts";

/** What an erasure was about, for whoever else keeps something about this person. Gone when the transaction ends. */
export interface ErasedPerson {
  readonly contactIds: readonly ContactId[];
  readonly identifiers: readonly { readonly kind: IdentifierKind; readonly value: string }[];
  readonly addresses: readonly ErasedAddress[];
  readonly visitorIds: readonly string[];
  readonly deviceIds: readonly string[];
  /** Where its events lie. */
  readonly stretches: readonly ErasedStretch[];
}

/** Half-open; both ends may be infinite. */
export interface ErasedStretch {
  readonly sourceKind: "visitor" | "device" | "contact";
  readonly sourceId: string;
  readonly validFrom: Instant;
  readonly validTo: Instant;
}

export interface ErasedAddress {
  readonly type: string;
  readonly value: string;
  /** As the person wrote it. */
  readonly spelling: string;
  /** Somebody else has the address too, so what is kept about it may be theirs. */
  readonly shared: boolean;
}

export type EraseOutcome =
  | { readonly kind: "erased"; readonly contactId: ContactId; readonly erasureId?: number; readonly changed: boolean }
  | { readonly kind: "unknown" };

/**
 * The person disappears, with every contact merged into this one: the contact as such in one transaction, in which
 * `within` removes what other tables hold; the events right after, in batches. Keyed hashes stay, so that a late replay
 * is recognised and a bulk upload does not bring the person back.
 */
export async function eraseContact(
  deps: IdentityDeps,
  order: ContactOrder,
  within?: (tx: Transaction, person: ErasedPerson) => Promise<void>,
): Promise<EraseOutcome> {
  const outcome = await retried(deps.db, async (tx): Promise<EraseOutcome> => {
    const contact = await lockSurvivor(tx, order.contactId);
    if (contact === undefined) return { kind: "unknown" };
    const { contactId } = contact;
    if (contact.status === "erased") return { kind: "erased", contactId, changed: false };
    const person = await readPerson(tx, contactId);
    const stretches = await tx.query<Stretch>(STRETCHES, [contactId]);
    await within?.(tx, {
      ...person,
      visitorIds: idsOf("visitor", stretches),
      deviceIds: idsOf("device", stretches),
      stretches: stretches.map(({ validTo, ...stretch }) => ({ ...stretch, validTo: validTo ?? Infinity })),
    });
    const erasureId = await writeTombstones(tx, { deps, order, contactId, person, stretches });
    await forget(tx, person, order);
    await writeAudit(tx, [{ action: "erase", contact: contactId }], {
      secretKey: deps.secretKey,
      at: order.at,
      cause: order.cause,
      idOf: () => contactId,
    });
    return { kind: "erased", contactId, erasureId, changed: true };
  });
  await removeErasedEvents(deps.db, order.at);
  return outcome;
}

interface Stretch {
  readonly sourceKind: "visitor" | "device" | "contact";
  readonly sourceId: string;
  readonly validFrom: Instant;
  readonly validTo: Instant | null;
}

const idsOf = (kind: Stretch["sourceKind"], stretches: readonly Stretch[]) => [
  ...new Set(stretches.flatMap(({ sourceKind, sourceId }) => (sourceKind === kind ? [sourceId] : []))),
];

const STRETCHES = `
  SELECT source_kind, source_id, valid_from, valid_to FROM binding WHERE contact_id = $1
  UNION ALL
  SELECT 'contact', contact_id::text, '-infinity', NULL FROM contact WHERE contact_id = $1 OR merged_into = $1`;

const ADDRESSES = `
  SELECT type, value, spelling, EXISTS (SELECT FROM channel other
    WHERE other.type = mine.type AND other.value = mine.value AND other.contact_id <> $1) AS shared
  FROM channel mine WHERE contact_id = $1`;

type Person = Omit<ErasedPerson, "visitorIds" | "deviceIds" | "stretches">;

async function readPerson(tx: Transaction, contactId: ContactId): Promise<Person> {
  const rows = await tx.query<{ contactId: ContactId }>(
    "SELECT contact_id FROM contact WHERE contact_id = $1 OR merged_into = $1 ORDER BY contact_id",
    [contactId],
  );
  const identifiers = await tx.query<{ kind: IdentifierKind; value: string }>(
    "SELECT kind, value FROM identifier WHERE contact_id = $1",
    [contactId],
  );
  const addresses = await tx.query<ErasedAddress>(ADDRESSES, [contactId]);
  return { contactIds: rows.map((row) => row.contactId), identifiers, addresses };
}

interface Burial {
  readonly deps: IdentityDeps;
  readonly order: ContactOrder;
  readonly contactId: ContactId;
  readonly person: Person;
  readonly stretches: readonly Stretch[];
}

const BURY_IDENTIFIERS = `
  INSERT INTO erased_identifier (kind, identifier_hmac, erased_at)
  SELECT *, $3::timestamptz FROM unnest($1::identifier_kind[], $2::bytea[]) ON CONFLICT DO NOTHING`;
const BURY_SOURCES = `
  INSERT INTO erased_source (source_kind, source_hmac, valid_from, valid_to, erased_at)
  SELECT *, $5::timestamptz FROM unnest($1::source_kind[], $2::bytea[], $3::timestamptz[], $4::timestamptz[])`;
const RECEIPT = `
  INSERT INTO erasure (contact_id, requested_at, actor, request_id) VALUES ($1, $2, $3, $4) RETURNING erasure_id`;
const WORK = `
  INSERT INTO erasure_work (erasure_id, source_kind, source_id, valid_from, valid_to)
  SELECT $1, * FROM unnest($2::source_kind[], $3::text[], $4::timestamptz[], $5::timestamptz[])`;

async function writeTombstones(
  tx: Transaction,
  { deps, order, contactId, person, stretches }: Burial,
): Promise<number> {
  const at = timestamp(order.at);
  const hash = (kind: string, value: string) => keyedHash(deps.secretKey, kind, value);
  await tx.query(BURY_IDENTIFIERS, [
    person.identifiers.map(({ kind }) => kind),
    person.identifiers.map(({ kind, value }) => hash(kind, value)),
    at,
  ]);
  const kinds = stretches.map(({ sourceKind }) => sourceKind);
  const from = stretches.map(({ validFrom }) => timestamp(validFrom));
  const hashes = stretches.map(({ sourceKind, sourceId }) => hash(sourceKind, sourceId));
  const until = stretches.map(({ validTo }) => (validTo === null ? null : timestamp(validTo)));
  await tx.query(BURY_SOURCES, [kinds, hashes, from, until, at]);
  const { actor, requestId } = order.cause;
  const [receipt] = await tx.query<{ erasureId: number }>(RECEIPT, [contactId, at, actor, requestId]);
  if (receipt === undefined) throw new Error("An insert answered no row.");
  const ends = stretches.map(({ validTo }) => timestamp(validTo ?? Infinity));
  await tx.query(WORK, [receipt.erasureId, kinds, stretches.map(({ sourceId }) => sourceId), from, ends]);
  return receipt.erasureId;
}

interface Forgetting {
  readonly contacts: readonly ContactId[];
  readonly at: string;
  readonly externals: readonly string[];
  readonly emails: readonly string[];
  readonly phones: readonly string[];
}

const FORGET: readonly (readonly [string, ...(keyof Forgetting)[]])[] = [
  [
    `DELETE FROM shared_source s USING binding b WHERE b.contact_id = ANY($1::bigint[])
       AND s.source_kind = b.source_kind AND s.source_id = b.source_id AND NOT EXISTS (SELECT FROM binding other
         WHERE other.source_kind = b.source_kind AND other.source_id = b.source_id AND other.contact_id <> b.contact_id)`,
    "contacts",
  ],
  [
    `DELETE FROM pending_claim WHERE external_customer_id = ANY($2::text[]) OR email = ANY($3::text[])
       OR phone = ANY($4::text[]) OR EXISTS (SELECT FROM binding b
         WHERE b.contact_id = ANY($1::bigint[]) AND b.source_kind = 'visitor' AND b.source_id = visitor_id
           AND claimed_at >= b.valid_from AND claimed_at <= coalesce(b.valid_to, 'infinity'))`,
    "contacts",
    "externals",
    "emails",
    "phones",
  ],
  [
    // The row stays as the memory that makes a replay harmless; it says nothing any more.
    `UPDATE identity_message m SET visitor_id = '', payload = NULL, origin = NULL, error = NULL,
       carried_out_at = coalesce(carried_out_at, $2::timestamptz)
     FROM binding b WHERE b.contact_id = ANY($1::bigint[]) AND b.source_kind = 'visitor' AND m.visitor_id = b.source_id
       AND m.occurred_at >= b.valid_from AND m.occurred_at <= coalesce(b.valid_to, 'infinity')`,
    "contacts",
    "at",
  ],
  [
    `UPDATE identity_audit a SET source_id = NULL, after = NULL, url = NULL
     FROM binding b WHERE b.contact_id = ANY($1::bigint[]) AND a.contact_id IS NULL
       AND a.source_kind = b.source_kind AND a.source_id = b.source_id`,
    "contacts",
  ],
  ["DELETE FROM binding WHERE contact_id = ANY($1::bigint[])", "contacts"],
  ["DELETE FROM identifier WHERE contact_id = ANY($1::bigint[])", "contacts"],
  ["DELETE FROM channel WHERE contact_id = ANY($1::bigint[])", "contacts"],
  ["DELETE FROM do_not_merge WHERE lower_id = ANY($1::bigint[]) OR higher_id = ANY($1::bigint[])", "contacts"],
  [
    `UPDATE merge_log SET winner_before = NULL, loser_before = NULL
     WHERE winner_id = ANY($1::bigint[]) OR loser_id = ANY($1::bigint[])`,
    "contacts",
  ],
  [
    `UPDATE identity_audit SET source_id = NULL, before = NULL, after = NULL, url = NULL
     WHERE contact_id = ANY($1::bigint[]) OR other_contact_id = ANY($1::bigint[])`,
    "contacts",
  ],
  [
    `UPDATE contact SET external_customer_id = NULL, first_name = NULL, last_name = NULL, language_code = NULL,
       time_zone = NULL, region = NULL, town = NULL, address = NULL, postcode = NULL, country_code = NULL,
       attributes = '{}', fields = '{}', provenance = '{}', deleted_at = NULL, version = version + 1, updated_at = $2::timestamptz,
       status = CASE status WHEN 'merged' THEN status ELSE 'erased' END
     WHERE contact_id = ANY($1::bigint[])`,
    "contacts",
    "at",
  ],
];

async function forget(tx: Transaction, person: Person, order: ContactOrder): Promise<void> {
  const { contactIds, identifiers, addresses } = person;
  const keys = (kind: IdentifierKind) => identifiers.flatMap((it) => (it.kind === kind ? [it.value] : []));
  const written = (type: string) => addresses.flatMap((it) => (it.type === type ? [it.value] : []));
  const values: Forgetting = {
    contacts: contactIds,
    at: timestamp(order.at),
    externals: keys("external"),
    emails: [...keys("email"), ...written("email")],
    phones: [...keys("phone"), ...written("sms")],
  };
  for (const [statement, ...names] of FORGET) {
    await tx.query(
      statement,
      names.map((name) => values[name]),
    );
  }
}

import type { ContactId, Instant } from "../../contract/identifiers.ts";
import { timestamp, type Transaction } from "../db/database.ts";
import type { Channel, Contact, Facts, Identifier, PendingClaim, SourceFacts } from "./facts.ts";
import { keyedHash } from "./keyed-hash.ts";
import { lockContacts, type ContactRow } from "./locks.ts";
import { apart, look, placed, sourcesOf, type Candidates } from "./look.ts";
import type { NormalRequest } from "./normal-request.ts";
import { LookAgain } from "./retried.ts";
import { addressHash, suppressedFrom, type SuppressionRow } from "./suppressions.ts";
import { flattenFields, type Provenance, type FieldName } from "./values.ts";

const MS = (column: string) => `(extract(epoch FROM ${column}) * 1000)::float8`;

const PEOPLE = `
  SELECT
    (SELECT json_agg(json_build_object('contactId', contact_id, 'kind', kind, 'value', value, 'proof', proof,
        'since', ${MS("since")}) ORDER BY since, kind, value)
      FROM identifier WHERE contact_id = ANY($1::bigint[])) AS identifiers,
    (SELECT json_agg(json_build_object('contactId', contact_id, 'type', type, 'value', value, 'spelling', spelling,
        'status', status, 'current', current, 'withheld', withheld, 'details', details, 'source', source,
        'createdAt', ${MS("created_at")}, 'updatedAt', ${MS("updated_at")}, 'confirmedAt', ${MS("confirmed_at")}))
      FROM channel WHERE contact_id = ANY($1::bigint[])) AS channels,
    (SELECT json_agg(json_build_object('contactId', id,
        'bindings', (SELECT count(*) FROM binding WHERE contact_id = id),
        'merges', (SELECT count(*) FROM contact WHERE merged_into = id)))
      FROM unnest($1::bigint[]) AS id) AS counts,
    (SELECT json_agg(json_build_array(lower_id, higher_id)) FROM do_not_merge
      WHERE lower_id = ANY($1::bigint[]) OR higher_id = ANY($1::bigint[])) AS apart`;

// A plan that was made while a table was tiny is kept while it grows. So every part is written in the one order in which it
// may be carried out: what `OFFSET 0` and scalar subqueries look up is never turned into a join that starts at the wrong end.
const AROUND = `
  SELECT
    (SELECT json_agg(json_build_object('place', said.place,
        'caseVariant', EXISTS (SELECT FROM (SELECT external_customer_id FROM contact
            WHERE lower(external_customer_id) = lower(said.external) AND status = 'live' OFFSET 0) spelled
          WHERE external_customer_id <> said.external),
        'claimsByVisitor', (SELECT count(*) FROM pending_claim
          WHERE visitor_id = said.visitor AND received_at > said.received_at - interval '1 hour'),
        'claimsByAddress', (SELECT count(*) FROM pending_claim
          WHERE (email = said.email OR phone = said.phone) AND received_at > said.received_at - interval '1 hour'),
        'recentEmails', CASE WHEN said.email IS NULL THEN 0 ELSE (SELECT count(DISTINCT named.hmac) FROM identity_audit entry
          CROSS JOIN LATERAL (SELECT identifier_hmac AS hmac WHERE identifier_kind = 'email'
            UNION ALL SELECT substring(identifier_hmac FROM place::int * 32 - 31 FOR 32)
              FROM json_array_elements(entry.after -> 'identifiers') WITH ORDINALITY AS first (key, place)
              WHERE action = 'create' AND key ->> 'kind' = 'email') named
          WHERE contact_id = (SELECT contact_id FROM identifier WHERE kind = 'external' AND value = said.external)
            AND at > said.received_at - interval '1 day') END,
        'isAwaited', EXISTS (SELECT FROM pending_claim WHERE awaits_contact AND external_customer_id = said.external)
          OR EXISTS (SELECT FROM pending_claim WHERE awaits_contact AND email = said.email)
          OR EXISTS (SELECT FROM pending_claim WHERE awaits_contact AND phone = said.phone)))
      FROM unnest($1::int[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[])
        AS said (place, external, email, phone, visitor, received_at)) AS words,
    (SELECT json_agg(json_build_object('place', named.place, 'kind', named.kind, 'id', named.id,
        'open', (SELECT json_build_object('bindingId', binding_id, 'contactId', contact_id,
            'validFrom', CASE WHEN isfinite(valid_from) THEN ${MS("valid_from")} END, 'boundAt', ${MS("bound_at")})
          FROM binding WHERE source_kind = named.kind AND source_id = named.id AND valid_to IS NULL),
        'lastEnd', ${MS(`greatest(
          (SELECT max(valid_to) FROM binding WHERE source_kind = named.kind AND source_id = named.id),
          (SELECT max(valid_to) FROM erased_source WHERE source_kind = named.kind AND source_hmac = named.hmac))`)},
        'shared', EXISTS (SELECT FROM shared_source WHERE source_kind = named.kind AND source_id = named.id),
        'erased', EXISTS (SELECT FROM erased_source
          WHERE source_kind = named.kind AND source_hmac = named.hmac AND valid_to IS NULL),
        'recentPersons', (SELECT json_agg(DISTINCT contact_id)
          FROM (SELECT contact_id FROM binding WHERE source_kind = named.kind AND source_id = named.id
            AND bound_at > named.moment - interval '1 day' OFFSET 0) recent
          WHERE (SELECT external_customer_id FROM contact WHERE contact_id = recent.contact_id) IS NOT NULL))
        ORDER BY named.number)
      FROM unnest($7::int[], $8::source_kind[], $9::text[], $10::bytea[], $11::timestamptz[])
        WITH ORDINALITY AS named (place, kind, id, hmac, moment, number)) AS sources,
    (SELECT json_agg(json_build_object('place', named.place, 'claimId', claim_id, 'visitorId', visitor_id,
        'external', external_customer_id, 'email', email, 'phone', phone, 'claimedAt', ${MS("claimed_at")})
        ORDER BY claimed_at, claim_id)
      FROM unnest($12::int[], $13::text[], $14::timestamptz[]) AS named (place, visitor, received_at)
        CROSS JOIN LATERAL (SELECT * FROM pending_claim WHERE visitor_id = named.visitor OFFSET 0) claim
      WHERE claim.expires_at > named.received_at) AS claims,
    (SELECT json_agg(json_build_object('hash', encode(address_hash, 'hex'), 'reason', reason)) FROM suppression
      WHERE channel_type = 'email' AND address_hash = ANY($15::bytea[])) AS suppressed,
    (SELECT json_agg(nextval(pg_get_serial_sequence('contact', 'contact_id')))
      FROM generate_series(1, $16::int)) AS ids`;

type Placed<Thing> = Thing & { readonly place: number };

interface Around {
  readonly words: readonly Placed<Words>[] | null;
  readonly sources: readonly Placed<RawSource>[] | null;
  readonly claims: readonly Placed<PendingClaim>[] | null;
  readonly suppressed: readonly SuppressionRow[] | null;
  readonly ids: readonly ContactId[] | null;
}

interface Words {
  readonly caseVariant: boolean;
  readonly claimsByVisitor: number;
  readonly claimsByAddress: number;
  readonly recentEmails: number;
  readonly isAwaited: boolean;
}

/** JSON has no infinities: null stands for them. */
type RawSource = Omit<SourceFacts, "open" | "lastEnd" | "recentPersons"> & {
  readonly open: { bindingId: number; contactId: ContactId; validFrom: Instant | null; boundAt: Instant } | null;
  readonly lastEnd: Instant | null;
  readonly recentPersons: readonly ContactId[] | null;
};

/** What a request finds. */
export interface Found {
  readonly facts: Facts;
  /** Browsers may have named the person before anybody held what they named. */
  readonly isAwaited: boolean;
}

export interface Loaded {
  /** In the order of the requests. Undefined: it shares something with an earlier one, which has to be written first. */
  readonly found: readonly (Found | undefined)[];
  /** Numbers for contacts that will be made, as far as could be foreseen. */
  readonly ids: readonly ContactId[];
}

/**
 * Steps 2 to 4 of the locking protocol, for several requests whose keys are locked: look, lock the contacts found, look
 * again. If the second look finds others, somebody merged through a key that the request does not name.
 */
export async function loadFacts(
  tx: Transaction,
  requests: readonly NormalRequest[],
  { secretKey, purpose }: { readonly secretKey: string; readonly purpose: "write" | "forecast" },
): Promise<Loaded> {
  const first = await look(tx, requests);
  const isApart = apart(requests, first);
  const now = requests.filter((_, place) => isApart[place]);
  const candidates = first.filter((_, place) => isApart[place]);
  const people = await loadLocked(tx, now, candidates);
  const circle = { requests: now, candidates, people, secretKey };
  const strangers = now.filter(({ contactId }, place) => contactId === undefined && isNobody(candidates[place]));
  const around = await lookAround(tx, circle, purpose === "write" ? strangers.length : 0);
  const facts = factsFrom(around, circle);
  let next = 0;
  return { found: isApart.map((is) => (is ? facts[next++] : undefined)), ids: around.ids ?? [] };
}

const isNobody = (found: Candidates | undefined) => found?.contactIds.length === 0;

type People = ReadonlyMap<ContactId, Contact>;

async function loadLocked(
  tx: Transaction,
  requests: readonly NormalRequest[],
  candidates: readonly Candidates[],
): Promise<People> {
  const contactIds = candidates.flatMap((found) => found.contactIds);
  // Nobody: there was no lock to wait for, so nothing can have changed.
  if (contactIds.length === 0) return new Map();
  const rows = await lockContacts(tx, contactIds);
  const second = await look(tx, requests);
  const same = second.every(({ contactIds: ids }, place) => isSameSet(ids, candidates[place]?.contactIds ?? []));
  if (!same || rows.length !== contactIds.length || rows.some(({ status }) => status === "erased"))
    throw new LookAgain();
  return peopleFrom(tx, rows);
}

const isSameSet = (some: readonly ContactId[], others: readonly ContactId[]) =>
  some.length === others.length && some.every((id) => others.includes(id));

/** Contacts by id, locked in the order of their ids. One that was merged or erased by now is left out. */
export async function loadContacts(tx: Transaction, contactIds: readonly ContactId[]): Promise<Contact[]> {
  const rows = await lockContacts(tx, contactIds);
  return [
    ...(
      await peopleFrom(
        tx,
        rows.filter(({ status }) => status !== "erased"),
      )
    ).values(),
  ];
}

interface Keepings {
  readonly identifiers: readonly (Identifier & { contactId: ContactId })[] | null;
  readonly channels: readonly (Channel & { contactId: ContactId })[] | null;
  readonly counts: readonly { contactId: ContactId; bindings: number; merges: number }[] | null;
  readonly apart: readonly (readonly [ContactId, ContactId])[] | null;
}

async function peopleFrom(tx: Transaction, rows: readonly ContactRow[]): Promise<People> {
  if (rows.length === 0) return new Map();
  const [kept] = await tx.queryNamed<Keepings>("identity people", PEOPLE, [rows.map(({ contactId }) => contactId)]);
  if (kept === undefined) throw new Error("A query without FROM answered no row.");
  return new Map(rows.map((row) => [row.contactId, contactFrom(row, kept)]));
}

/** Every email that the contacts have, and those that are named. */
export function addressesOf(contacts: readonly Contact[], ...named: readonly (string | undefined)[]): string[] {
  const channels = contacts.flatMap((contact) => contact.channels).filter(({ type }) => type === "email");
  return [...new Set([...channels.map(({ value }) => value), ...named.filter((email) => email !== undefined)])];
}

interface Circle {
  readonly requests: readonly NormalRequest[];
  readonly candidates: readonly Candidates[];
  readonly people: People;
  readonly secretKey: string;
}

async function lookAround(tx: Transaction, { requests, people, secretKey }: Circle, numbers: number): Promise<Around> {
  const sources = placed(requests, (request) =>
    sourcesOf(request).map((source) => ({ ...source, moment: timestamp(request.moment) })),
  );
  const visitors = placed(requests, ({ visitorIds, receivedAt }) =>
    visitorIds.map((visitorId) => ({ visitorId, receivedAt: timestamp(receivedAt) })),
  );
  const emails = addressesOf([...people.values()], ...requests.map(({ email }) => email?.value));
  const [around] = await tx.queryNamed<Around>("identity look around", AROUND, [
    requests.map((_, place) => place),
    requests.map(({ external }) => external ?? null),
    requests.map(({ email }) => email?.value ?? null),
    requests.map(({ phone }) => phone?.value ?? null),
    requests.map(({ visitorIds }) => visitorIds[0] ?? null),
    requests.map(({ receivedAt }) => timestamp(receivedAt)),
    sources.places,
    sources.things.map(({ kind }) => kind),
    sources.things.map(({ id }) => id),
    sources.things.map(({ kind, id }) => keyedHash(secretKey, kind, id)),
    sources.things.map(({ moment }) => moment),
    visitors.places,
    visitors.things.map(({ visitorId }) => visitorId),
    visitors.things.map(({ receivedAt }) => receivedAt),
    emails.map((email) => addressHash(secretKey, email)),
    numbers,
  ]);
  if (around === undefined) throw new Error("A query without FROM answered no row.");
  return around;
}

function factsFrom(around: Around, { requests, candidates, people, secretKey }: Circle): Found[] {
  const words = new Map(around.words?.map((said) => [said.place, said]));
  const sources = byPlace(around.sources);
  const claims = byPlace(around.claims);
  const emails = addressesOf([...people.values()], ...requests.map(({ email }) => email?.value));
  const suppressed = suppressedFrom(around.suppressed ?? [], { secretKey, emails });
  return requests.map((request, place) => {
    const said = words.get(place);
    if (said === undefined) throw new Error("What was said of a request is not among the answers.");
    const { contactIds, asked } = candidates[place] ?? { contactIds: [] };
    const found = [...contactIds].sort((a, b) => a - b).flatMap((id) => people.get(id) ?? []);
    return {
      facts: {
        asked: askedOf(request, asked),
        contacts: found,
        sources: (sources.get(place) ?? []).map(sourceFrom),
        claims: (claims.get(place) ?? []).map(({ place: _, ...claim }) => claim),
        caseVariant: said.caseVariant,
        suppressed,
        recentClaims: { byVisitor: said.claimsByVisitor, byAddress: said.claimsByAddress },
        recentEmails: said.recentEmails,
      },
      isAwaited: said.isAwaited,
    };
  });
}

function byPlace<Thing>(things: readonly Placed<Thing>[] | null): ReadonlyMap<number, Placed<Thing>[]> {
  const groups = new Map<number, Placed<Thing>[]>();
  for (const thing of things ?? []) {
    const group = groups.get(thing.place);
    if (group === undefined) groups.set(thing.place, [thing]);
    else group.push(thing);
  }
  return groups;
}

function askedOf(request: NormalRequest, asked: ContactId | undefined): Facts["asked"] {
  if (request.contactId === undefined) return { kind: "none" };
  return asked === undefined ? { kind: "unknown" } : { kind: "found", contactId: asked };
}

function contactFrom(row: ContactRow, kept: Keepings): Contact {
  const mine = ({ contactId }: { contactId: ContactId }) => contactId === row.contactId;
  const counts = kept.counts?.find(mine);
  const pairs = (kept.apart ?? []).filter((pair) => pair.includes(row.contactId));
  return {
    id: row.contactId,
    status: row.status === "deleted" ? "deleted" : "live",
    contactSource: row.contactSource,
    createdAt: row.createdAt,
    ...profileFrom(row),
    identifiers: (kept.identifiers ?? []).filter(mine).map(({ contactId: _, ...identifier }) => identifier),
    channels: (kept.channels ?? []).filter(mine).map(({ contactId: _, ...channel }) => channel),
    bindings: counts?.bindings ?? 0,
    merges: counts?.merges ?? 0,
    apartFrom: pairs.flatMap((pair) => pair.filter((id) => id !== row.contactId)),
  };
}

export function profileFrom(row: Pick<ContactRow, FieldName | "attributes" | "fields" | "provenance">) {
  const flat = flattenFields({ ...row, additional: row.fields });
  const values: Record<string, unknown> = {};
  for (const name in flat) if (flat[name] !== null) values[name] = flat[name];
  return { values, provenance: row.provenance as Provenance };
}

function sourceFrom({ place: _, open, lastEnd, recentPersons, ...source }: Placed<RawSource>): SourceFacts {
  return {
    ...source,
    ...(open && { open: { ...open, validFrom: open.validFrom ?? -Infinity } }),
    lastEnd: lastEnd ?? -Infinity,
    recentPersons: recentPersons ?? [],
  };
}

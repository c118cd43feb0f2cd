import type { ContactId } from "../../contract/identifiers.ts";
import type { Transaction } from "../db/database.ts";
import type { IdentifierKind, Source } from "./facts.ts";
import { keysOf } from "./locks.ts";
import type { NormalRequest } from "./normal-request.ts";

/** Whom a request could be about. */
export interface Candidates {
  /** Whoever holds a key, owns a source or has a push token, and the contact asked for by id, redirects followed. */
  readonly contactIds: readonly ContactId[];
  readonly asked?: ContactId;
}

// Each part finds what a request names, by the place of the request.
const LOOK = `
  SELECT named.place, found.contact_id, false AS asked
  FROM unnest($1::int[], $2::identifier_kind[], $3::text[]) AS named (place, kind, value)
    CROSS JOIN LATERAL (SELECT contact_id FROM identifier WHERE kind = named.kind AND value = named.value LIMIT 1) found
  UNION ALL
  SELECT named.place, found.contact_id, false
  FROM unnest($4::int[], $5::source_kind[], $6::text[]) AS named (place, kind, id)
    CROSS JOIN LATERAL (SELECT contact_id FROM binding
      WHERE source_kind = named.kind AND source_id = named.id AND valid_to IS NULL LIMIT 1) found
  UNION ALL
  SELECT named.place, found.contact_id, false
  FROM unnest($7::int[], $8::channel_type[], $9::text[]) AS named (place, type, value)
    CROSS JOIN LATERAL (SELECT contact_id FROM channel WHERE type = named.type AND value = named.value OFFSET 0) found
  UNION ALL
  SELECT named.place, found.contact_id, true
  FROM unnest($10::int[], $11::bigint[]) AS named (place, id)
    CROSS JOIN LATERAL (SELECT coalesce(merged_into, contact_id) AS contact_id FROM contact
      WHERE contact_id = named.id AND status <> 'erased' LIMIT 1) found`;

interface Hit {
  readonly place: number;
  readonly contactId: ContactId;
  readonly asked: boolean;
}

export async function look(tx: Transaction, requests: readonly NormalRequest[]): Promise<Candidates[]> {
  const keys = placed(requests, identifiersOf);
  const sources = placed(requests, sourcesOf);
  const channels = placed(requests, ({ channels }) => channels);
  const asked = placed(requests, ({ contactId }) => (contactId === undefined ? [] : [contactId]));
  const hits = await tx.queryNamed<Hit>("identity look", LOOK, [
    ...[keys.places, keys.things.map(({ kind }) => kind), keys.things.map(({ value }) => value)],
    ...[sources.places, sources.things.map(({ kind }) => kind), sources.things.map(({ id }) => id)],
    ...[channels.places, channels.things.map(({ type }) => type), channels.things.map(({ value }) => value)],
    ...[asked.places, asked.things],
  ]);
  return requests.map((_, place) => candidatesOf(hits.filter((hit) => hit.place === place)));
}

function candidatesOf(hits: readonly Hit[]): Candidates {
  const asked = hits.find((hit) => hit.asked)?.contactId;
  return {
    contactIds: [...new Set(hits.map(({ contactId }) => contactId))],
    ...(asked !== undefined && { asked }),
  };
}

/** What the requests name, in one list, with the place of the request that names it. */
export function placed<Thing>(
  requests: readonly NormalRequest[],
  pick: (request: NormalRequest) => readonly Thing[],
): { readonly places: readonly number[]; readonly things: readonly Thing[] } {
  const lists = requests.map(pick);
  return { places: lists.flatMap((things, place) => things.map(() => place)), things: lists.flat() };
}

function identifiersOf(request: NormalRequest): { readonly kind: IdentifierKind; readonly value: string }[] {
  return keysOf(request).flatMap(({ kind, value }) => (kind === "visitor" ? [] : [{ kind, value }]));
}

/** In the order of the facts: visitors, then the device. */
export function sourcesOf({ visitorIds, deviceId }: NormalRequest): Source[] {
  const visitors = visitorIds.map((id) => ({ kind: "visitor", id }) as const);
  return deviceId === undefined ? visitors : [...visitors, { kind: "device", id: deviceId } as const];
}

/**
 * Which requests share nothing with an earlier one: no key, no source, no push token, no person. The others have to see
 * what those before them wrote.
 */
export function apart(requests: readonly NormalRequest[], candidates: readonly Candidates[]): boolean[] {
  if (requests.length === 1) return [true];
  const touched = new Set<string>();
  return requests.map((request, place) => {
    const names = [
      ...keysOf(request).map(({ kind, value }) => `${kind} ${value}`),
      ...request.channels.map(({ type, value }) => `${type} ${value}`),
      ...(candidates[place]?.contactIds ?? []).map((contactId) => `contact ${contactId}`),
    ];
    const isApart = names.every((name) => !touched.has(name));
    for (const name of names) touched.add(name);
    return isApart;
  });
}

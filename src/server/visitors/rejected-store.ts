import type { Instant, SiteId } from "../../contract/identifiers.ts";
import { timestamp, type Database, type Queryable, type Transaction } from "../db/database.ts";
import { findErased, normaliseEmail, type Key } from "../identity/index.ts";
import type { IdentifyMode } from "../sites/index.ts";
import type { RejectedEnvelope } from "./delivery.ts";

/** What a person is known by, as it may stand in a rejected message. */
export interface Words {
  /** In lower case, as they stand in JSON. */
  readonly texts: readonly string[];
  /** Digits of telephone numbers, to be found however the number is grouped. */
  readonly digits: readonly string[];
}

const CHUNK = 10_000;
const RANGE = `SELECT min(rejected_id) AS first, max(rejected_id) AS last FROM rejected`;
const REMOVE_NAMING = `
  DELETE FROM rejected WHERE rejected_id >= $1 AND rejected_id < $2 AND (
    EXISTS (SELECT FROM unnest($3::text[]) AS word WHERE strpos(lower(reason || message::text), word) > 0)
    OR EXISTS (SELECT FROM unnest($4::text[]) AS word
      WHERE strpos(translate(reason || message::text, ' ()-./', ''), word) > 0))`;

export async function removeRejectedNaming(tx: Transaction, { texts, digits }: Words): Promise<void> {
  const [range] = await tx.query<{ first: number | null; last: number | null }>(RANGE);
  if (range?.first == null || range.last === null) return;
  for (let first = range.first; first <= range.last; first += CHUNK)
    await tx.query(REMOVE_NAMING, [first, first + CHUNK, texts, digits]);
}

interface RejectedRow {
  readonly rejectedId: number;
  readonly visitorId: string | null;
  readonly email: string | null;
  readonly externalCustomerId: string | null;
}

const NEXT_REJECTED = `
  SELECT rejected_id, message->>'visitorId' AS visitor_id, message->>'email' AS email,
    message->>'externalCustomerId' AS external_customer_id
  FROM rejected WHERE rejected_id > $1 AND jsonb_typeof(message) = 'object' ORDER BY rejected_id LIMIT 1000`;

/** Removes what was rejected of a late batch of somebody erased since. Answers how many rows went. */
export async function sweepRejectedReplays(deps: {
  readonly db: Database;
  readonly secretKey: string;
}): Promise<number> {
  let removed = 0;
  let last = 0;
  for (;;) {
    const rows = await deps.db.query<RejectedRow>(NEXT_REJECTED, [last]);
    const final = rows.at(-1);
    if (final === undefined) return removed;
    const isErased = await findErased(deps, rows.flatMap(keysOf));
    const replayed = rows.filter((row) => keysOf(row).some(isErased));
    await deps.db.query("DELETE FROM rejected WHERE rejected_id = ANY($1::bigint[])", [
      replayed.map(({ rejectedId }) => rejectedId),
    ]);
    removed += replayed.length;
    last = final.rejectedId;
  }
}

function keysOf({ visitorId, email, externalCustomerId }: RejectedRow): Key[] {
  const address = email === null ? undefined : normaliseEmail(email);
  return [
    ...(visitorId === null ? [] : [{ kind: "visitor", value: visitorId } as const]),
    ...(address === undefined ? [] : [{ kind: "email", value: address } as const]),
    ...(externalCustomerId === null ? [] : [{ kind: "external", value: externalCustomerId.trim() } as const]),
  ];
}

/** One rejected message, for people to look at. */
export interface Rejected {
  readonly rejectedId: number;
  /** Null: the site is not known. */
  readonly siteId: SiteId | null;
  readonly receivedAt: Instant;
  readonly code: string;
  readonly reason: string;
  /** What is kept of it: all, or an outline where it broke a limit. */
  readonly message: unknown;
}

const COLUMNS = "rejected_id, site_id, received_at, code, reason, message";

/** Newest first. */
export function listRejected(
  db: Queryable,
  { before, code, limit }: { before: number | undefined; code: string | undefined; limit: number },
): Promise<Rejected[]> {
  return db.query<Rejected>(
    `SELECT ${COLUMNS} FROM rejected
     WHERE ($1::bigint IS NULL OR rejected_id < $1) AND ($2::text IS NULL OR code = $2)
     ORDER BY rejected_id DESC LIMIT $3`,
    [before ?? null, code ?? null, limit],
  );
}

/** How many there are of each reason, most first. */
export function countRejected(db: Queryable): Promise<{ readonly code: string; readonly count: number }[]> {
  return db.query("SELECT code, count(*) AS count FROM rejected GROUP BY code ORDER BY count DESC, code");
}

/** What a site's messages were rejected for since a moment, most first. */
export function countRejectedOf(
  db: Queryable,
  { siteId, since }: { readonly siteId: SiteId; readonly since: Instant },
): Promise<{ readonly code: string; readonly times: number; readonly lastAt: Instant }[]> {
  return db.query(
    `SELECT code, count(*) AS times, max(received_at) AS last_at FROM rejected
     WHERE site_id = $1 AND received_at >= $2 GROUP BY code ORDER BY times DESC, code LIMIT 20`,
    [siteId, timestamp(since)],
  );
}

export interface Replayable extends Rejected {
  readonly envelope: RejectedEnvelope | null;
  /** What its site believes of browsers. Null: the site is gone, or was never known. */
  readonly mode: IdentifyMode | null;
}

/** Held until the end of the transaction, so that two people cannot replay one message twice. */
export async function holdRejected(tx: Transaction, rejectedId: number): Promise<Replayable | undefined> {
  const [row] = await tx.query<Replayable>(
    `SELECT ${COLUMNS}, envelope, (SELECT identify FROM site WHERE site.site_id = rejected.site_id) AS mode
     FROM rejected WHERE rejected_id = $1 FOR UPDATE`,
    [rejectedId],
  );
  return row;
}

/** Says whether there was such a one. */
export async function removeRejected(db: Queryable, rejectedId: number): Promise<boolean> {
  return (await db.query("DELETE FROM rejected WHERE rejected_id = $1 RETURNING 1 AS one", [rejectedId])).length > 0;
}

const REMOVE_OLD = `
  DELETE FROM rejected WHERE rejected_id IN (SELECT rejected_id FROM rejected WHERE received_at < $1 LIMIT ${CHUNK})
  RETURNING 1 AS one`;

/** What was rejected is kept for whoever repairs the sender, and no longer. Answers how many rows went. */
export async function removeOldRejected(db: Database, before: Instant): Promise<number> {
  for (let removed = 0; ;) {
    const batch = await db.query(REMOVE_OLD, [timestamp(before)]);
    removed += batch.length;
    if (batch.length < CHUNK) return removed;
  }
}

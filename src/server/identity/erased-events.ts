import type { Instant } from "../../contract/identifiers.ts";
import { timestamp, type Database } from "../db/database.ts";
import type { ErasedStretch } from "./erase-contact.ts";
import { keyedHash } from "./keyed-hash.ts";

const BATCH = 5_000;

const FIND_WORK = `
  SELECT w.erasure_id, w.source_kind, w.source_id, w.valid_from, w.valid_to
  FROM erasure_work w JOIN erasure e USING (erasure_id) WHERE e.finished_at IS NULL ORDER BY w.erasure_id LIMIT 100`;
const REMOVE_EVENTS = `
  DELETE FROM event WHERE (event_id, site_id) IN (
    SELECT event_id, site_id FROM event WHERE source_kind = $1 AND source_id = $2
      AND occurred_at >= $3 AND occurred_at < $4 LIMIT ${BATCH})
  RETURNING 1`;
const COUNT_REMOVED = `UPDATE erasure SET events = events + $2 WHERE erasure_id = $1`;
const END_WORK = `
  DELETE FROM erasure_work WHERE erasure_id = $1 AND source_kind = $2 AND source_id = $3 AND valid_from = $4`;
const FINISH = `
  UPDATE erasure e SET finished_at = $1 WHERE finished_at IS NULL
    AND NOT EXISTS (SELECT FROM erasure_work w WHERE w.erasure_id = e.erasure_id)`;

/** Removes the events of contacts that were erased. Cut off anywhere, the next run goes on where this one ended. */
export async function removeErasedEvents(db: Database, now: Instant): Promise<void> {
  for (;;) {
    const work = await db.query<ErasedStretch & { readonly erasureId: number }>(FIND_WORK);
    if (work.length === 0) break;
    for (const { erasureId, ...stretch } of work) {
      await db.query(COUNT_REMOVED, [erasureId, await removeStretch(db, stretch)]);
      await db.query(END_WORK, [erasureId, stretch.sourceKind, stretch.sourceId, timestamp(stretch.validFrom)]);
    }
  }
  await db.query(FINISH, [timestamp(now)]);
}

async function removeStretch(
  db: Database,
  { sourceKind, sourceId, validFrom, validTo }: ErasedStretch,
): Promise<number> {
  let removed = 0;
  for (;;) {
    const parameters = [sourceKind, sourceId, timestamp(validFrom), timestamp(validTo)];
    const batch = await db.query(REMOVE_EVENTS, parameters);
    removed += batch.length;
    if (batch.length < BATCH) return removed;
  }
}

const NEXT_SOURCES = `
  SELECT DISTINCT source_kind, source_id FROM event WHERE (source_kind, source_id) > ($1, $2)
  ORDER BY source_kind, source_id LIMIT 1000`;
const ERASED_AMONG = `
  SELECT source_kind, source_hmac, valid_from, coalesce(valid_to, 'infinity') AS valid_to FROM erased_source
  WHERE (source_kind, source_hmac) IN (SELECT * FROM unnest($1::source_kind[], $2::bytea[]))`;

interface BuriedStretch {
  readonly sourceKind: ErasedStretch["sourceKind"];
  readonly sourceHmac: Buffer;
  readonly validFrom: Instant;
  readonly validTo: Instant;
}

/**
 * Removes what was replayed after an erasure: intake looks nothing up, so a late batch may have been stored again. Runs
 * over the sources, not the events; to be called hourly and at start. Answers how many events went. `onRemoved`: for
 * whoever may have copied them meanwhile.
 */
export async function sweepErasedReplays(
  deps: { readonly db: Database; readonly secretKey: string },
  onRemoved: (stretch: ErasedStretch) => Promise<void> = () => Promise.resolve(),
): Promise<number> {
  const { db, secretKey } = deps;
  const [any] = await db.query("SELECT 1 FROM erased_source LIMIT 1");
  if (any === undefined) return 0;
  let removed = 0;
  let last: Pick<ErasedStretch, "sourceKind" | "sourceId"> = { sourceKind: "visitor", sourceId: "" };
  for (;;) {
    const sources = await db.query<typeof last>(NEXT_SOURCES, [last.sourceKind, last.sourceId]);
    const final = sources.at(-1);
    if (final === undefined) return removed;
    const hashed = sources.map((source) => ({
      ...source,
      hmac: keyedHash(secretKey, source.sourceKind, source.sourceId),
    }));
    const erased = await db.query<BuriedStretch>(ERASED_AMONG, [
      hashed.map(({ sourceKind }) => sourceKind),
      hashed.map(({ hmac }) => hmac),
    ]);
    for (const { sourceKind, sourceHmac, validFrom, validTo } of erased) {
      const source = hashed.find(({ sourceKind: kind, hmac }) => kind === sourceKind && hmac.equals(sourceHmac));
      if (source === undefined) continue;
      const stretch = { sourceKind, sourceId: source.sourceId, validFrom, validTo };
      const gone = await removeStretch(db, stretch);
      if (gone > 0) await onRemoved(stretch);
      removed += gone;
    }
    last = final;
  }
}

import type { Instant } from "../../contract/identifiers.ts";
import { timestamp, type Queryable } from "./database.ts";

export interface StoredAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

export interface IdempotentCall {
  readonly keyId: string;
  readonly idempotencyKey: string;
  readonly fingerprint: Buffer;
  readonly attempt: string;
}

/** Reserves the key for this attempt. False: another one has it. */
export async function reserveIdempotencyKey(
  db: Queryable,
  call: IdempotentCall,
  when: { readonly now: Instant; readonly keptSince: Instant; readonly inFlightSince: Instant },
): Promise<boolean> {
  const rows = await db.query(
    `INSERT INTO idempotency_key AS known (key_id, idempotency_key, fingerprint, attempt, begun_at)
     VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (key_id, idempotency_key) DO UPDATE
       SET fingerprint = excluded.fingerprint, attempt = excluded.attempt, begun_at = excluded.begun_at,
           status = NULL, content_type = NULL, body = NULL
       WHERE known.begun_at < $6 OR (known.status IS NULL AND known.begun_at < $7)
     RETURNING attempt`,
    [
      call.keyId,
      call.idempotencyKey,
      call.fingerprint,
      call.attempt,
      timestamp(when.now),
      timestamp(when.keptSince),
      timestamp(when.inFlightSince),
    ],
  );
  return rows.length > 0;
}

export interface KnownCall {
  readonly fingerprint: Buffer;
  /** Null: in flight. */
  readonly status: number | null;
  readonly contentType: string | null;
  readonly body: string | null;
}

export async function findIdempotentCall(
  db: Queryable,
  { keyId, idempotencyKey }: Pick<IdempotentCall, "keyId" | "idempotencyKey">,
): Promise<KnownCall | undefined> {
  const [row] = await db.query<KnownCall>(
    "SELECT fingerprint, status, content_type, body FROM idempotency_key WHERE key_id = $1 AND idempotency_key = $2",
    [keyId, idempotencyKey],
  );
  return row;
}

/** False: the attempt was given up for dead, and another one has the key. */
export async function keepAnswer(db: Queryable, call: IdempotentCall, answer: StoredAnswer): Promise<boolean> {
  const rows = await db.query(
    `UPDATE idempotency_key SET status = $4, content_type = $5, body = $6
     WHERE key_id = $1 AND idempotency_key = $2 AND attempt = $3 RETURNING attempt`,
    [call.keyId, call.idempotencyKey, call.attempt, answer.status, answer.contentType, answer.body],
  );
  return rows.length > 0;
}

/** Nothing was done: the key is free again. */
export async function releaseIdempotencyKey(db: Queryable, call: IdempotentCall): Promise<void> {
  await db.query(
    "DELETE FROM idempotency_key WHERE key_id = $1 AND idempotency_key = $2 AND attempt = $3 AND status IS NULL",
    [call.keyId, call.idempotencyKey, call.attempt],
  );
}

export async function removeIdempotencyKeys(db: Queryable, { before }: { readonly before: Instant }): Promise<void> {
  await db.query("DELETE FROM idempotency_key WHERE begun_at < $1", [timestamp(before)]);
}

/**
 * Forgets what the calls were answered that name an erased person by one of these words, in whatever letter case. The
 * keys stay, so that a call that is repeated brings nobody back; a key that itself has such a word goes.
 */
export async function forgetAnswers(tx: Queryable, words: readonly string[]): Promise<void> {
  await tx.query(
    `DELETE FROM idempotency_key WHERE status IS NOT NULL
       AND EXISTS (SELECT FROM unnest($1::text[]) AS word WHERE strpos(lower(idempotency_key), lower(word)) > 0)`,
    [words],
  );
  await tx.query(
    `UPDATE idempotency_key SET status = 410, content_type = 'text/plain;charset=UTF-8', body = 'The contact was erased.'
     WHERE EXISTS (SELECT FROM unnest($1::text[]) AS word WHERE strpos(lower(body), lower(word)) > 0)`,
    [words],
  );
}

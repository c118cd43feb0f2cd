import type { Instant, MessageId, SiteId } from "../../contract/identifiers.ts";
import { timestamp, type Queryable } from "../db/database.ts";
import type { IdentityMessageRow, PersonMessage } from "./delivery.ts";

/** Where a message came from: the first address of its network, browser and language. */
export interface MessageOrigin {
  readonly ip?: string;
  readonly userAgent?: string;
  readonly language?: string;
}

/** A message that waits in the inbox, taken by this process. */
export interface WaitingMessage {
  readonly messageId: MessageId;
  readonly siteId: SiteId;
  readonly visitorId: string;
  readonly occurredAt: Instant;
  readonly receivedAt: Instant;
  /** The message as it was checked when it came in. */
  readonly payload: PersonMessage;
  readonly origin: MessageOrigin;
  /** This one included. */
  readonly attempts: number;
}

/**
 * Takes what is due, oldest first, for a while: whoever dies with it only delays it. A visitor's message is left where an
 * earlier one of the same visitor is being carried out or rests.
 */
export function takeWaiting(
  db: Queryable,
  { limit, seconds }: { limit: number; seconds: number },
): Promise<WaitingMessage[]> {
  return db.queryNamed<WaitingMessage>(
    "take_waiting",
    `UPDATE identity_message taken SET attempts = attempts + 1, due_at = clock_timestamp() + make_interval(secs => $2)
     FROM (
       SELECT message_id, site_id FROM identity_message waiting
       WHERE carried_out_at IS NULL AND due_at <= clock_timestamp()
         AND NOT EXISTS (
           SELECT FROM identity_message earlier
           WHERE earlier.visitor_id = waiting.visitor_id AND earlier.carried_out_at IS NULL
             AND earlier.due_at > clock_timestamp()
             AND (earlier.occurred_at, earlier.message_id) < (waiting.occurred_at, waiting.message_id))
       ORDER BY occurred_at, message_id LIMIT $1
       FOR UPDATE SKIP LOCKED) due
     WHERE taken.message_id = due.message_id AND taken.site_id = due.site_id
     RETURNING taken.message_id, taken.site_id, visitor_id, occurred_at, received_at, payload, origin, attempts`,
    [limit, seconds],
  );
}

/** Whoever watches messages arrive is to see this one again: its verdict is another one now. */
const THIS_TRANSACTION = "pg_current_xact_id()::text::bigint";

export type MessageKey = Pick<WaitingMessage, "messageId" | "siteId">;

/**
 * Crosses a message off, in the transaction that carries it out. False: somebody else did, or an earlier message of the
 * same visitor still waits; the caller must then undo what it did.
 */
export async function crossOff(tx: Queryable, { messageId, siteId }: MessageKey, now: Instant): Promise<boolean> {
  const rows = await tx.queryNamed(
    "cross_off",
    `UPDATE identity_message message SET carried_out_at = $3, payload = NULL, origin = NULL, error = NULL,
       written_in = ${THIS_TRANSACTION}
     WHERE message_id = $1 AND site_id = $2 AND carried_out_at IS NULL
       AND NOT EXISTS (
         SELECT FROM identity_message earlier
         WHERE earlier.visitor_id = message.visitor_id AND earlier.carried_out_at IS NULL
           AND (earlier.occurred_at, earlier.message_id) < (message.occurred_at, message.message_id))
     RETURNING message_id`,
    [messageId, siteId, timestamp(now)],
  );
  return rows.length > 0;
}

/** Gives a message back. `undone`: it was not the message's fault, so the attempt does not count. */
export async function giveBack(
  db: Queryable,
  { messageId, siteId }: MessageKey,
  { seconds, error, undone }: { seconds: number; error: string | null; undone: boolean },
): Promise<void> {
  await db.query(
    `UPDATE identity_message SET due_at = clock_timestamp() + make_interval(secs => $3), error = coalesce($4, error),
       attempts = attempts - $5
     WHERE message_id = $1 AND site_id = $2 AND carried_out_at IS NULL`,
    [messageId, siteId, seconds, error, undone ? 1 : 0],
  );
}

/** Tells the site's owner what was not believed of a message that was carried out all the same. */
export async function noteRejected(
  tx: Queryable,
  rejected: {
    readonly siteId: SiteId;
    readonly receivedAt: Instant;
    readonly code: string;
    readonly reason: string;
    readonly said: object;
  },
): Promise<void> {
  const { siteId, receivedAt, code, reason, said } = rejected;
  await tx.query("INSERT INTO rejected (site_id, received_at, code, reason, message) VALUES ($1, $2, $3, $4, $5)", [
    siteId,
    timestamp(receivedAt),
    code,
    reason,
    JSON.stringify(said),
  ]);
}

/** Ends a message without effect: what it said goes to `rejected`, its row stays as the memory of its id. */
export async function rejectMessage(
  db: Queryable,
  { messageId, siteId }: MessageKey,
  verdict: { readonly code: string; readonly reason: string; readonly error: string; readonly now: Instant },
): Promise<void> {
  await db.query(
    `WITH ended AS (
       SELECT message_id, site_id, payload, origin, received_at FROM identity_message
       WHERE message_id = $1 AND site_id = $2 AND carried_out_at IS NULL FOR UPDATE),
     closed AS (
       UPDATE identity_message message SET carried_out_at = $6, payload = NULL, origin = NULL, error = $5,
         written_in = ${THIS_TRANSACTION}
       FROM ended WHERE message.message_id = ended.message_id AND message.site_id = ended.site_id)
     INSERT INTO rejected (site_id, received_at, code, reason, message, envelope)
     SELECT site_id, $6, $3, $4, coalesce(payload - 'token', 'null'), jsonb_build_object(
       'sentAt', extract(epoch FROM received_at) * 1000, 'receivedAt', extract(epoch FROM received_at) * 1000,
       'context', jsonb_strip_nulls(jsonb_build_object('language', origin -> 'language')),
       'origin', jsonb_strip_nulls(jsonb_build_object('userAgent', origin -> 'userAgent')),
       'ip', origin -> 'ip', 'optedOut', false)
     FROM ended`,
    [messageId, siteId, verdict.code, verdict.reason, verdict.error, timestamp(verdict.now)],
  );
}

/** A message that ended as rejected may be carried out after all, as it reads now. Untouched: it was never here. */
export async function reopen(tx: Queryable, row: IdentityMessageRow): Promise<void> {
  await tx.query(
    `UPDATE identity_message SET visitor_id = $3, type = $4, payload = $5, origin = $6,
       carried_out_at = NULL, attempts = 0, due_at = '-infinity', error = NULL, written_in = ${THIS_TRANSACTION}
     WHERE message_id = $1 AND site_id = $2 AND carried_out_at IS NOT NULL AND error IS NOT NULL`,
    [row.messageId, row.siteId, row.visitorId, row.type, row.payload, row.origin],
  );
}

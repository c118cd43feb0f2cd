import type { ContactId, Email, Instant } from "../../contract/identifiers.ts";
import { timestamp, type Queryable, type Transaction } from "../db/database.ts";
import { lockAddresses } from "../identity/index.ts";

/** How and from where a person said it. */
export interface Act {
  readonly at: Instant;
  readonly method: "mail-link" | "same-browser" | "unsubscribe-link" | "not-me-link" | "api";
  readonly network: string | undefined;
  readonly userAgent: string | undefined;
}

/** Writes the proof that a request was confirmed: everything about the asking is copied from the request. */
export async function appendSubscribed(
  tx: Transaction,
  { optinRequestId, contactId, act }: { optinRequestId: number; contactId: ContactId | undefined; act: Act },
) {
  await tx.query(
    `INSERT INTO consent_log (act, at, method, contact_id, channel_type, address, site_id, groups, form_id, text_hash,
       text_copy, language, url, visitor_id, message_id, mail_id, token_hash, requested_at, request_network,
       request_agent, confirmed_at, confirm_network, confirm_agent)
     SELECT 'subscribed', $2, $3, $4, 'email', email, site_id, groups, form_id, sha256(convert_to(form_text, 'UTF8')),
       form_text, form_language, url, visitor_id, message_id, mail_id, token_hash, requested_at, network,
       user_agent, $2, $5, $6
     FROM optin_request WHERE optin_request_id = $1`,
    [optinRequestId, timestamp(act.at), act.method, contactId, act.network, act.userAgent],
  );
}

/** A confirmed address may be written to again, unless something harder than an unsubscribe stands against it. */
export async function liftUnsubscribed(tx: Transaction, addressHash: Buffer) {
  await tx.query(
    "DELETE FROM suppression WHERE channel_type = 'email' AND address_hash = $1 AND reason = 'unsubscribed'",
    [addressHash],
  );
}

/**
 * Ends mail to an address, whoever has it; a second time it does nothing. Contacts are locked as identity locks them,
 * so that no merge or confirmation under way writes an older status back.
 */
export async function unsubscribeAddress(
  tx: Transaction,
  { email, addressHash, act }: { email: Email | null; addressHash: Buffer; act: Act },
): Promise<void> {
  if (email !== null) {
    await lockAddresses(tx, [email]);
    await lockContactsWith(tx, email);
  }
  const ended = email === null ? [] : await endChannels(tx, email, act.at);
  const suppressed = await tx.query(
    `INSERT INTO suppression (channel_type, address_hash, reason, since) VALUES ('email', $1, 'unsubscribed', $2)
     ON CONFLICT DO NOTHING RETURNING 1 AS one`,
    [addressHash, timestamp(act.at)],
  );
  if (email === null || suppressed.length + ended.length === 0) return;
  await tx.query(
    `INSERT INTO consent_log (act, at, method, contact_id, channel_type, address, confirm_network, confirm_agent)
     SELECT 'unsubscribed', $2, $3, (SELECT contact_id FROM identifier WHERE kind = 'email' AND value = $1), 'email', $1, $4, $5`,
    [email, timestamp(act.at), act.method, act.network, act.userAgent],
  );
}

async function lockContactsWith(tx: Transaction, email: Email): Promise<void> {
  await tx.query(
    `SELECT 1 AS one FROM contact
     WHERE contact_id IN (SELECT contact_id FROM channel WHERE type = 'email' AND value = $1)
     ORDER BY contact_id FOR UPDATE`,
    [email],
  );
}

function endChannels(tx: Transaction, email: Email, at: Instant) {
  return tx.query(
    `UPDATE channel SET status = 'unsubscribed', updated_at = $2
     WHERE type = 'email' AND value = $1 AND status IN ('confirmed', 'unconfirmed') RETURNING contact_id`,
    [email, timestamp(at)],
  );
}

export async function insertUnsubscribeToken(
  db: Queryable,
  token: { tokenHash: Buffer; addressHash: Buffer; email: Email; at: Instant },
) {
  await db.query(
    `INSERT INTO unsubscribe_token (token_hash, address_hash, email, issued_at) VALUES ($1, $2, $3, $4)
     ON CONFLICT (token_hash) DO UPDATE SET email = excluded.email WHERE unsubscribe_token.email IS NULL`,
    [token.tokenHash, token.addressHash, token.email, timestamp(token.at)],
  );
}

export interface UnsubscribeTarget {
  readonly email: Email | null;
  readonly addressHash: Buffer;
}

export async function findUnsubscribeTarget(db: Queryable, tokenHash: Buffer) {
  const [row] = await db.query<UnsubscribeTarget>(
    "SELECT email, address_hash FROM unsubscribe_token WHERE token_hash = $1",
    [tokenHash],
  );
  return row;
}

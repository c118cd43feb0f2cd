import type { Instant } from "../../contract/identifiers.ts";
import { timestamp, type Queryable } from "../db/database.ts";
import type { Mail, QueuedMail } from "./mail.ts";

export async function insertMail(db: Queryable, mailId: string, { mail, now }: { mail: Mail; now: Instant }) {
  await db.query(
    `INSERT INTO mail_outbox (mail_id, purpose, recipient, subject, text_body, html_body, language, queued_at, due_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)`,
    [mailId, mail.purpose, mail.to, mail.subject, mail.text, mail.html, mail.language, timestamp(now)],
  );
}

/** Takes letters that are due, for this process alone until the lease ends. */
export function leaseMail(db: Queryable, lease: { now: Instant; until: Instant; latest: Instant; limit: number }) {
  return db.query<QueuedMail>(
    `UPDATE mail_outbox SET attempts = attempts + 1, due_at = $2
     WHERE mail_id IN (
       SELECT mail_id FROM mail_outbox WHERE dead_at IS NULL AND (due_at <= $1 OR due_at > $4)
       ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED)
     RETURNING mail_id, purpose, recipient, subject, text_body, html_body, language, attempts`,
    [timestamp(lease.now), timestamp(lease.until), lease.limit, timestamp(lease.latest)],
  );
}

export async function removeMail(db: Queryable, mailId: string) {
  await db.query("DELETE FROM mail_outbox WHERE mail_id = $1", [mailId]);
}

export async function postponeMail(db: Queryable, mailId: string, { at, error }: { at: Instant; error: string }) {
  await db.query("UPDATE mail_outbox SET due_at = $2, last_error = $3 WHERE mail_id = $1", [
    mailId,
    timestamp(at),
    error,
  ]);
}

/** Gives a letter up. The body goes, because it holds a link that nobody is going to use. */
export async function buryMail(db: Queryable, mailId: string, { at, error }: { at: Instant; error: string }) {
  await db.query(
    "UPDATE mail_outbox SET dead_at = $2, last_error = $3, text_body = '', html_body = '' WHERE mail_id = $1",
    [mailId, timestamp(at), error],
  );
}

export interface CapturedMail {
  readonly mailId: string;
  readonly purpose: string;
  readonly sender: string;
  readonly recipient: string;
  readonly subject: string;
  readonly textBody: string;
  readonly htmlBody: string;
  readonly capturedAt: Instant;
}

/** Keeps a letter, unless it was withdrawn while it was under way: its person may have been erased meanwhile. */
export async function insertCapturedMail(db: Queryable, captured: CapturedMail) {
  await db.query(
    `INSERT INTO captured_mail (mail_id, purpose, sender, recipient, subject, text_body, html_body, captured_at)
     SELECT mail_id, $2, $3, $4, $5, $6, $7, $8::timestamptz FROM mail_outbox WHERE mail_id = $1 FOR UPDATE
     ON CONFLICT (mail_id) DO NOTHING`,
    [
      captured.mailId,
      captured.purpose,
      captured.sender,
      captured.recipient,
      captured.subject,
      captured.textBody,
      captured.htmlBody,
      timestamp(captured.capturedAt),
    ],
  );
}

/** Newest first. Ids are minted in order of time, so an id is also where a page ends. */
export function selectCapturedMail(db: Queryable, page: { before: string | null; limit: number }) {
  return db.query<CapturedMail>(
    `SELECT mail_id, purpose, sender, recipient, subject, text_body, html_body, captured_at
     FROM captured_mail WHERE $1::uuid IS NULL OR mail_id < $1
     ORDER BY mail_id DESC LIMIT $2`,
    [page.before, page.limit],
  );
}

export async function findCapturedMailRow(db: Queryable, mailId: string) {
  const [row] = await db.query<CapturedMail>(
    `SELECT mail_id, purpose, sender, recipient, subject, text_body, html_body, captured_at
     FROM captured_mail WHERE mail_id = $1`,
    [mailId],
  );
  return row;
}

/** Forgets captured letters older than the given moment, and given-up ones too. */
export async function removeOldMail(db: Queryable, before: Instant) {
  await db.query("DELETE FROM captured_mail WHERE captured_at < $1", [timestamp(before)]);
  await db.query("DELETE FROM mail_outbox WHERE dead_at < $1", [timestamp(before)]);
}

/** Withdraws and forgets every letter to these addresses, and these letters. Those that left have left. */
export async function forgetMail(
  tx: Queryable,
  { recipients, mailIds }: { readonly recipients: readonly string[]; readonly mailIds: readonly string[] },
) {
  // In this order: a letter that is being captured holds its row in the outbox until it is there to be found.
  await tx.query("DELETE FROM mail_outbox WHERE recipient = ANY($1::text[]) OR mail_id = ANY($2::uuid[])", [
    recipients,
    mailIds,
  ]);
  await tx.query("DELETE FROM captured_mail WHERE recipient = ANY($1::text[]) OR mail_id = ANY($2::uuid[])", [
    recipients,
    mailIds,
  ]);
}

export async function countMail(db: Queryable) {
  const [row] = await db.query<{ waiting: number; dead: number }>(
    `SELECT count(*) FILTER (WHERE dead_at IS NULL) AS waiting, count(*) FILTER (WHERE dead_at IS NOT NULL) AS dead
     FROM mail_outbox`,
  );
  return row ?? { waiting: 0, dead: 0 };
}

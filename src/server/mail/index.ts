import type { Queryable } from "../db/database.ts";
import { findCapturedMailRow, selectCapturedMail, type CapturedMail } from "./store.ts";

export { parseSender, headerText, type Language, type Mail, type Sender } from "./mail.ts";
export { capturingMailer, smtpMailer, type Mailer } from "./mailer.ts";
export { queueMail, startOutbox, type Outbox, type OutboxDeps } from "./outbox.ts";
export { countMail, forgetMail, removeOldMail, type CapturedMail } from "./store.ts";

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The letters that were kept instead of sent, newest first. `before` is the `mailId` at which the page before ended. */
export function listCapturedMail(
  db: Queryable,
  { before, limit = 50 }: { before?: string | undefined; limit?: number } = {},
): Promise<CapturedMail[]> {
  return selectCapturedMail(db, { before: before !== undefined && UUID.test(before) ? before : null, limit });
}

/** One kept letter. Undefined: there is none of that id. */
export async function findCapturedMail(db: Queryable, mailId: string): Promise<CapturedMail | undefined> {
  return UUID.test(mailId) ? findCapturedMailRow(db, mailId) : undefined;
}

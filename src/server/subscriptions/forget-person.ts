import type { ContactId } from "../../contract/identifiers.ts";
import type { Transaction } from "../db/database.ts";
import { forgetMail } from "../mail/index.ts";

/** Who is erased, as far as letters and consents speak of people. */
export interface ForgottenPerson {
  readonly contactIds: readonly ContactId[];
  /** Addresses that nobody else has. */
  readonly emails: readonly string[];
  readonly visitorIds: readonly string[];
}

const FORGET_REQUESTS = `
  DELETE FROM optin_request WHERE contact_id = ANY($1::bigint[]) OR email = ANY($2::text[]) RETURNING mail_id`;
// About somebody else's address, asked from one of this person's browsers: the link goes on working for its owner.
const FORGET_BROWSER = `
  UPDATE optin_request SET visitor_id = '', network = NULL, user_agent = NULL WHERE visitor_id = ANY($1::text[])`;
const FORGET_CONSENTS = `
  DELETE FROM consent_log WHERE contact_id = ANY($1::bigint[])
    OR (channel_type = 'email' AND address = ANY($2::text[])) RETURNING mail_id`;
const FORGET_ADDRESSES = `UPDATE unsubscribe_token SET email = NULL WHERE email = ANY($1::text[])`;

/**
 * In the transaction of an erasure. What stays says nothing in plain text: hashes that count mails, suppress addresses
 * and keep the unsubscribe links of old letters working.
 */
export async function forgetSubscriptions(tx: Transaction, person: ForgottenPerson): Promise<void> {
  const { contactIds, emails, visitorIds } = person;
  const requests = await tx.query<{ mailId: string }>(FORGET_REQUESTS, [contactIds, emails]);
  await tx.query(FORGET_BROWSER, [visitorIds]);
  const consents = await tx.query<{ mailId: string | null }>(FORGET_CONSENTS, [contactIds, emails]);
  await tx.query(FORGET_ADDRESSES, [emails]);
  const mailIds = [...requests, ...consents].flatMap(({ mailId }) => (mailId === null ? [] : [mailId]));
  await forgetMail(tx, { recipients: emails, mailIds });
}

import type { ContactId, Email, Instant, SiteId } from "../../contract/identifiers.ts";
import { timestamp, type Queryable, type Transaction } from "../db/database.ts";
import type { EarlierMails, Suppression } from "./rules.ts";

/** Serialises whoever counts against the same limits, until the transaction ends. Always address before network. */
export async function lockLimits(tx: Transaction, { address, network }: LimitKeys) {
  await tx.query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", [`optin address ${address.toString("hex")}`]);
  if (network === undefined) return;
  await tx.query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", [`optin network ${network.toString("hex")}`]);
}

/** What limits are counted by: keyed hashes of the address and of the network the request came from. */
export interface LimitKeys {
  readonly address: Buffer;
  readonly network: Buffer | undefined;
}

export async function listEarlierMails(tx: Queryable, keys: LimitKeys, since: Instant): Promise<EarlierMails> {
  const rows = await tx.query<{ sameAddress: boolean; sameNetwork: boolean; queuedAt: Instant }>(
    `SELECT address_hash = $1 AS same_address, coalesce(network_hash = $2, false) AS same_network, queued_at
     FROM optin_mail WHERE (address_hash = $1 OR network_hash = $2) AND queued_at > $3`,
    [keys.address, keys.network ?? null, timestamp(since)],
  );
  return {
    address: rows.filter((row) => row.sameAddress).map((row) => row.queuedAt),
    network: rows.filter((row) => row.sameNetwork).map((row) => row.queuedAt),
  };
}

export async function noteMail(tx: Queryable, keys: LimitKeys, { siteId, now }: { siteId: SiteId; now: Instant }) {
  await tx.query("INSERT INTO optin_mail (address_hash, network_hash, site_id, queued_at) VALUES ($1, $2, $3, $4)", [
    keys.address,
    keys.network ?? null,
    siteId,
    timestamp(now),
  ]);
}

/** The contact that an address belongs to, and how far it is confirmed there. */
export interface Standing {
  readonly contactId: ContactId;
  readonly languageCode: string | null;
  readonly status: string | null;
}

export async function findStandingOf(tx: Queryable, email: Email, contactId: ContactId) {
  const [row] = await tx.query<Standing>(
    `SELECT contact.contact_id, contact.language_code, channel.status::text AS status
     FROM contact LEFT JOIN channel
       ON channel.contact_id = contact.contact_id AND channel.type = 'email' AND channel.value = $1
     WHERE contact.contact_id = $2`,
    [email, contactId],
  );
  return row;
}

export async function findStandingOfHolder(tx: Queryable, email: Email) {
  const [holder] = await tx.query<{ contactId: ContactId }>(
    "SELECT contact_id FROM identifier WHERE kind = 'email' AND value = $1",
    [email],
  );
  return holder && findStandingOf(tx, email, holder.contactId);
}

export async function findSuppression(tx: Queryable, addressHash: Buffer): Promise<Suppression | undefined> {
  const [row] = await tx.query<{ reason: Suppression }>(
    "SELECT reason FROM suppression WHERE channel_type = 'email' AND address_hash = $1",
    [addressHash],
  );
  return row?.reason;
}

export interface NewOptinRequest {
  readonly tokenHash: Buffer;
  readonly siteId: SiteId;
  readonly email: Email;
  readonly contactId: ContactId | undefined;
  readonly claimId: number | undefined;
  readonly visitorId: string;
  readonly messageId: string;
  readonly mailId: string;
  readonly language: string;
  readonly groups: readonly string[];
  readonly formId: string | undefined;
  readonly formText: string | undefined;
  readonly formLanguage: string | undefined;
  readonly url: string | undefined;
  readonly network: string | undefined;
  readonly userAgent: string | undefined;
  readonly requestedAt: Instant;
  readonly expiresAt: Instant;
}

/** Writes the request down in place of the one that waited for the same address and site. */
export async function replaceOptinRequest(tx: Transaction, request: NewOptinRequest) {
  await tx.query("DELETE FROM optin_request WHERE site_id = $1 AND email = $2 AND confirmed_at IS NULL", [
    request.siteId,
    request.email,
  ]);
  await tx.query(
    `INSERT INTO optin_request (token_hash, site_id, email, contact_id, claim_id, visitor_id, message_id, mail_id,
       language, groups, form_id, form_text, form_language, url, network, user_agent, requested_at, expires_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`,
    [
      request.tokenHash,
      request.siteId,
      request.email,
      request.contactId,
      request.claimId,
      request.visitorId,
      request.messageId,
      request.mailId,
      request.language,
      request.groups,
      request.formId,
      request.formText,
      request.formLanguage,
      request.url,
      request.network,
      request.userAgent,
      timestamp(request.requestedAt),
      timestamp(request.expiresAt),
    ],
  );
}

export interface StoredOptinRequest {
  readonly optinRequestId: number;
  readonly tokenHash: Buffer;
  readonly siteId: SiteId;
  readonly siteName: string;
  readonly siteUrl: string | null;
  readonly email: Email;
  readonly contactId: ContactId | null;
  readonly claimId: number | null;
  readonly visitorId: string;
  readonly messageId: string;
  readonly language: string;
  readonly requestedAt: Instant;
  readonly expiresAt: Instant;
  readonly confirmedAt: Instant | null;
}

export async function findOptinRequest(db: Queryable, tokenHash: Buffer) {
  const [row] = await db.query<StoredOptinRequest>(
    `SELECT optin_request_id, token_hash, site_id, site.name AS site_name, site.url AS site_url, email, contact_id,
       claim_id, visitor_id, message_id, language, requested_at, expires_at, confirmed_at
     FROM optin_request JOIN site USING (site_id) WHERE token_hash = $1`,
    [tokenHash],
  );
  return row;
}

/** Says whether this call was the one that confirmed: of two at once, one gets `false`. */
export async function markConfirmed(tx: Transaction, optinRequestId: number, at: Instant): Promise<boolean> {
  const rows = await tx.query(
    "UPDATE optin_request SET confirmed_at = $2 WHERE optin_request_id = $1 AND confirmed_at IS NULL RETURNING 1 AS one",
    [optinRequestId, timestamp(at)],
  );
  return rows.length === 1;
}

/** Removes a request that nobody has confirmed. `false`: somebody has, and it stays. */
export async function removeWaitingRequest(db: Queryable, optinRequestId: number): Promise<boolean> {
  const rows = await db.query(
    "DELETE FROM optin_request WHERE optin_request_id = $1 AND confirmed_at IS NULL RETURNING 1 AS one",
    [optinRequestId],
  );
  return rows.length === 1;
}

export async function removeOldRequests(
  db: Queryable,
  { expiredBefore, mailsBefore }: Record<"expiredBefore" | "mailsBefore", Instant>,
) {
  await db.query("DELETE FROM optin_request WHERE expires_at < $1", [timestamp(expiredBefore)]);
  await db.query("DELETE FROM optin_mail WHERE queued_at < $1", [timestamp(mailsBefore)]);
}

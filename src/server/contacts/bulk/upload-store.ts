import type { Instant, SiteId } from "../../../contract/identifiers.ts";
import { timestamp, type Queryable } from "../../db/database.ts";
import type { BulkOptions } from "./input.ts";

export interface NewUpload {
  readonly sessionId: string;
  readonly keyId: string;
  readonly siteId: SiteId | null;
  readonly options: BulkOptions;
  readonly now: Instant;
  /** Sealed. */
  readonly link: Buffer;
}

export async function insertUpload(tx: Queryable, upload: NewUpload): Promise<void> {
  await tx.query(
    `INSERT INTO bulk_session (session_id, key_id, site_id, options, status, received_at, link)
     VALUES ($1, $2, $3, $4, 'FETCHING', $5, $6)`,
    [upload.sessionId, upload.keyId, upload.siteId, JSON.stringify(upload.options), timestamp(upload.now), upload.link],
  );
}

export interface WaitingUpload {
  readonly sessionId: string;
  readonly options: BulkOptions;
  readonly link: Buffer;
}

/** The oldest that nobody fetches; held until the transaction ends. */
export async function takeUpload(tx: Queryable): Promise<WaitingUpload | undefined> {
  const [upload] = await tx.query<WaitingUpload>(
    `SELECT session_id, options, link FROM bulk_session WHERE status = 'FETCHING'
     ORDER BY received_at, session_id LIMIT 1 FOR UPDATE SKIP LOCKED`,
  );
  return upload;
}

/** A file takes longer to arrive than a request may hold its connection. */
export async function allowLongTransaction(tx: Queryable): Promise<void> {
  await tx.query("SET LOCAL idle_in_transaction_session_timeout = 0");
}

/** Its rows are there: from now on it is an upload like every other. */
export async function startUpload(
  tx: Queryable,
  upload: { readonly sessionId: string; readonly options: BulkOptions; readonly description: string },
): Promise<void> {
  await tx.query(
    `UPDATE bulk_session SET status = 'STARTED', link = NULL, options = $2, description = $3
     WHERE session_id = $1`,
    [upload.sessionId, JSON.stringify(upload.options), upload.description],
  );
}

export async function failUpload(
  tx: Queryable,
  { sessionId, description, now }: { readonly sessionId: string; readonly description: string; readonly now: Instant },
): Promise<void> {
  await tx.query(
    `UPDATE bulk_session SET status = 'ERROR', link = NULL, description = $2, finished_at = $3
     WHERE session_id = $1 AND status = 'FETCHING'`,
    [sessionId, description, timestamp(now)],
  );
}

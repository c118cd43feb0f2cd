import type { ContactId, Instant, SiteId } from "../../../contract/identifiers.ts";
import { timestamp, type Queryable } from "../../db/database.ts";
import type { ContactDescription } from "../contact-input.ts";
import type { BulkOptions, FailedContact, GoodContact } from "./input.ts";

export interface NewSession {
  readonly sessionId: string;
  readonly keyId: string;
  readonly siteId: SiteId | null;
  readonly options: BulkOptions;
  readonly now: Instant;
  readonly good: readonly GoodContact[];
  readonly failed: readonly FailedContact[];
}

export async function insertSession(tx: Queryable, session: NewSession): Promise<void> {
  await tx.query(
    `INSERT INTO bulk_session (session_id, key_id, site_id, options, status, received_at)
     VALUES ($1, $2, $3, $4, 'STARTED', $5)`,
    [session.sessionId, session.keyId, session.siteId, JSON.stringify(session.options), timestamp(session.now)],
  );
  await insertRows(tx, session);
}

export async function insertRows(
  tx: Queryable,
  session: Pick<NewSession, "sessionId" | "good" | "failed">,
): Promise<void> {
  await tx.query(
    `INSERT INTO bulk_row (session_id, row_index, contact)
     SELECT $1, row_index, contact FROM unnest($2::int[], $3::jsonb[]) AS row (row_index, contact)`,
    [
      session.sessionId,
      session.good.map(({ index }) => index),
      session.good.map(({ contact }) => JSON.stringify(contact)),
    ],
  );
  await tx.query(
    `INSERT INTO bulk_row (session_id, row_index, result, external_customer_id, error)
     SELECT $1, row_index, 'failed', external_id, error FROM unnest($2::int[], $3::text[], $4::text[])
       AS row (row_index, external_id, error)`,
    [
      session.sessionId,
      session.failed.map(({ index }) => index),
      session.failed.map(({ externalCustomerId }) => externalCustomerId ?? null),
      session.failed.map(({ errorMessage }) => errorMessage),
    ],
  );
}

export interface WaitingSession {
  readonly sessionId: string;
  readonly keyId: string;
  readonly siteId: SiteId | null;
  readonly options: BulkOptions;
}

/** The oldest that nobody works on; held until the transaction ends, so that its rows stay in order. */
export async function takeSession(tx: Queryable): Promise<WaitingSession | undefined> {
  const [session] = await tx.query<WaitingSession>(
    `SELECT session_id, key_id, site_id, options FROM bulk_session
     WHERE status IN ('STARTED', 'IMPORTING') ORDER BY received_at, session_id LIMIT 1 FOR UPDATE SKIP LOCKED`,
  );
  return session;
}

export interface WaitingRow {
  readonly rowIndex: number;
  readonly contact: ContactDescription;
}

export function listWaitingRows(
  tx: Queryable,
  { sessionId, limit }: { readonly sessionId: string; readonly limit: number },
): Promise<WaitingRow[]> {
  return tx.query(
    `SELECT row_index, contact FROM bulk_row WHERE session_id = $1 AND result IS NULL ORDER BY row_index LIMIT $2`,
    [sessionId, limit],
  );
}

export type RowResult = "created" | "updated" | "unchanged" | "restored" | "skipped" | "failed";

export interface RowReport {
  readonly rowIndex: number;
  readonly result: RowResult;
  readonly contactId?: ContactId | null;
  readonly externalCustomerId?: string | null;
  readonly error?: string | null;
}

/** What was asked for is forgotten with the report. */
export async function reportRows(
  tx: Queryable,
  { sessionId, reports }: { readonly sessionId: string; readonly reports: readonly RowReport[] },
): Promise<void> {
  await tx.query(
    `UPDATE bulk_row SET contact = NULL, result = done.result, contact_id = done.contact_id,
       external_customer_id = done.external_id, error = done.error
     FROM unnest($2::int[], $3::text[], $4::bigint[], $5::text[], $6::text[])
       AS done (row_index, result, contact_id, external_id, error)
     WHERE bulk_row.session_id = $1 AND bulk_row.row_index = done.row_index`,
    [
      sessionId,
      reports.map(({ rowIndex }) => rowIndex),
      reports.map(({ result }) => result),
      reports.map(({ contactId }) => contactId ?? null),
      reports.map(({ externalCustomerId }) => externalCustomerId ?? null),
      reports.map(({ error }) => error ?? null),
    ],
  );
  await tx.query("UPDATE bulk_session SET status = 'IMPORTING' WHERE session_id = $1 AND status = 'STARTED'", [
    sessionId,
  ]);
}

export async function finishSession(
  tx: Queryable,
  { sessionId, now }: { readonly sessionId: string; readonly now: Instant },
): Promise<void> {
  await tx.query("UPDATE bulk_session SET status = 'FINISHED', finished_at = $2 WHERE session_id = $1", [
    sessionId,
    timestamp(now),
  ]);
}

/** Rows that one report names; every one is counted. */
export const MAX_REPORTED = 10_000;

export interface SessionReport {
  readonly status: "STARTED" | "IMPORTING" | "FINISHED" | "ERROR";
  readonly description: string;
  /** Rows by what became of them; `waiting`: nothing yet. */
  readonly counts: Readonly<Partial<Record<RowResult | "waiting", number>>>;
  /** Failed rows, and the others as well once everything is done. */
  readonly rows: readonly RowReport[];
}

/** What the session has come to. Asked with any key, for keys are changed. */
export async function readSession(db: Queryable, sessionId: string): Promise<SessionReport | undefined> {
  const [session] = await db.query<Pick<SessionReport, "status" | "description">>(
    `SELECT CASE status WHEN 'FETCHING' THEN 'STARTED' ELSE status END AS status, description
     FROM bulk_session WHERE session_id = $1`,
    [sessionId],
  );
  if (session === undefined) return undefined;
  const counts = await db.query<{ result: RowResult | "waiting"; n: number }>(
    "SELECT coalesce(result, 'waiting') AS result, count(*) AS n FROM bulk_row WHERE session_id = $1 GROUP BY 1",
    [sessionId],
  );
  const rows = await db.query<RowReport>(
    `SELECT row_index, result, contact_id, external_customer_id, error FROM bulk_row
     WHERE session_id = $1 AND (result = 'failed' OR $2) ORDER BY result <> 'failed', row_index LIMIT $3`,
    [sessionId, session.status === "FINISHED", MAX_REPORTED],
  );
  return { ...session, counts: Object.fromEntries(counts.map(({ result, n }) => [result, n])), rows };
}

export async function removeSessions(db: Queryable, { before }: { readonly before: Instant }): Promise<void> {
  await db.query("DELETE FROM bulk_session WHERE received_at < $1 AND status IN ('FINISHED', 'ERROR')", [
    timestamp(before),
  ]);
}

/** What reports of uploads say about an erased person. A row that still waits is skipped and emptied in its turn. */
export async function forgetReports(
  tx: Queryable,
  { contactIds, externalIds }: { readonly contactIds: readonly ContactId[]; readonly externalIds: readonly string[] },
): Promise<void> {
  await tx.query("UPDATE bulk_row SET external_customer_id = NULL WHERE contact_id = ANY($1)", [contactIds]);
  await tx.query("UPDATE bulk_row SET external_customer_id = NULL WHERE external_customer_id = ANY($1)", [externalIds]);
}

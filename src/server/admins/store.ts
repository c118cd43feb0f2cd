import type { AdminRole } from "../../contract/admin/session.ts";
import type { Instant } from "../../contract/identifiers.ts";
import { timestamp, type Queryable } from "../db/database.ts";
import { EVENTS_COUNTED_TO } from "../contacts/index.ts";
import { SESSION_IDLE, SESSION_LIFETIME } from "./rules.ts";

export interface AdminUser {
  readonly adminUserId: number;
  readonly login: string;
  readonly role: AdminRole;
  readonly passwordHash: string;
  readonly mustChangePassword: boolean;
  readonly lastLoginAt: Instant | null;
}

const USER = "admin_user_id, login, role, password_hash, must_change_password, last_login_at";

export async function findAdminByLogin(db: Queryable, login: string): Promise<AdminUser | undefined> {
  const [user] = await db.query<AdminUser>(`SELECT ${USER} FROM admin_user WHERE login = $1`, [login]);
  return user;
}

export async function countAdmins(db: Queryable): Promise<number> {
  const [row] = await db.query<{ count: number }>("SELECT count(*) FROM admin_user");
  return row?.count ?? 0;
}

export interface NewAdmin {
  readonly login: string;
  readonly role: AdminRole;
  readonly passwordHash: string;
  readonly mustChangePassword: boolean;
  readonly now: Instant;
}

/** Leaves an admin of that login alone, so that processes which start together agree. Answers whether it is new. */
export async function insertAdmin(db: Queryable, admin: NewAdmin): Promise<boolean> {
  const rows = await db.query(
    `INSERT INTO admin_user (login, role, password_hash, must_change_password, created_at)
     VALUES ($1, $2, $3, $4, $5) ON CONFLICT (login) DO NOTHING RETURNING admin_user_id`,
    [admin.login, admin.role, admin.passwordHash, admin.mustChangePassword, timestamp(admin.now)],
  );
  return rows.length === 1;
}

export interface PasswordUpdate {
  readonly adminUserId: number;
  readonly passwordHash: string;
  readonly mustChangePassword: boolean;
}

/** Sets the password and ends every session of that admin. */
export async function updatePassword(tx: Queryable, update: PasswordUpdate): Promise<void> {
  await tx.query("UPDATE admin_user SET password_hash = $2, must_change_password = $3 WHERE admin_user_id = $1", [
    update.adminUserId,
    update.passwordHash,
    update.mustChangePassword,
  ]);
  await tx.query("DELETE FROM admin_session WHERE admin_user_id = $1", [update.adminUserId]);
}

export interface SessionRow {
  readonly adminUserId: number;
  readonly login: string;
  readonly role: AdminRole;
  readonly mustChangePassword: boolean;
  readonly createdAt: Instant;
  readonly lastSeenAt: Instant;
}

export async function findSession(db: Queryable, sessionHash: Buffer): Promise<SessionRow | undefined> {
  const [session] = await db.query<SessionRow>(
    `SELECT u.admin_user_id, u.login, u.role, u.must_change_password, s.created_at, s.last_seen_at
     FROM admin_session s JOIN admin_user u USING (admin_user_id) WHERE s.session_hash = $1`,
    [sessionHash],
  );
  return session;
}

export interface NewSession {
  readonly sessionHash: Buffer;
  readonly adminUserId: number;
  readonly now: Instant;
}

/** Also notes the login and sweeps out every session that has ended. */
export async function insertSession(tx: Queryable, session: NewSession): Promise<void> {
  const now = timestamp(session.now);
  await deleteEndedSessions(tx, session.now);
  await tx.query(
    "INSERT INTO admin_session (session_hash, admin_user_id, created_at, last_seen_at) VALUES ($1, $2, $3, $3)",
    [session.sessionHash, session.adminUserId, now],
  );
  await tx.query("UPDATE admin_user SET last_login_at = $2 WHERE admin_user_id = $1", [session.adminUserId, now]);
}

export async function deleteEndedSessions(db: Queryable, now: Instant): Promise<void> {
  await db.query("DELETE FROM admin_session WHERE last_seen_at <= $1 OR created_at <= $2 OR last_seen_at >= $3", [
    timestamp(now - SESSION_IDLE),
    timestamp(now - SESSION_LIFETIME),
    timestamp(now + SESSION_IDLE),
  ]);
}

export async function touchSession(db: Queryable, sessionHash: Buffer, now: Instant): Promise<void> {
  await db.query("UPDATE admin_session SET last_seen_at = greatest(last_seen_at, $2) WHERE session_hash = $1", [
    sessionHash,
    timestamp(now),
  ]);
}

export async function deleteSession(db: Queryable, sessionHash: Buffer): Promise<void> {
  await db.query("DELETE FROM admin_session WHERE session_hash = $1", [sessionHash]);
}

export interface PendingClaim {
  readonly id: number;
  readonly visitorId: string;
  readonly externalCustomerId: string | null;
  readonly email: string | null;
  readonly phone: string | null;
  readonly claimedAt: Instant;
  readonly expiresAt: Instant;
  readonly url: string | null;
  /** The contacts that hold what is claimed. */
  readonly holders: number[];
  readonly events: number;
}

const CLAIMS_SHOWN = 200;

/** What browsers say about people and could not prove yet, newest first; no more than anybody will read. */
export function selectPendingClaims(db: Queryable, now: Instant): Promise<PendingClaim[]> {
  return db.query<PendingClaim>(
    `SELECT claim.claim_id AS id, claim.visitor_id, claim.external_customer_id, claim.email, claim.phone,
            claim.claimed_at, claim.expires_at, claim.url, counted.events,
            ARRAY(SELECT DISTINCT contact_id::float8 FROM identifier
                  WHERE (kind, value) IN (('external', claim.external_customer_id), ('email', claim.email),
                                          ('phone', claim.phone))
                  ORDER BY 1) AS holders
     FROM (
       SELECT * FROM pending_claim WHERE expires_at > $1 ORDER BY claimed_at DESC, claim_id DESC LIMIT ${CLAIMS_SHOWN}
     ) claim
     CROSS JOIN LATERAL (
       SELECT count(*) AS events FROM (
         SELECT FROM event WHERE source_kind = 'visitor' AND source_id = claim.visitor_id AND attachable
         LIMIT ${EVENTS_COUNTED_TO + 1}
       ) AS some_events
     ) counted
     ORDER BY claim.claimed_at DESC, claim.claim_id DESC`,
    [timestamp(now)],
  );
}

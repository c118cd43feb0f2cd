import type { AdminRole } from "../../contract/admin/session.ts";
import type { Queryable, Transaction } from "../db/database.ts";
import type { User } from "./users.ts";

export function selectUsers(db: Queryable): Promise<User[]> {
  return db.query<User>(
    `SELECT admin_user_id, login, role, must_change_password, created_at, last_login_at
     FROM admin_user ORDER BY login`,
  );
}

/** The ids of all users, whom nobody else changes until this transaction ends. */
export async function lockUsers(tx: Transaction): Promise<number[]> {
  const rows = await tx.query<{ adminUserId: number }>(
    "SELECT admin_user_id FROM admin_user ORDER BY admin_user_id FOR UPDATE",
  );
  return rows.map((row) => row.adminUserId);
}

export async function countOwners(tx: Transaction): Promise<number> {
  const [row] = await tx.query<{ count: number }>("SELECT count(*) FROM admin_user WHERE role = 'owner'");
  return row?.count ?? 0;
}

export async function updateRole(tx: Transaction, adminUserId: number, role: AdminRole): Promise<void> {
  await tx.query("UPDATE admin_user SET role = $2 WHERE admin_user_id = $1", [adminUserId, role]);
}

export async function deleteUser(tx: Transaction, adminUserId: number): Promise<void> {
  await tx.query("DELETE FROM admin_user WHERE admin_user_id = $1", [adminUserId]);
}

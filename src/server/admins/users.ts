import type { AdminRole } from "../../contract/admin/session.ts";
import type { Instant } from "../../contract/identifiers.ts";
import type { Database, Transaction } from "../db/database.ts";
import type { Clock } from "../lib/clock.ts";
import { hashPassword, newOneTimePassword } from "./password.ts";
import { findAdminByLogin, insertAdmin, updatePassword } from "./store.ts";
import { countOwners, deleteUser, lockUsers, selectUsers, updateRole } from "./user-store.ts";

/** Somebody who may log in. */
export interface User {
  readonly adminUserId: number;
  readonly login: string;
  readonly role: AdminRole;
  /** They have not chosen a password of their own yet. */
  readonly mustChangePassword: boolean;
  readonly createdAt: Instant;
  readonly lastLoginAt: Instant | null;
}

export type UserFault =
  | { readonly kind: "badLogin" }
  | { readonly kind: "loginTaken" }
  | { readonly kind: "unknownUser" }
  /** Nobody could manage the installation any more. */
  | { readonly kind: "lastOwner" };

export type UserOutcome<Done> = ({ readonly kind: "done" } & Done) | UserFault;

/** What a login may look like: it is typed, and read out. */
const LOGIN = /^[a-z0-9][a-z0-9._@+-]{1,63}$/;

export interface UserDeps {
  readonly db: Database;
  readonly clock: Clock;
}

export const listUsers = ({ db }: Pick<UserDeps, "db">): Promise<User[]> => selectUsers(db);

/** Makes somebody who may log in with a one-time password, which is told once and never stored. */
export async function createUser(
  { db, clock }: UserDeps,
  { login, role }: { readonly login: string; readonly role: AdminRole },
): Promise<UserOutcome<{ readonly oneTimePassword: string }>> {
  const name = login.trim().toLowerCase();
  if (!LOGIN.test(name)) return { kind: "badLogin" };
  const oneTimePassword = newOneTimePassword();
  const passwordHash = await hashPassword(oneTimePassword);
  const isNew = await insertAdmin(db, { login: name, role, passwordHash, mustChangePassword: true, now: clock() });
  return isNew ? { kind: "done", oneTimePassword } : { kind: "loginTaken" };
}

/** A new one-time password; every session of theirs ends. */
export async function resetPassword(
  { db }: Pick<UserDeps, "db">,
  login: string,
): Promise<UserOutcome<{ readonly oneTimePassword: string }>> {
  const user = await findAdminByLogin(db, login.trim().toLowerCase());
  if (user === undefined) return { kind: "unknownUser" };
  const oneTimePassword = newOneTimePassword();
  const passwordHash = await hashPassword(oneTimePassword);
  const { adminUserId } = user;
  await db.transaction((tx) => updatePassword(tx, { adminUserId, passwordHash, mustChangePassword: true }));
  return { kind: "done", oneTimePassword };
}

/** What they may do from now on; sessions that are open ask each time, so it counts at once. */
export function changeRole(
  { db }: Pick<UserDeps, "db">,
  { adminUserId, role }: { readonly adminUserId: number; readonly role: AdminRole },
): Promise<UserOutcome<object>> {
  return keepingAnOwner(db, adminUserId, (tx) => updateRole(tx, adminUserId, role));
}

/** Removes them with their sessions. What they did stays in the audit under their login. */
export function removeUser({ db }: Pick<UserDeps, "db">, adminUserId: number): Promise<UserOutcome<object>> {
  return keepingAnOwner(db, adminUserId, (tx) => deleteUser(tx, adminUserId));
}

class LastOwner extends Error {}

async function keepingAnOwner(
  db: Database,
  adminUserId: number,
  change: (tx: Transaction) => Promise<void>,
): Promise<UserOutcome<object>> {
  try {
    return await db.transaction(async (tx): Promise<UserOutcome<object>> => {
      // Two owners who demote each other at once must not both succeed.
      const ids = await lockUsers(tx);
      if (!ids.includes(adminUserId)) return { kind: "unknownUser" };
      await change(tx);
      if ((await countOwners(tx)) === 0) throw new LastOwner();
      return { kind: "done" };
    });
  } catch (error) {
    if (error instanceof LastOwner) return { kind: "lastOwner" };
    throw error;
  }
}

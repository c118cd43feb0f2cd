import type { Database } from "../db/database.ts";
import { systemClock, type Clock } from "../lib/clock.ts";
import { hashPassword, newOneTimePassword } from "./password.ts";
import { countAdmins, findAdminByLogin, insertAdmin, updatePassword } from "./store.ts";

const FIRST_LOGIN = "admin";

export interface FirstAdmin {
  readonly email: string;
  /** Must be changed at the first login. Absent: there is a password already. */
  readonly oneTimePassword?: string;
}

/**
 * Makes the first admin when there is none. As long as nobody has set a password of their own, each start hands out
 * a new one-time password, since the earlier one may be lost with the terminal that showed it.
 */
export async function ensureFirstAdmin(
  db: Database,
  { password, clock = systemClock }: { readonly password?: string | undefined; readonly clock?: Clock } = {},
): Promise<FirstAdmin> {
  const first = await findAdminByLogin(db, FIRST_LOGIN);
  const settled = first === undefined ? (await countAdmins(db)) > 0 : !first.mustChangePassword;
  if (settled) return { email: FIRST_LOGIN };

  const chosen = password ?? newOneTimePassword();
  const passwordHash = await hashPassword(chosen);
  const mustChangePassword = password === undefined;
  const isNew = await insertAdmin(db, {
    login: FIRST_LOGIN,
    role: "owner",
    passwordHash,
    mustChangePassword,
    now: clock(),
  });
  if (!isNew) {
    const admin = first ?? (await findAdminByLogin(db, FIRST_LOGIN));
    if (admin === undefined || !admin.mustChangePassword) return { email: FIRST_LOGIN };
    await db.transaction((tx) =>
      updatePassword(tx, { adminUserId: admin.adminUserId, passwordHash, mustChangePassword }),
    );
  }
  return mustChangePassword ? { email: FIRST_LOGIN, oneTimePassword: chosen } : { email: FIRST_LOGIN };
}

import { createHash, randomBytes } from "node:crypto";
import type { Credentials, PasswordChange } from "../../contract/admin/session.ts";
import type { Database, Queryable } from "../db/database.ts";
import { networkOf } from "../http/rate-limit.ts";
import type { Clock } from "../lib/clock.ts";
import { AttemptCounter } from "./attempts.ts";
import { hashPassword, passwordMatches } from "./password.ts";
import { faultOfPassword, sessionHasEnded, SESSION_TOUCH, type PasswordFault } from "./rules.ts";
import {
  deleteEndedSessions,
  deleteSession,
  findAdminByLogin,
  findSession,
  insertSession,
  touchSession,
  updatePassword,
  type SessionRow,
} from "./store.ts";

export interface SessionDeps {
  readonly db: Database;
  readonly clock: Clock;
}

export type LoginOutcome =
  | { readonly kind: "loggedIn"; readonly secret: string; readonly session: SessionRow }
  | { readonly kind: "wrong" }
  | { readonly kind: "tooMany"; readonly waitMs: number };

export type PasswordOutcome =
  | { readonly kind: "changed"; readonly secret: string; readonly session: SessionRow }
  | { readonly kind: "wrong" }
  | { readonly kind: "tooMany"; readonly waitMs: number }
  | { readonly kind: "refused"; readonly fault: PasswordFault };

export interface Sessions {
  login(credentials: Credentials, address: string): Promise<LoginOutcome>;
  /** The session behind a cookie, if it still runs; notes that it was used. */
  find(secret: string): Promise<SessionRow | undefined>;
  end(secret: string): Promise<void>;
  /** Ends every session of the admin, the caller's too, and opens a new one. */
  changePassword(session: SessionRow, change: PasswordChange): Promise<PasswordOutcome>;
}

/** Meant to run once an hour: sessions that ended by themselves. */
export function removeEndedSessions({ db, clock }: SessionDeps): Promise<void> {
  return deleteEndedSessions(db, clock());
}

const hashOf = (secret: string): Buffer => createHash("sha256").update(secret).digest();

export function createSessions({ db, clock }: SessionDeps): Sessions {
  // Three limits, so that neither one address can guess on, nor a stranger lock the owner out of their own account.
  const perAddressAndLogin = new AttemptCounter(5);
  const perAddress = new AttemptCounter(20);
  const perLogin = new AttemptCounter(100);

  async function open(tx: Queryable, user: Omit<SessionRow, "createdAt" | "lastSeenAt">) {
    const secret = randomBytes(32).toString("base64url");
    const now = clock();
    await insertSession(tx, { sessionHash: hashOf(secret), adminUserId: user.adminUserId, now });
    const { adminUserId, login, role, mustChangePassword } = user;
    return { secret, session: { adminUserId, login, role, mustChangePassword, createdAt: now, lastSeenAt: now } };
  }

  return {
    async login(credentials, address) {
      const login = credentials.login.trim().toLowerCase();
      const network = networkOf(address);
      const both = JSON.stringify([network, login]);
      const now = clock();
      const waits = [perAddressAndLogin.count(both, now), perAddress.count(network, now), perLogin.count(login, now)];
      const waitMs = Math.max(...waits.map((wait) => wait ?? 0));
      if (waitMs > 0) return { kind: "tooMany", waitMs };
      const user = await findAdminByLogin(db, login);
      const matches = await passwordMatches(credentials.password, user?.passwordHash);
      if (user === undefined || !matches) return { kind: "wrong" };
      perAddressAndLogin.forget(both);
      perAddress.takeBack(network);
      perLogin.takeBack(login);
      return { kind: "loggedIn", ...(await db.transaction((tx) => open(tx, user))) };
    },

    async find(secret) {
      const hash = hashOf(secret);
      const session = await findSession(db, hash);
      const now = clock();
      if (session === undefined || sessionHasEnded(session, now)) return undefined;
      if (now - session.lastSeenAt >= SESSION_TOUCH) await touchSession(db, hash, now);
      return session;
    },

    end: (secret) => deleteSession(db, hashOf(secret)),

    async changePassword(session, { current, next }) {
      const key = JSON.stringify(["password", session.login]);
      const waitMs = perAddressAndLogin.count(key, clock());
      if (waitMs !== undefined) return { kind: "tooMany", waitMs };
      const user = await findAdminByLogin(db, session.login);
      if (user === undefined || !(await passwordMatches(current, user.passwordHash))) return { kind: "wrong" };
      const fault = faultOfPassword(next, { current, login: user.login });
      if (fault !== undefined) return { kind: "refused", fault };
      perAddressAndLogin.forget(key);
      const passwordHash = await hashPassword(next);
      const changed = { ...user, mustChangePassword: false };
      const opened = await db.transaction(async (tx) => {
        await updatePassword(tx, { adminUserId: user.adminUserId, passwordHash, mustChangePassword: false });
        return open(tx, changed);
      });
      return { kind: "changed", ...opened };
    },
  };
}

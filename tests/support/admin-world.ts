import { createHash, randomBytes } from "node:crypto";
import type { FastifyInstance, RouteOptions } from "fastify";
import { afterAll } from "vitest";
import type { AdminRole } from "../../src/contract/admin/session.ts";
import { ADMIN_API_PATH } from "../../src/contract/wire.ts";
import { createActs } from "../../src/server/acts/index.ts";
import { adminRoutes, ensureFirstAdmin } from "../../src/server/admins/index.ts";
import { timestamp } from "../../src/server/db/database.ts";
import { createKeys } from "../../src/server/http/auth.ts";
import { createExports } from "../../src/server/exports/index.ts";
import { createServer } from "../../src/server/http/server.ts";
import { createImports } from "../../src/server/imports/index.ts";
import { createLog } from "../../src/server/lib/log.ts";
import { erasePerson } from "../../src/server/privacy/index.ts";
import { createSites } from "../../src/server/sites/index.ts";
import { visitorRoutes } from "../../src/server/visitors/index.ts";
import { listening, type Call, type Received, type Sent } from "./http.ts";
import { testDatabase, type TestDatabase } from "./postgres.ts";

export const PASSWORD = "correct horse battery";
export const SECRET_KEY = "a secret of at least thirty-two characters";

/** What a browser sends with a call of our own page. */
export const OWN_PAGE = { "sec-fetch-site": "same-origin" };

/** A browser with its cookie: logged in, or not. */
export interface AdminBrowser {
  readonly cookie: string | undefined;
  call(method: string, path: string, sent?: Sent): Promise<Received>;
}

export interface AdminWorld {
  readonly db: TestDatabase;
  /** Milliseconds to move the clock by. */
  wait(milliseconds: number): void;
  now(): number;
  /** A request as it stands, without a cookie or a header of its own. */
  readonly raw: Call;
  /** Every route that the server has under the admin's API, `*` for the rest. */
  readonly mounted: readonly Pick<RouteOptions, "method" | "url">[];
  logIn(login?: string, password?: string): Promise<AdminBrowser>;
  /** Someone with this role, in a session of their own that needed no password. */
  as(role: AdminRole): Promise<AdminBrowser>;
  /** A browser that sends this cookie, or none. */
  browser(cookie?: string): AdminBrowser;
}

const open: FastifyInstance[] = [];
afterAll(async () => {
  await Promise.all(open.splice(0).map((app) => app.close()));
});

/** The admin's API on a fresh database with one owner, `admin`, whose password is PASSWORD. */
export async function adminWorld(options: { readonly publicUrl?: string } = {}): Promise<AdminWorld> {
  const { publicUrl = "http://localhost:3000" } = options;
  const db = await testDatabase();
  await ensureFirstAdmin(db, { password: PASSWORD });
  let moved = 0;
  const clock = () => Date.now() + moved;
  const app = createServer({ log: createLog("silent"), trustProxy: [], isHttps: publicUrl.startsWith("https:") });
  open.push(app);
  const mounted: Pick<RouteOptions, "method" | "url">[] = [];
  app.addHook("onRoute", ({ method, url }) => {
    if (url.startsWith(ADMIN_API_PATH)) mounted.push({ method, url });
  });
  const importDeps = {
    db,
    clock,
    log: createLog("silent"),
    secretKey: SECRET_KEY,
    listFields: () => Promise.resolve([]),
  };
  const common = { db, clock, sites: createSites({ db, clock }), inbox: { kick: () => undefined } };
  visitorRoutes(app, { ...common, log: createLog("silent"), trustProxy: [], isHttps: false });
  adminRoutes(app, {
    ...common,
    acts: createActs(importDeps, { kick: () => undefined }),
    imports: createImports(importDeps, { kick: () => undefined }),
    keys: createKeys({ db, clock }),
    exports: createExports({
      db,
      clock,
      log: createLog("silent"),
      secretKey: SECRET_KEY,
      exportReach: "private-too",
    }),
    secretKey: SECRET_KEY,
    askAgain: () => Promise.resolve({ kind: "refused", reason: "no_site" }),
    erasePerson: erasePerson({ db, secretKey: SECRET_KEY }),
    publicUrl,
    mailIsCaptured: true,
    tracker: undefined,
    adminDir: "/nowhere",
  });
  const raw = await listening(app);

  const browser = (cookie?: string): AdminBrowser => ({
    cookie,
    call: (method, path, { body, headers = {} } = {}) =>
      raw(method, ADMIN_API_PATH + path, {
        body,
        headers: {
          ...OWN_PAGE,
          ...(cookie !== undefined && { cookie }),
          ...(body !== undefined && { "content-type": "application/json" }),
          ...headers,
        },
      }),
  });
  const logIn = async (login = "admin", password = PASSWORD) => {
    const answer = await browser().call("POST", "/session", { body: { login, password } });
    const cookie = cookieOf(answer);
    if (cookie === undefined) throw new Error(`The log-in was refused: ${answer.status} ${answer.text}`);
    return browser(cookie);
  };
  return {
    db,
    wait: (milliseconds) => void (moved += milliseconds),
    now: clock,
    raw,
    mounted,
    browser,
    logIn,
    async as(role) {
      await db.query(
        `INSERT INTO admin_user (login, role, password_hash, created_at) VALUES ($1, $1, 'none', now())
         ON CONFLICT (login) DO NOTHING`,
        [role],
      );
      const secret = randomBytes(32).toString("base64url");
      await db.query(
        `INSERT INTO admin_session (session_hash, admin_user_id, created_at, last_seen_at)
         SELECT $1, admin_user_id, $3, $3 FROM admin_user WHERE login = $2`,
        [createHash("sha256").update(secret).digest(), role, timestamp(clock())],
      );
      return browser(`backstory_admin=${secret}`);
    },
  };
}

/** `name=value`, as a browser would send it back. */
export function cookieOf({ headers }: Received): string | undefined {
  const pair = headers["set-cookie"]?.[0]?.split(";", 1)[0];
  return pair?.endsWith("=") === true ? undefined : pair;
}

import type { FastifyInstance } from "fastify";
import type { Acts } from "../acts/index.ts";
import type { Database } from "../db/database.ts";
import type { FindFieldUses } from "../fields/index.ts";
import type { Exports } from "../exports/index.ts";
import type { Keys } from "../http/auth.ts";
import type { Imports } from "../imports/index.ts";
import type { TrackerFile } from "../http/tracker-file.ts";
import type { Clock } from "../lib/clock.ts";
import type { ErasePerson } from "../privacy/index.ts";
import type { Sites } from "../sites/index.ts";
import type { AskAgain, AskedAgain } from "../subscriptions/index.ts";
import { sessionCookie } from "./cookie.ts";
import { mountAdminApi, type MountDeps } from "./mount.ts";
import { adminPages } from "./pages.ts";
import type { AdminRoute } from "./route.ts";
import { actRoutes } from "./routes/acts.ts";
import { contactChangeRoutes } from "./routes/contact-changes.ts";
import { contactRoutes } from "./routes/contacts.ts";
import { importRoutes } from "./routes/imports.ts";
import { identityKeyRoutes } from "./routes/identity-keys.ts";
import { fieldRoutes } from "./routes/fields.ts";
import { exportRoutes } from "./routes/exports.ts";
import { keyRoutes } from "./routes/keys.ts";
import { liveRoutes } from "./routes/live.ts";
import { mailRoutes } from "./routes/mail.ts";
import { overviewRoutes } from "./routes/overview.ts";
import { sampleRoutes } from "./routes/samples.ts";
import { segmentMemberRoutes } from "./routes/segment-members.ts";
import { segmentRoutes } from "./routes/segments.ts";
import { rejectedRoutes } from "./routes/rejected.ts";
import { sessionRoutes } from "./routes/session.ts";
import { siteRoutes } from "./routes/sites.ts";
import { subscriptionRoutes } from "./routes/subscriptions.ts";
import { userRoutes } from "./routes/users.ts";
import { createSessions } from "./session.ts";

export { ensureFirstAdmin, type FirstAdmin } from "./first-admin.ts";
export { adminRoute, sessionOf, type AdminCall, type AdminRoute } from "./route.ts";
export { removeEndedSessions } from "./session.ts";
export { changeRole, createUser, listUsers, removeUser, resetPassword, type User, type UserFault } from "./users.ts";
export { rightsOf, type Need } from "./rules.ts";

export interface AdminDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly sites: Sites;
  readonly keys: Keys;
  readonly imports: Imports;
  readonly acts: Acts;
  readonly inbox: { kick(): void };
  readonly exports: Exports;
  readonly secretKey: string;
  readonly erasePerson: ErasePerson;
  readonly askAgain: (wish: AskAgain) => Promise<AskedAgain>;
  /** Slices that may need an additional field. */
  readonly fieldUsers?: readonly FindFieldUses[];
  readonly publicUrl: string;
  readonly mailIsCaptured: boolean;
  /** Undefined: not built. */
  readonly tracker: TrackerFile | undefined;
  /** The folder that build-admin.mjs filled. */
  readonly adminDir: string;
}

/** Every route of the admin's API. */
export function adminRouteTable(deps: AdminDeps, guard: MountDeps): readonly AdminRoute[] {
  return [
    ...sessionRoutes({ ...deps, ...guard }),
    ...overviewRoutes(deps),
    ...sampleRoutes(deps),
    ...contactRoutes(deps),
    ...contactChangeRoutes(deps),
    ...actRoutes(deps),
    ...importRoutes(deps),
    ...segmentRoutes(deps),
    ...segmentMemberRoutes(deps),
    ...siteRoutes(deps),
    ...identityKeyRoutes(deps),
    ...liveRoutes(deps),
    ...rejectedRoutes(deps),
    ...subscriptionRoutes(deps),
    ...mailRoutes(deps),
    ...keyRoutes(deps),
    ...userRoutes(deps),
    ...fieldRoutes(deps),
    ...exportRoutes(deps),
  ];
}

/** The admin: its pages and its API. `more`: routes of slices that the admin itself does not know. */
export function adminRoutes(app: FastifyInstance, deps: AdminDeps, more: readonly AdminRoute[] = []): void {
  const { publicUrl } = deps;
  const guard: MountDeps = { sessions: createSessions(deps), cookie: sessionCookie(publicUrl), publicUrl };
  mountAdminApi(app, guard, [...adminRouteTable(deps, guard), ...more]);
  adminPages(app, { ...deps, cookie: guard.cookie });
}

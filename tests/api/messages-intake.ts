import type { FastifyInstance } from "fastify";
import { afterAll } from "vitest";
import { createApp } from "../../src/server/app.ts";
import type { RateLimit } from "../../src/server/http/rate-limit.ts";
import { createLog } from "../../src/server/lib/log.ts";
import { uuidv7 } from "../../src/server/lib/uuid.ts";
import { createServices } from "../../src/server/services.ts";
import type { IdentifyMode, Site } from "../../src/server/sites/index.ts";
import type { VisitorDeps } from "../../src/server/visitors/routes.ts";
import { testDatabase, type TestDatabase } from "../support/postgres.ts";

export const quiet = createLog("silent");

export interface Intake {
  readonly db: TestDatabase;
  readonly app: FastifyInstance;
  readonly site: Site;
  /** Another site of the same installation. */
  readonly otherSite: Site;
}

type Replaced = Partial<Pick<VisitorDeps, "clock" | "sites" | "inbox" | "groupCommit">>;

export interface IntakeOptions extends Replaced {
  readonly mode?: IdentifyMode;
  readonly allowedOrigins?: readonly string[];
  readonly batchesPerAddress?: RateLimit;
  readonly batchesPerSite?: RateLimit;
}

const open: { close(): Promise<unknown> }[] = [];
afterAll(async () => {
  for (const part of open.splice(0)) await part.close();
});

/** The assembled server on a fresh database with two sites; messages about people stay in the inbox. */
export async function intake({
  mode,
  allowedOrigins,
  batchesPerAddress,
  batchesPerSite,
  ...replaced
}: IntakeOptions = {}): Promise<Intake> {
  const db = await testDatabase();
  const { clock } = replaced;
  const services = createServices({
    db,
    log: quiet,
    secretKey: "a secret of at least thirty-two characters",
    publicUrl: "http://localhost",
    ...(clock === undefined ? {} : { clock }),
  });
  const [site, otherSite] = await Promise.all([
    services.sites.createSite({ name: "Shop", identify: mode, allowedOrigins }),
    services.sites.createSite({ name: "Blog" }),
  ]);
  if (site.kind !== "stored" || otherSite.kind !== "stored") throw new Error("The sites were not made.");
  const unread = { ...services.inbox, kick: () => undefined };
  const app = createApp({ ...services, inbox: unread, ...replaced } as typeof services, {
    batchesPerAddress,
    batchesPerSite,
  });
  open.push(app, services);
  return { db, app, site: site.site, otherSite: otherSite.site };
}

/** A page view a moment ago; `fields` on top. */
export function page(fields: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    type: "page",
    id: uuidv7(Date.now()),
    visitorId: "visitor-1",
    at: Date.now(),
    url: "https://shop.example/",
    ...fields,
  };
}

export function batch(site: Site, messages: readonly unknown[], more: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({ site: site.siteKey, sentAt: Date.now(), messages, ...more });
}

export async function send(
  app: FastifyInstance,
  body: string | Buffer,
  headers: Readonly<Record<string, string>> = { "content-type": "text/plain;charset=UTF-8" },
) {
  const answer = await app.inject({ method: "POST", url: "/v1/messages", payload: body, headers: { ...headers } });
  return { status: answer.statusCode, body: answer.json<Record<string, unknown>>(), headers: answer.headers };
}

export async function countOf(
  db: TestDatabase,
  table: "event" | "identity_message" | "rejected" | "contact",
): Promise<number> {
  const [row] = await db.query<{ count: number }>(`SELECT count(*) AS count FROM ${table}`);
  return row?.count ?? 0;
}

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { FastifyInstance } from "fastify";
import { adminRoutes } from "./admins/index.ts";
import { apiDocs } from "./api-docs.ts";
import { contactRoutes } from "./contacts/index.ts";
import { compatibilityRoutes } from "./compatibility/index.ts";
import { deviceRoutes } from "./devices/index.ts";
import { healthRoutes } from "./http/health.ts";
import { createMetrics, metricsRoute } from "./http/metrics.ts";
import { createRateLimiter, type RateLimit } from "./http/rate-limit.ts";
import { createServer } from "./http/server.ts";
import { compatibleTracker, trackerFile } from "./http/tracker-file.ts";
import type { Clock } from "./lib/clock.ts";
import type { Services } from "./services.ts";
import { createSightings, siteApiRoutes, type Sightings } from "./sites/index.ts";
import { subscriptionRoutes } from "./subscriptions/index.ts";
import { visitorRoutes } from "./visitors/index.ts";

export interface AppOptions {
  /** The built files. Absent: `dist` beside the sources or around the built server. */
  readonly distDir?: string;
  readonly trustProxy?: readonly string[];
  /** Batches that one network address may send. Absent: any number. */
  readonly batchesPerAddress?: RateLimit | undefined;
  /** Batches that may come in for one site, from wherever. Absent: any number. */
  readonly batchesPerSite?: RateLimit | undefined;
  readonly isReady?: () => Promise<boolean>;
  /** Who may read `/metrics`. Absent: nothing is counted. */
  readonly metricsToken?: string | undefined;
  /** Absent: everything. */
  readonly serves?: "everything" | "health";
}

/** Mounts every slice: the whole route table on one screen. */
export function createApp(services: Services, options: AppOptions = {}): FastifyInstance {
  const { clock, log, publicUrl } = services;
  const { distDir = builtFiles(), trustProxy = [] } = options;
  const { isReady = () => databaseAnswers(services), serves = "everything" } = options;
  const reached = { trustProxy, isHttps: publicUrl.startsWith("https:") };
  const app = createServer({ log, ...reached });

  healthRoutes(app, { isReady });
  const meter = counted(app, services, options);
  if (serves === "health") return app;
  const sightings = seenBy(app, services);
  const tracker = trackerFile(app, { distDir, fetched: (page) => sightings.note({ code: "script", ...page }) });
  compatibleTracker(app, { distDir, sites: services.sites });
  const limiters = limitersOf(options, clock);
  apiDocs(app);
  contactRoutes(app, services);
  siteApiRoutes(app, services);
  deviceRoutes(app, services);
  compatibilityRoutes(app, { ...services, ...limiters });
  adminRoutes(app, { ...services, adminDir: join(distDir, "admin"), tracker });
  visitorRoutes(app, { ...services, ...reached, ...limiters, ...meter, sightings });
  subscriptionRoutes(app, services);
  return app;
}

export type CollectorDeps = Pick<Services, "db" | "clock" | "log" | "sites" | "publicUrl">;

/** The public intake alone: what it appends is carried out by processes that do more. */
export function createCollectorApp(deps: CollectorDeps, options: AppOptions = {}): FastifyInstance {
  const { clock, log, publicUrl } = deps;
  const { distDir = builtFiles(), trustProxy = [] } = options;
  const { isReady = () => databaseAnswers(deps) } = options;
  const reached = { trustProxy, isHttps: publicUrl.startsWith("https:") };
  const app = createServer({ log, ...reached });
  healthRoutes(app, { isReady });
  const meter = counted(app, deps, options);
  const sightings = seenBy(app, deps);
  trackerFile(app, { distDir, fetched: (page) => sightings.note({ code: "script", ...page }) });
  const limiters = limitersOf(options, clock);
  visitorRoutes(app, { ...deps, ...reached, ...limiters, ...meter, sightings, inbox: { kick: () => undefined } });
  return app;
}

function limitersOf({ batchesPerAddress, batchesPerSite }: AppOptions, clock: Clock) {
  return {
    ...(batchesPerAddress && { limiter: createRateLimiter(batchesPerAddress, clock) }),
    ...(batchesPerSite && { siteLimiter: createRateLimiter(batchesPerSite, clock) }),
  };
}

/** What pages did that ended in no stored message, written down until the app is closed. */
function seenBy(app: FastifyInstance, deps: Pick<Services, "db" | "clock" | "log">): Sightings {
  const sightings = createSightings(deps);
  app.addHook("onClose", () => sightings.close());
  return sightings;
}

/** Counts for `/metrics`, if anybody may read them. */
function counted(app: FastifyInstance, { db }: Pick<Services, "db">, { metricsToken: token }: AppOptions) {
  if (token === undefined) return {};
  const metrics = createMetrics({ db });
  metricsRoute(app, { metrics, token });
  return { meter: metrics.intake };
}

async function databaseAnswers({ db }: Pick<Services, "db">): Promise<boolean> {
  await db.query("SELECT 1");
  return true;
}

/** This file runs from src/server in development and from dist/server.js when built. */
function builtFiles(): string {
  const here = fileURLToPath(new URL(".", import.meta.url));
  return here.endsWith("/dist/") ? here : join(here, "../../dist");
}

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { FastifyInstance } from "fastify";
import { adminRoutes } from "./admins/index.ts";
import { apiDocs } from "./api-docs.ts";
import { contactRoutes } from "./contacts/index.ts";
import { deviceRoutes } from "./devices/index.ts";
import { healthRoutes } from "./http/health.ts";
import { createRateLimiter, type RateLimit } from "./http/rate-limit.ts";
import { createServer } from "./http/server.ts";
import { trackerFile } from "./http/tracker-file.ts";
import type { Services } from "./services.ts";
import { siteApiRoutes } from "./sites/index.ts";
import { subscriptionRoutes } from "./subscriptions/index.ts";
import { visitorRoutes } from "./visitors/index.ts";

export interface AppOptions {
  /** The built files. Absent: `dist` beside the sources or around the built server. */
  readonly distDir?: string;
  readonly trustProxy?: readonly string[];
  /** Batches that one network address may send. Absent: any number. */
  readonly batchesPerAddress?: RateLimit | undefined;
  readonly isReady?: () => Promise<boolean>;
}

/** Mounts every slice: the whole route table on one screen. */
export function createApp(services: Services, options: AppOptions = {}): FastifyInstance {
  const { clock, log, publicUrl } = services;
  const { distDir = builtFiles(), trustProxy = [], batchesPerAddress } = options;
  const { isReady = () => databaseAnswers(services) } = options;
  const reached = { trustProxy, isHttps: publicUrl.startsWith("https:") };
  const app = createServer({ log, ...reached });

  healthRoutes(app, { isReady });
  trackerFile(app, { distDir });
  const limiter = batchesPerAddress === undefined ? {} : { limiter: createRateLimiter(batchesPerAddress, clock) };
  apiDocs(app);
  contactRoutes(app, services);
  siteApiRoutes(app, services);
  deviceRoutes(app, services);
  adminRoutes(app, { ...services, adminDir: join(distDir, "admin") });
  visitorRoutes(app, { ...services, ...reached, ...limiter });
  subscriptionRoutes(app, services);
  return app;
}

async function databaseAnswers({ db }: Services): Promise<boolean> {
  await db.query("SELECT 1");
  return true;
}

/** This file runs from src/server in development and from dist/server.js when built. */
function builtFiles(): string {
  const here = fileURLToPath(new URL(".", import.meta.url));
  return here.endsWith("/dist/") ? here : join(here, "../../dist");
}

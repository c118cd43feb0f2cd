import type { FastifyBaseLogger } from "fastify";
import { createCollectorApp } from "./app.ts";
import type { Config } from "./config.ts";
import { openDatabase } from "./db/database.ts";
import { checkExternalDatabase } from "./db/external.ts";
import { migrate } from "./db/migrate.ts";
import { systemClock } from "./lib/clock.ts";
import { createSites } from "./sites/index.ts";
import { closeApp, LIMITS, listen, reservePort } from "./start.ts";
import { isWorker, startWorkers, workerEnvironment } from "./workers.ts";

export interface Collector {
  readonly publicUrl: string;
  /** Readiness off, accepted requests answered, buffers committed. */
  stop(): Promise<void>;
}

/**
 * A process that takes what browsers send and does nothing else: no jobs, no mail, no admin. Any number of them may
 * write to one database; what browsers say about people is carried out by a process of another role, within a second.
 */
export async function startCollector(config: Config, log: FastifyBaseLogger): Promise<Collector> {
  const port = isWorker() ? config.port : await reservePort(config);
  const publicUrl = config.publicUrl ?? `http://localhost:${port}`;
  const connection = await checkExternalDatabase(config.databaseUrl ?? "", log);
  await migrate(connection);
  if (config.workers > 0) {
    const environment = { ...workerEnvironment(connection), PUBLIC_URL: publicUrl, PORT: String(port) };
    const workers = await startWorkers({ count: config.workers, environment, log });
    return { publicUrl, stop: () => workers.stop() };
  }
  const db = openDatabase({ ...connection, ...LIMITS });
  let draining = false;
  const app = createCollectorApp(
    { db, clock: systemClock, log, sites: createSites({ db }), publicUrl },
    {
      trustProxy: config.trustProxy,
      batchesPerAddress: config.batchesPerAddress,
      batchesPerSite: config.batchesPerSite,
      metricsToken: config.metricsToken,
      isReady: async () => !draining && (await db.query("SELECT 1")).length === 1,
    },
  );
  await listen(app, { host: config.host, port });
  return {
    publicUrl,
    async stop() {
      draining = true;
      await closeApp(app);
      await db.close();
    },
  };
}

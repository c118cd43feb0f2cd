import { once } from "node:events";
import { createServer as createSocket } from "node:net";
import type { FastifyBaseLogger, FastifyInstance } from "fastify";
import type pg from "pg";
import { ensureFirstAdmin, type FirstAdmin } from "./admins/index.ts";
import { createApp } from "./app.ts";
import { carryOutCarefully, chores, makeMonths } from "./chores.ts";
import type { Config } from "./config.ts";
import { replaceNamedKey, SCOPES } from "./db/api-keys.ts";
import { openDatabase } from "./db/database.ts";
import { startEmbedded } from "./db/embedded.ts";
import { checkExternalDatabase } from "./db/external.ts";
import { migrate } from "./db/migrate.ts";
import { createJobs, type Jobs } from "./jobs/index.ts";
import { StartRefused } from "./lib/start-refused.ts";
import { smtpMailer } from "./mail/index.ts";
import { keptSecretKey } from "./secret-key.ts";
import { createServices, type Services } from "./services.ts";
import { createSites, ensureFirstSite, type Site } from "./sites/index.ts";
import { isWorker, startWorkers, workerEnvironment } from "./workers.ts";

export interface PreparedServer {
  readonly publicUrl: string;
  readonly admin: FirstAdmin;
  readonly site: Site;
  readonly services: Services;
  /** True: the database of an earlier process, which was killed, was found running and is used on. */
  readonly databaseAdopted: boolean;
  /** From here on it takes requests. */
  listen(): Promise<void>;
  /** Readiness off, accepted requests answered, what is under way finished, the database stopped. */
  stop(): Promise<void>;
}

export interface StartOptions {
  readonly log: FastifyBaseLogger;
  /** Another Backstory has the data folder now. */
  readonly onLost?: (refusal: StartRefused) => void;
}

/**
 * Everything a process needs but the open port, in order. What was started is stopped again when a later step fails.
 */
export async function prepareServer(config: Config, { log, onLost }: StartOptions): Promise<PreparedServer> {
  const undo: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    const port = isWorker() ? config.port : await reservePort(config);
    const publicUrl = config.publicUrl ?? `http://localhost:${port}`;
    const secretKey = config.secretKey ?? keptSecretKey(config.dataDir);
    const database = await startDatabase(config, { log, ...(onLost === undefined ? {} : { onLost }) });
    undo.push(() => database.stop());
    await migrate(database.connection);
    const db = openDatabase({ ...database.connection, ...LIMITS });
    undo.push(() => db.close());
    const background = openDatabase({ ...database.connection, ...BACKGROUND_LIMITS });
    undo.push(() => background.close());

    const { smtpUrl, mailFrom, exportReach } = config;
    const mailer = smtpUrl === undefined ? {} : { mailer: smtpMailer({ url: smtpUrl, from: mailFrom }) };
    const services = createServices({ db, log, secretKey, publicUrl, mailFrom, exportReach, ...mailer });
    undo.push(() => services.close());
    const seeding = { db: background, sites: createSites({ db: background }), clock: services.clock };
    const seeds = await seed(config, seeding, publicUrl);
    if (!isWorker()) {
      const jobs = await startJobs(createJobs({ db: background, log }), services, config);
      undo.push(() => jobs.stop());
    }

    let draining = false;
    const isReady = async (): Promise<boolean> => !draining && (await db.query("SELECT 1")).length === 1;
    const app = createApp(services, {
      trustProxy: config.trustProxy,
      batchesPerAddress: config.batchesPerAddress,
      batchesPerSite: config.batchesPerSite,
      metricsToken: config.metricsToken,
      isReady,
      serves: config.role === "jobs" ? "health" : "everything",
    });
    undo.push(() => closeApp(app));
    undo.push(() => Promise.resolve(void (draining = true)));
    return {
      publicUrl,
      ...seeds,
      services,
      databaseAdopted: database.adopted,
      async listen() {
        if (config.workers === 0) await listen(app, { host: config.host, port });
        else {
          const environment = {
            ...workerEnvironment(database.connection),
            PUBLIC_URL: publicUrl,
            SECRET_KEY: secretKey,
          };
          const workers = await startWorkers({
            count: config.workers,
            environment: { ...environment, PORT: String(port) },
            log,
          });
          undo.push(() => workers.stop());
        }
        // Those of workers carry out at once what they took; this one looks for what was left.
        if (isWorker()) return;
        services.inbox.start();
        services.importWorker.start();
        services.actWorker.start();
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** No statement of a request may hold its connection for longer, whatever became of the database. */
export const LIMITS: pg.PoolConfig = {
  max: 16,
  statement_timeout: 5_000,
  query_timeout: 6_000,
  idle_in_transaction_session_timeout: 30_000,
  keepAlive: true,
};

/** Nobody waits for an answer here: a machine that is just coming up may take its time, and the start must outlast it. */
const BACKGROUND_LIMITS: pg.PoolConfig = {
  max: 2,
  connectionTimeoutMillis: 60_000,
  statement_timeout: 15_000,
  query_timeout: 16_000,
  keepAlive: true,
};

interface StartedDatabase {
  readonly connection: pg.ClientConfig;
  readonly adopted: boolean;
  stop(): Promise<void>;
}

async function startDatabase(config: Config, { log, onLost }: StartOptions): Promise<StartedDatabase> {
  if (config.databaseUrl !== undefined) {
    const connection = await checkExternalDatabase(config.databaseUrl, log);
    return { connection, adopted: false, stop: () => Promise.resolve() };
  }
  const settings = { max_connections: String(60 + (LIMITS.max ?? 0) * config.workers) };
  return startEmbedded({ dataDirectory: config.dataDir, log, settings, ...(onLost === undefined ? {} : { onLost }) });
}

type Seeding = Pick<Services, "db" | "sites" | "clock">;

async function seed(config: Config, { db, sites, clock }: Seeding, publicUrl: string) {
  const demoUrl =
    config.demoPort === undefined ? undefined : `${new URL(publicUrl).protocol}//localhost:${config.demoPort}`;
  const site = await ensureFirstSite(sites, { siteKey: config.siteKey, url: demoUrl });
  if (config.apiKey !== undefined)
    await replaceNamedKey(db, { name: "API_KEY", secret: config.apiKey, scopes: SCOPES, now: clock() });
  const admin = await ensureFirstAdmin(db, { password: config.adminPassword, clock });
  return { site, admin };
}

async function startJobs(jobs: Jobs, services: Services, { anonymousMonths }: Config): Promise<Jobs> {
  const { log } = services;
  // Rows have a place without them, so this is nothing to fail the start for.
  await makeMonths(services).catch((error: unknown) => log.warn({ err: error }, "months for events could not be made"));
  for (const chore of chores(services, { anonymousMonths }))
    jobs.every(chore.name, chore.cron, () => carryOutCarefully(chore, services));
  await scheduleExports(services, jobs);
  return jobs;
}

/** Of all processes one sends an export that is due, and one takes it; a lock of its own keeps out a second. */
async function scheduleExports({ exports, log }: Services, jobs: Jobs): Promise<void> {
  const send = (exportId: string) => jobs.send("export", exportId);
  jobs.take("export", (exportId) => exports.runIfDue(exportId));
  jobs.every("due-exports", "* * * * *", async () => {
    for (const { exportId } of await exports.due()) await send(exportId);
  });
  await jobs.start();
  exports.onAsked((exportId) => {
    send(exportId).catch((error: unknown) => log.warn({ err: error }, "an export waits for its next minute"));
  });
}

/** Before anything else is started: a port in use is the most common fault. */
export async function reservePort({ host, port }: Config): Promise<number> {
  const socket = createSocket();
  try {
    socket.listen({ host, port });
    await once(socket, "listening");
    const address = socket.address();
    return typeof address === "object" && address !== null ? address.port : port;
  } catch (error) {
    throw portRefused(error, { name: "PORT", host, port });
  } finally {
    socket.close();
  }
}

export async function listen(app: FastifyInstance, at: { host: string; port: number }): Promise<void> {
  try {
    await app.listen({ ...at, backlog: 1_024 });
  } catch (error) {
    throw portRefused(error, { name: "PORT", ...at });
  }
}

/** Whoever has not finished sending by then is cut off, so that a stop never waits for a slow client. */
const PATIENCE = 5_000;

export async function closeApp(app: FastifyInstance): Promise<void> {
  const timer = setTimeout(() => app.server.closeAllConnections(), PATIENCE);
  await app.close();
  clearTimeout(timer);
}

export function portRefused(error: unknown, at: { name: string; host: string; port: number }): unknown {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "EADDRINUSE")
    return new StartRefused(`Port ${at.port} is in use by another program. Stop it, or set ${at.name} to a free port.`);
  if (code === "EACCES")
    return new StartRefused(`Port ${at.port} is reserved for root. Set ${at.name} to a port above 1023.`);
  if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND" || code === "EAI_AGAIN")
    return new StartRefused(`HOST is "${at.host}", which is no address of this machine.`);
  return error;
}

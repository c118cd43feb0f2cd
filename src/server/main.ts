import { startDemoSite, type DemoSite } from "../../demo-site/server.ts";
import type { FastifyBaseLogger } from "fastify";
import { startCollector } from "./collector.ts";
import { readConfig, type Config } from "./config.ts";
import { replaceNamedKey } from "./db/api-keys.ts";
import { isOutage } from "./db/outage.ts";
import { boundGarbage } from "./lib/heap.ts";
import { createLog } from "./lib/log.ts";
import { StartRefused } from "./lib/start-refused.ts";
import { isWorker } from "./workers.ts";
import { portRefused, prepareServer, type PreparedServer } from "./start.ts";

async function main(): Promise<void> {
  boundGarbage();
  const outcome = readConfig(process.env);
  if (outcome.kind === "refused") return refuse(outcome.faults);
  const { config } = outcome;
  const log = createLog(config.logLevel);
  // A signal that comes while starting has something to stop as soon as it is started.
  const stopping = new Stopping();
  try {
    if (config.role === "collect") return await collect(config, { log, stopping });
    const server = await prepareServer(config, { log, onLost: (refusal) => refuse([refusal.message]) });
    stopping.add(() => server.stop());
    const demo = await startDemo(config, server);
    if (demo !== undefined) stopping.add(() => demo.close());
    await server.listen();
    if (!isWorker()) announce({ config, server, demo });
    stopping.ready();
  } catch (error) {
    await stopping.stop();
    if (error instanceof StartRefused) return refuse([error.message]);
    if (error instanceof Error && isOutage(error)) return refuse([lostOnTheWay(error)]);
    throw error;
  }
}

async function collect(
  config: Config,
  { log, stopping }: { log: FastifyBaseLogger; stopping: Stopping },
): Promise<void> {
  const collector = await startCollector(config, log);
  stopping.add(() => collector.stop());
  if (!isWorker()) console.log(`Backstory collects at ${collector.publicUrl}; another process has to do the jobs.`);
  stopping.ready();
}

/**
 * Ctrl-C reaches us twice under npm, which passes on what the terminal has sent to everybody.
 * https://github.com/npm/run-script/blob/main/lib/signal-manager.js
 */
const ONE_SIGNAL = 500;

/** The first signal stops in order, the second at once. */
class Stopping {
  readonly #steps: (() => Promise<void>)[] = [];
  #askedAt: number | undefined;
  #ready = false;

  constructor() {
    for (const name of ["SIGTERM", "SIGINT"] as const) process.on(name, () => this.#signal());
  }

  add(step: () => Promise<void>): void {
    this.#steps.push(step);
  }

  ready(): void {
    this.#ready = true;
    if (this.#askedAt !== undefined) this.#finish();
  }

  async stop(): Promise<void> {
    for (const step of this.#steps.splice(0).reverse()) await step();
  }

  #signal(): void {
    if (this.#askedAt !== undefined) {
      if (Date.now() - this.#askedAt > ONE_SIGNAL) process.exit(1);
      return;
    }
    this.#askedAt = Date.now();
    if (!isWorker()) console.log("Stopping …");
    if (this.#ready) this.#finish();
  }

  #finish(): void {
    this.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  }
}

async function startDemo(config: Config, { publicUrl, site, services }: PreparedServer): Promise<DemoSite | undefined> {
  const { demoPort: port, host, dataDir } = config;
  if (port === undefined) return undefined;
  const apiKey = config.apiKey ?? (await newDemoKey(services));
  try {
    return await startDemoSite({ port, host, backstoryUrl: publicUrl, siteKey: site.siteKey, apiKey, dataDir });
  } catch (error) {
    throw portRefused(error, { name: "DEMO_PORT", host, port });
  }
}

/** Only its hash is stored, so each start makes a new one and ends the one before. */
async function newDemoKey({ db, clock }: PreparedServer["services"]): Promise<string> {
  const scopes = ["contacts:write", "contacts:read", "events"] as const;
  const { secret } = await replaceNamedKey(db, { name: "Demo shop", scopes, now: clock() });
  return secret;
}

interface Started {
  readonly config: Config;
  readonly server: PreparedServer;
  readonly demo: DemoSite | undefined;
}

function announce({ config, server, demo }: Started): void {
  const { publicUrl, admin, site, services, databaseAdopted } = server;
  const data =
    config.databaseUrl === undefined ? config.dataDir : `the database of DATABASE_URL, and ${config.dataDir}`;
  const password =
    admin.oneTimePassword === undefined
      ? `log in as ${admin.email}`
      : `log in as ${admin.email} with the one-time password ${admin.oneTimePassword}`;
  const lines = [
    "",
    "Backstory is ready.",
    "",
    `  Admin      ${publicUrl}/admin  (${password})`,
    ...(demo === undefined ? [] : [`  Demo shop  ${demo.url}`]),
    `  Tag        <script defer src="${publicUrl}/backstory.js" data-site="${site.siteKey}"></script>`,
    `  Data       ${data}`,
    ...(services.mailIsCaptured
      ? [`  Mail       captured, see ${publicUrl}/admin/mail (set SMTP_URL to send it)`]
      : []),
    ...(databaseAdopted
      ? ["", "  The database was still running after the last process was killed, and is used on."]
      : []),
    "",
  ];
  console.log(lines.join("\n"));
}

const lostOnTheWay = ({ message }: Error): string =>
  `The database stopped answering while Backstory started (${message}). Start it again once the database is well.`;

function refuse(faults: readonly string[]): never {
  console.error(["Backstory cannot start.", ...faults.map((fault) => `  ${fault}`)].join("\n"));
  process.exit(1);
}

await main();

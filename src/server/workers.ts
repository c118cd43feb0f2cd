import cluster, { type Worker } from "node:cluster";
import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import type { Log } from "./lib/log.ts";
import { StartRefused } from "./lib/start-refused.ts";

export interface WorkersDeps {
  readonly count: number;
  /** What a worker is told on top of our own environment. */
  readonly environment: Readonly<Record<string, string>>;
  readonly log: Log;
}

export interface Workers {
  /** Tells all to stop in order, and resolves when the last has ended. */
  stop(): Promise<void>;
}

/** A worker that ends while it starts must not be started in a tight circle. */
const PAUSE = 1_000;

/**
 * Processes that share one port and answer requests; another takes the place of one that ends. Resolves when all of them
 * take requests.
 */
export async function startWorkers({ count, environment, log }: WorkersDeps): Promise<Workers> {
  const running = new Set<Worker>();
  let stopping = false;

  function start(): Promise<void> {
    const worker = cluster.fork(environment);
    running.add(worker);
    worker.once("exit", (code, signal) => {
      running.delete(worker);
      if (stopping) return;
      log.error({ pid: worker.process.pid, code, signal }, "a worker ended; another takes its place");
      void sleep(PAUSE).then(() => (stopping ? undefined : start().catch(() => undefined)));
    });
    return new Promise((resolve, reject) => {
      worker.once("listening", () => resolve());
      worker.once("exit", () => reject(new StartRefused("A worker ended while it started; its reason stands above.")));
    });
  }

  await Promise.all(Array.from({ length: count }, start));
  return {
    async stop() {
      stopping = true;
      const ended = [...running].map((worker) => new Promise((resolve) => worker.once("exit", resolve)));
      for (const worker of running) worker.process.kill("SIGTERM");
      await Promise.all(ended);
    },
  };
}

export const isWorker = (): boolean => cluster.isWorker;

/** What a worker is told so that it uses the database and nothing else of ours. */
export function workerEnvironment(connection: pg.ClientConfig): Record<string, string> {
  return { DATABASE_URL: urlOf(connection), WORKERS: "0", DEMO_PORT: "", DATABASE_URL_FILE: "", SECRET_KEY_FILE: "" };
}

function urlOf({ connectionString, host, port, user, database }: pg.ClientConfig): string {
  if (connectionString !== undefined) return connectionString;
  return `postgres://${user}@/${database}?host=${encodeURIComponent(String(host))}&port=${port}`;
}

import PgBoss from "pg-boss";
import type { Database } from "../db/database.ts";
import type { Log } from "../lib/log.ts";

export { createLoop, type Loop } from "./loop.ts";
export { waitsUntil, watchClock } from "./clock-watch.ts";

/** Work that runs later, kept in PostgreSQL: of several processes on one database, one carries it out. */
export interface Jobs {
  /** Runs `work` by the clock (cron, UTC). Register before `start`. */
  every(name: string, cron: string, work: () => Promise<void>): void;
  /** Runs `work` for each thing that is sent under this name, one after the other. Register before `start`. */
  take(name: string, work: (thing: string) => Promise<void>): void;
  /** Sent twice before its turn comes, a thing is worked on once. */
  send(name: string, thing: string): Promise<void>;
  start(): Promise<void>;
  /** Waits for what is running. */
  stop(): Promise<void>;
}

interface Schedule {
  readonly name: string;
  readonly cron: string;
  readonly work: () => Promise<void>;
}

interface Queue {
  readonly name: string;
  readonly work: (thing: string) => Promise<void>;
}

export function createJobs({ db, log }: { db: Database; log: Log }): Jobs {
  const schedules: Schedule[] = [];
  const queues: Queue[] = [];
  const boss = new PgBoss({
    db: { executeSql: (text, values) => db.pool.query(text, values) },
    schema: "jobs",
    // A date is looked at twice a minute, as PostgreSQL's clock sees it.
    clockMonitorIntervalMinutes: 5,
  });
  boss.on("error", (error) => log.warn({ err: error }, "the job queue did not get through to the database"));

  async function register({ name, cron, work }: Schedule): Promise<void> {
    await boss.createQueue(name, { name, policy: "short", retryLimit: 3, retryBackoff: true });
    await boss.schedule(name, cron, {}, { tz: "UTC" });
    await boss.work(name, { pollingIntervalSeconds: 30 }, async () => {
      try {
        await work();
      } catch (error) {
        log.error({ err: error, job: name }, "a job failed; it is tried again");
        // Kept with the job: an error of the database may carry the values of a row.
        throw new Error("The job failed; the log has the cause.");
      }
    });
  }

  async function open({ name, work }: Queue): Promise<void> {
    // Work may take long. Whoever sends it looks after what a killed process left.
    await boss.createQueue(name, { name, policy: "short", retryLimit: 0, expireInHours: 23 });
    await boss.work<{ readonly thing: string }>(name, { pollingIntervalSeconds: 2 }, async ([job]) => {
      try {
        if (job !== undefined) await work(job.data.thing);
      } catch (error) {
        log.error({ err: error, job: name }, "a job failed");
        throw new Error("The job failed; the log has the cause.");
      }
    });
  }

  return {
    every: (name, cron, work) => void schedules.push({ name, cron, work }),
    take: (name, work) => void queues.push({ name, work }),
    send: async (name, thing) => void (await boss.send(name, { thing }, { singletonKey: thing })),
    async start() {
      await boss.start();
      for (const queue of queues) await open(queue);
      for (const schedule of schedules) await register(schedule);
    },
    stop: () => boss.stop({ graceful: true, close: false, wait: true, timeout: 5_000 }),
  };
}

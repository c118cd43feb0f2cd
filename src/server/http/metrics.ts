import { timingSafeEqual } from "node:crypto";
import type { FastifyInstance } from "fastify";
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import { hashKey } from "../db/api-keys.ts";
import type { Database } from "../db/database.ts";
import { problem } from "./problem.ts";

/** What the intake says about itself, once a batch or a commit: never once an event. */
export interface IntakeMeter {
  /** A batch was answered with 200. */
  answered(batch: { readonly accepted: number; readonly rejected: readonly { readonly code: string }[] }): void;
  /** A batch was refused as a whole. */
  refused(status: number): void;
  /** A group was committed, or could not be. */
  committed(group: { readonly rows: number; readonly seconds: number; readonly failed?: true }): void;
}

export interface Metrics {
  readonly intake: IntakeMeter;
  /** In Prometheus' text format. https://prometheus.io/docs/instrumenting/exposition_formats/ */
  read(): Promise<string>;
}

/** Finest around one to ten milliseconds, which a commit takes on a good disk. */
const COMMIT_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2];

/** Counters of this process, and what the database knows for all of them. No label names a person, a page or a key. */
export function createMetrics({ db }: { readonly db: Database }): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const messages = new Counter({
    name: "backstory_messages_total",
    help: "Messages of answered batches, by verdict: accepted, or the reason of the rejection",
    labelNames: ["verdict"],
    registers,
  });
  const refusals = new Counter({
    name: "backstory_batches_refused_total",
    help: "Batches that were refused as a whole, by status",
    labelNames: ["status"],
    registers,
  });
  const commits = new Histogram({
    name: "backstory_commit_seconds",
    help: "How long groups of messages took to commit",
    buckets: COMMIT_SECONDS,
    registers,
  });
  const rows = new Counter({ name: "backstory_rows_total", help: "Rows written by the intake", registers });
  const failures = new Counter({ name: "backstory_commits_failed_total", help: "Groups not committed", registers });
  watchPool(db, registers);
  const lookAtQueues = watchQueues(db, registers);
  return {
    intake: {
      answered({ accepted, rejected }) {
        messages.inc({ verdict: "accepted" }, accepted);
        for (const { code } of rejected) messages.inc({ verdict: code });
      },
      refused: (status) => refusals.inc({ status }),
      committed(group) {
        if (group.failed) return failures.inc();
        commits.observe(group.seconds);
        rows.inc(group.rows);
      },
    },
    async read() {
      await lookAtQueues();
      return registry.metrics();
    },
  };
}

function watchPool({ pool }: Database, registers: Registry[]): void {
  new Gauge({
    name: "backstory_database_connections",
    help: "Connections of this process, by state; waiting: requests without one",
    labelNames: ["state"],
    registers,
    collect() {
      this.set({ state: "idle" }, pool.idleCount);
      this.set({ state: "busy" }, pool.totalCount - pool.idleCount);
      this.set({ state: "waiting" }, pool.waitingCount);
    },
  });
}

interface Queues {
  readonly people: number;
  readonly peopleAge: number;
  readonly mail: number;
  readonly mailAge: number;
  readonly deadMail: number;
  readonly uploads: number;
  readonly rejected: number;
}

const QUEUES = `
  SELECT (SELECT count(*) FROM identity_message WHERE carried_out_at IS NULL) AS people,
         (SELECT coalesce(extract(epoch FROM now() - min(received_at)), 0) FROM identity_message
          WHERE carried_out_at IS NULL)::float8 AS people_age,
         (SELECT count(*) FROM mail_outbox WHERE dead_at IS NULL) AS mail,
         (SELECT coalesce(extract(epoch FROM now() - min(queued_at)), 0) FROM mail_outbox
          WHERE dead_at IS NULL)::float8 AS mail_age,
         (SELECT count(*) FROM mail_outbox WHERE dead_at IS NOT NULL) AS dead_mail,
         (SELECT count(*) FROM bulk_session WHERE status IN ('STARTED', 'IMPORTING')) AS uploads,
         (SELECT count(*) FROM rejected) AS rejected`;

/** Answers with the look at what waits. Only taken when somebody asks: a page that nobody reads costs nothing. */
function watchQueues(db: Database, registers: Registry[]): () => Promise<void> {
  const labelNames = ["queue"] as const;
  const waiting = new Gauge({
    name: "backstory_waiting",
    help: "What waits, by queue; of the whole installation",
    labelNames,
    registers,
  });
  const age = new Gauge({
    name: "backstory_waiting_oldest_seconds",
    help: "Age of the oldest that waits, by queue",
    labelNames,
    registers,
  });
  return async () => {
    const [found] = await db.query<Queues>(QUEUES);
    if (found === undefined) return;
    waiting.set({ queue: "people" }, found.people);
    waiting.set({ queue: "mail" }, found.mail);
    waiting.set({ queue: "dead_mail" }, found.deadMail);
    waiting.set({ queue: "uploads" }, found.uploads);
    waiting.set({ queue: "rejected" }, found.rejected);
    age.set({ queue: "people" }, found.peopleAge);
    age.set({ queue: "mail" }, found.mailAge);
  };
}

export interface MetricsRouteDeps {
  readonly metrics: Metrics;
  /** Who may read them: `Authorization: Bearer …`. Absent: there is no such page. */
  readonly token: string | undefined;
}

/** `GET /metrics`, for Prometheus. */
export function metricsRoute(app: FastifyInstance, { metrics, token }: MetricsRouteDeps): void {
  if (token === undefined) return;
  const wanted = hashKey(`Bearer ${token}`);
  app.get("/metrics", async (request, reply) => {
    if (!timingSafeEqual(hashKey(request.headers.authorization ?? ""), wanted))
      throw problem(401, "unauthorized", "Metrics are for the bearer of METRICS_TOKEN.");
    return reply.type("text/plain; version=0.0.4; charset=utf-8").send(await metrics.read());
  });
}

import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import type { TestProject } from "vitest/node";
import { startEmbedded } from "../../src/server/db/embedded.ts";
import { migrate } from "../../src/server/db/migrate.ts";

/** What the tests of one run need to reach their PostgreSQL. */
export interface PostgresForTests {
  readonly host: string;
  readonly port: number;
  /** A migrated database, to be cloned. */
  readonly template: string;
}

declare module "vitest" {
  export interface ProvidedContext {
    postgres: PostgresForTests;
  }
}

const TEMPLATE = "backstory_template";

/** Vitest's global set-up: one PostgreSQL for the whole run, with a migrated database to clone. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const dataDirectory = await mkdtemp(join(tmpdir(), "backstory-test-"));
  const embedded = await startEmbedded({
    dataDirectory,
    // Many small databases, used by many small pools.
    settings: { max_connections: "200", shared_buffers: "128MB", max_wal_size: "512MB" },
  });
  const release = stopWhenWeDie(embedded.pid());
  const server = new pg.Client(embedded.superuser);
  await server.connect();
  await server.query(`CREATE DATABASE ${TEMPLATE}`);
  await server.end();
  await migrate({ ...embedded.superuser, database: TEMPLATE });
  project.provide("postgres", {
    host: String(embedded.superuser.host),
    port: Number(embedded.superuser.port),
    template: TEMPLATE,
  });
  return async () => {
    await embedded.stop();
    release();
    await rm(dataDirectory, { recursive: true, force: true });
  };
}

/** A test run that is killed must not leave a server behind: a shell waits for our end of its pipe to close. */
function stopWhenWeDie(pid: number): () => void {
  const guard = spawn("sh", ["-c", `read _; kill -INT ${pid} 2>/dev/null`], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
  });
  guard.unref();
  return () => guard.kill("SIGKILL");
}

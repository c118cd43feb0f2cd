import type { ChildProcess } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDatabase, type Database } from "../../src/server/db/database.ts";
import { startEmbedded, type EmbeddedPostgres } from "../../src/server/db/embedded.ts";
import { migrate } from "../../src/server/db/migrate.ts";
import { ensurePartitions } from "../../src/server/db/partitions.ts";
import { createSites } from "../../src/server/sites/index.ts";
import { nextMessage, startChild, stopChild } from "./child.ts";
import { startDelivered, type DeliveredServer } from "./delivered-server.ts";
import type { LoadResult, LoadSettings } from "./ingest-load.ts";

/** The public intake in a process of its own, with a database of its own and one site. */
export interface IngestWorld {
  readonly db: Database;
  readonly embedded: EmbeddedPostgres;
  readonly server: ChildProcess;
  readonly load: Load;
}

/** The whole server as it is delivered, in the same surroundings. */
export interface DeliveredWorld {
  readonly db: Database;
  readonly embedded: EmbeddedPostgres;
  readonly server: DeliveredServer;
  readonly load: Load;
}

type Load = (settings: Omit<LoadSettings, "port" | "siteKey">) => Promise<LoadResult>;

export function withIngest(work: (world: IngestWorld) => Promise<void>): Promise<void> {
  return withEmptyDatabase(async ({ db, embedded }) => {
    const made = await createSites({ db }).createSite({ name: "Bench" });
    if (made.kind !== "stored") throw new Error("The site was not made.");
    const { siteKey } = made.site;
    const server = await startChild("./ingest-server.ts", { connection: embedded.connection, storing: true });
    const { port } = await nextMessage<{ port: number }>(server);
    await work({ db, embedded, server, load: loadOn({ siteKey, port }) });
    await stopChild(server);
  });
}

export function withDelivered(
  work: (world: DeliveredWorld) => Promise<void>,
  environment: Readonly<Record<string, string>> = {},
): Promise<void> {
  return withEmptyDatabase(async ({ db, embedded }) => {
    const server = await startDelivered(embedded.connection, environment);
    try {
      await work({ db, embedded, server, load: loadOn(server) });
    } finally {
      await server.stop();
    }
  });
}

/** Load on a server, from a process of its own. */
export function loadOn({ siteKey, port }: Pick<LoadSettings, "siteKey" | "port">): Load {
  return async (settings) => nextMessage(await startChild("./ingest-load.ts", { ...settings, siteKey, port }));
}

/** A database of our own, set up as the product sets it up, and removed afterwards. */
export async function withEmptyDatabase(
  work: (world: Pick<IngestWorld, "db" | "embedded">) => Promise<void>,
): Promise<void> {
  const dataDirectory = await mkdtemp(join(tmpdir(), "backstory-bench-"));
  const embedded = await startEmbedded({ dataDirectory });
  const { connection } = embedded;
  await migrate(connection);
  const db = openDatabase({ ...connection, max: 4 });
  try {
    await ensurePartitions(db, Date.now());
    await work({ db, embedded });
  } finally {
    await db.close();
    await embedded.stop();
    await rm(dataDirectory, { recursive: true, force: true });
  }
}

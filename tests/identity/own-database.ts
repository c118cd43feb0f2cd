import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEmbedded } from "../../src/server/db/embedded.ts";
import { openDatabase, type Database } from "../../src/server/db/database.ts";
import { migrate } from "../../src/server/db/migrate.ts";

/** A PostgreSQL of its own for programs that run outside the test runner. */
export async function withOwnDatabase<T>(connections: number, work: (db: Database) => Promise<T>): Promise<T> {
  const dataDirectory = await mkdtemp(join(tmpdir(), "backstory-"));
  const embedded = await startEmbedded({
    dataDirectory,
    settings: { max_connections: "100", shared_buffers: "256MB" },
  });
  try {
    await migrate({ ...embedded.superuser });
    const db = openDatabase({ ...embedded.superuser, max: connections });
    try {
      return await work(db);
    } finally {
      await db.close();
    }
  } finally {
    await embedded.stop();
    await rm(dataDirectory, { recursive: true, force: true });
  }
}

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDatabase, type Database } from "../src/server/db/database.ts";
import { startEmbedded } from "../src/server/db/embedded.ts";
import { migrate } from "../src/server/db/migrate.ts";

/** Runs a benchmark on a database of its own, set up as the product sets it up, and removes it afterwards. */
export async function withDatabase(work: (db: Database) => Promise<void>, connections = 16): Promise<void> {
  const dataDirectory = await mkdtemp(join(tmpdir(), "backstory-bench-"));
  const embedded = await startEmbedded({ dataDirectory });
  try {
    await migrate(embedded.connection);
    const db = openDatabase({ ...embedded.connection, max: connections });
    try {
      await work(db);
    } finally {
      await db.close();
    }
  } finally {
    await embedded.stop();
    await rm(dataDirectory, { recursive: true, force: true });
  }
}

import type pg from "pg";
import type { Config } from "./config.ts";
import { openDatabase, type Database } from "./db/database.ts";
import { findEmbedded, startEmbedded } from "./db/embedded.ts";
import { checkExternalDatabase } from "./db/external.ts";
import type { Log } from "./lib/log.ts";
import { keptSecretKey } from "./secret-key.ts";

/** What a command needs, whether or not a server is running. */
export interface Installation {
  readonly db: Database;
  readonly connection: pg.ClientConfig;
  readonly secretKey: string;
  /** Stops the database if it was started for this. */
  close(): Promise<void>;
}

/** Reaches the installation that `config` names: its running database, or one started for the time being. */
export async function openInstallation(config: Config, log: Log): Promise<Installation> {
  const { connection, stop } = await reachDatabase(config, log);
  const db = openDatabase({ ...connection, application_name: "backstory command", max: 8 });
  return {
    db,
    connection,
    secretKey: config.secretKey ?? keptSecretKey(config.dataDir),
    async close() {
      await db.close();
      await stop();
    },
  };
}

interface Reached {
  readonly connection: pg.ClientConfig;
  stop(): Promise<void>;
}

async function reachDatabase({ databaseUrl, dataDir }: Config, log: Log): Promise<Reached> {
  if (databaseUrl !== undefined)
    return { connection: await checkExternalDatabase(databaseUrl, log), stop: () => Promise.resolve() };
  const running = await findEmbedded(dataDir);
  if (running !== undefined) return { connection: running, stop: () => Promise.resolve() };
  return startEmbedded({ dataDirectory: dataDir, log });
}

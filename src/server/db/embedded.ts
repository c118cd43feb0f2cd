import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import pg from "pg";
import type { Log } from "../lib/log.ts";
import { StartRefused } from "../lib/start-refused.ts";
import { chooseAccount } from "./embedded/account.ts";
import { findBinaries } from "./embedded/binaries.ts";
import { prepareCluster } from "./embedded/cluster.ts";
import { holdServerLock, lockFolder } from "./embedded/lock.ts";
import {
  adoptPostmaster,
  connectionTo,
  findPostmaster,
  launchPostmaster,
  stopPostmaster,
} from "./embedded/postmaster.ts";
import type { Setting } from "./embedded/programs.ts";
import { canReach, reachableBinaries, removeShortDirectory } from "./embedded/reach.ts";
import { supervise } from "./embedded/supervise.ts";

export interface EmbeddedOptions {
  /** DATA_DIR: the database's files go to `postgres` in it. */
  readonly dataDirectory: string;
  readonly log?: Log;
  /** Server settings on top of ours. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Another Backstory took the folder over while the database was away: this one has to end. */
  readonly onLost?: (refusal: StartRefused) => void;
}

export interface EmbeddedPostgres {
  /** As the role of the app, which is no superuser. */
  readonly connection: pg.ClientConfig;
  readonly superuser: pg.ClientConfig;
  /** The server's process, which changes when it has to be started anew. */
  pid(): number;
  /** True: it was running already, left behind by a process that was killed. */
  readonly adopted: boolean;
  /** After the last commit: ends every session. */
  stop(): Promise<void>;
}

/** How to reach the database of a server that runs on this folder now; undefined: none does. Changes nothing. */
export async function findEmbedded(dataDirectory: string): Promise<pg.ClientConfig | undefined> {
  const running = await findPostmaster(join(resolve(dataDirectory), "postgres"));
  return running && connectionTo(running, { user: "backstory", database: "backstory" });
}

/** Starts the PostgreSQL that npm brought, or takes over the one that our killed process left running. */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const dataDirectory = resolve(options.dataDirectory);
  makeFolder(dataDirectory);
  const folderLock = lockFolder(dataDirectory);
  try {
    return await startLocked({ ...options, dataDirectory }, () => folderLock.release());
  } catch (error) {
    folderLock.release();
    throw error;
  }
}

async function startLocked(options: EmbeddedOptions, unlock: () => void): Promise<EmbeddedPostgres> {
  const { dataDirectory, log, settings = {}, onLost = () => undefined } = options;
  const directory = join(dataDirectory, "postgres");
  const setting = findSetting(dataDirectory, directory);
  await prepareCluster(setting, directory);
  const running = await adoptPostmaster(directory);
  const first = running ?? (await launchPostmaster(setting, directory, { settings }));
  const superuser = connectionTo(first, { user: "postgres", database: "postgres" });
  const connection = connectionTo(first, { user: "backstory", database: "backstory" });
  await ensureApplicationDatabase(superuser);
  const serverLock = await holdServerLock(connection, { dataDirectory, onLost });
  const supervisor = supervise(first, {
    log,
    async restart() {
      const left = await adoptPostmaster(directory);
      return left ?? launchPostmaster(setting, directory, { settings, socketDirectory: first.socketDirectory });
    },
  });
  return {
    connection,
    superuser,
    pid: () => supervisor.pid(),
    adopted: running !== undefined,
    async stop() {
      await supervisor.end();
      await serverLock.release();
      await stopPostmaster(supervisor.pid());
      if (first.socketDirectory !== directory) removeShortDirectory(first.socketDirectory);
      unlock();
    },
  };
}

function makeFolder(dataDirectory: string): void {
  try {
    mkdirSync(dataDirectory, { recursive: true });
  } catch (error) {
    const why = error instanceof Error && "code" in error ? ` (${String(error.code)})` : "";
    throw new StartRefused(
      `DATA_DIR ${dataDirectory} cannot be made${why}. Set DATA_DIR to a folder that Backstory may write to.`,
    );
  }
}

function findSetting(dataDirectory: string, directory: string): Setting {
  const binaries = findBinaries();
  if (binaries === undefined)
    throw new StartRefused(
      "No PostgreSQL runs here: the one from npm does not fit this system, and there is no `postgres` 15 or later on the PATH. Install one, or set DATABASE_URL to a server.",
    );
  const account = chooseAccount(directory);
  if (process.getuid?.() === 0 && account === undefined)
    throw new StartRefused(
      "PostgreSQL does not run as root, and no user could be made for it. Start Backstory as an ordinary user, or set DATABASE_URL.",
    );
  if (process.platform !== "linux" && !canReach(account, directory))
    throw new StartRefused(
      `${dataDirectory} lies below a folder that only root may enter, so PostgreSQL cannot reach it. Set DATA_DIR to another folder, or start Backstory as an ordinary user.`,
    );
  return { binaries: reachableBinaries(account, binaries), account, logFile: join(dataDirectory, "postgres.log") };
}

async function ensureApplicationDatabase(superuser: pg.ClientConfig): Promise<void> {
  const client = new pg.Client(superuser);
  client.on("error", () => undefined);
  await client.connect();
  try {
    const { rows: roles } = await client.query("SELECT FROM pg_roles WHERE rolname = 'backstory'");
    if (roles.length === 0) await client.query("CREATE ROLE backstory LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE");
    const { rows: databases } = await client.query("SELECT FROM pg_database WHERE datname = 'backstory'");
    if (databases.length === 0) await client.query("CREATE DATABASE backstory OWNER backstory");
  } finally {
    await client.end();
  }
}

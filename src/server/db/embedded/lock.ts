import { existsSync, linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { StartRefused } from "../../lib/start-refused.ts";
import { startTime } from "./process-table.ts";

// Two locks, since neither is enough. The file covers the time before the database runs. The advisory lock covers what
// the file cannot: a process in another container, whose number means nothing here. Both die with their process.

export interface FolderLock {
  release(): void;
}

/** One Backstory at a time on one DATA_DIR. */
export function lockFolder(dataDirectory: string): FolderLock {
  const file = join(dataDirectory, "backstory.lock");
  const mine = `${process.pid} ${startTime(process.pid) ?? ""}\n`;
  const draft = `${file}.${process.pid}`;
  try {
    writeFileSync(draft, mine, { mode: 0o600 });
    for (;;) {
      if (placed(draft, file)) break;
      const holder = read(file);
      if (holder !== undefined && lives(holder)) throw inUse(dataDirectory, Number(holder.split(" ")[0]));
      if (holder !== undefined) clear(file, holder);
    }
  } catch (error) {
    throw isCode(error, "EACCES", "EPERM", "EROFS", "ENOSPC") ? notWritable(dataDirectory, error) : error;
  } finally {
    rmSync(draft, { force: true });
  }
  return {
    release: () => {
      if (read(file) === mine) rmSync(file, { force: true });
    },
  };
}

/** Atomic, unlike writing: of two processes that try at once, one fails. */
function placed(draft: string, file: string): boolean {
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if (existsSync(file) || isCode(error, "EEXIST")) return false;
    throw error;
  }
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

function lives(holder: string): boolean {
  const [pid = "", ...started] = holder.trim().split(" ");
  const now = startTime(Number(pid));
  // Without a start time in the file there is only the number to go by.
  return now !== undefined && Number(pid) !== process.pid && (started.length === 0 || now === started.join(" "));
}

/** Takes a dead process's lock away. When somebody else was quicker, what was moved is his, and goes back. */
function clear(file: string, holder: string): void {
  const aside = `${file}.stale.${process.pid}`;
  try {
    renameSync(file, aside);
    if (read(aside) !== holder) linkSync(aside, file);
  } catch {
    // Gone or placed anew meanwhile: the next round sees.
  }
  rmSync(aside, { force: true });
}

const isCode = (error: unknown, ...codes: readonly string[]): error is Error & { code: string } =>
  error instanceof Error && "code" in error && codes.includes(String(error.code));

function notWritable(dataDirectory: string, { code }: { code: string }): StartRefused {
  return new StartRefused(
    `Nothing can be written to ${dataDirectory} (${code}). Start Backstory as the user that the folder belongs to, or set DATA_DIR.`,
  );
}

function inUse(dataDirectory: string, pid?: number): StartRefused {
  const who = pid === undefined ? "Another Backstory" : `Another Backstory (process ${pid})`;
  return new StartRefused(
    `${who} already runs on ${dataDirectory}. Stop it first, or give this one its own DATA_DIR, or a DATABASE_URL that both share.`,
  );
}

/** Any number that nobody else uses. */
const SERVER_LOCK = 4_107_220_116;

export interface HeldLock {
  release(): Promise<void>;
}

/** Held on a connection of its own: when the process dies, so does the connection, and the lock with it. */
export async function holdServerLock(
  connection: pg.ClientConfig,
  { dataDirectory, onLost }: { dataDirectory: string; onLost: (refusal: StartRefused) => void },
): Promise<HeldLock> {
  let released = false;
  let client = await acquire(connection, dataDirectory);

  function watch(): void {
    client.once("end", () => {
      if (!released) void regain();
    });
  }
  /** The database restarted under us: the lock went with the connection. */
  async function regain(): Promise<void> {
    while (!released) {
      try {
        client = await acquire(connection, dataDirectory);
        watch();
        return;
      } catch (error) {
        if (error instanceof StartRefused) {
          onLost(error);
          return;
        }
        await sleep(200);
      }
    }
  }
  watch();
  return {
    async release() {
      released = true;
      await client.end().catch(() => undefined);
    },
  };
}

async function acquire(connection: pg.ClientConfig, dataDirectory: string): Promise<pg.Client> {
  const client = new pg.Client({ application_name: "backstory lock", keepAlive: true, ...connection });
  client.on("error", () => undefined);
  await client.connect();
  // A killed process's connection takes the database a moment to notice.
  for (let tries = 0; tries < 40; tries += 1) {
    const { rows } = await client.query<{ held: boolean }>("SELECT pg_try_advisory_lock($1) AS held", [SERVER_LOCK]);
    if (rows[0]?.held === true) return client;
    await sleep(50);
  }
  await client.end();
  throw inUse(dataDirectory);
}

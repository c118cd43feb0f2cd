import { setTimeout as sleep } from "node:timers/promises";
import { existsSync, readFileSync, rmSync, statSync, renameSync } from "node:fs";
import { freemem, totalmem } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { StartRefused } from "../../lib/start-refused.ts";
import { lastWords } from "./cluster.ts";
import { isAlive, isPostmasterOf, isRunning, processesIn } from "./process-table.ts";
import { startProgram, type Setting } from "./programs.ts";
import { canReach, shortDirectory } from "./reach.ts";

/** A running server, ours or one that a killed process left behind. */
export interface Postmaster {
  readonly pid: number;
  readonly socketDirectory: string;
}

/** Part of the socket's file name only: the server never listens on a port. */
const PORT = 5432;

export function connectionTo(postmaster: Postmaster, as: { user: string; database: string }): pg.ClientConfig {
  return { host: postmaster.socketDirectory, port: PORT, ...as };
}

/** The server that runs on these files, if it answers. */
export async function findPostmaster(directory: string): Promise<Postmaster | undefined> {
  const found = readPidFile(directory);
  if (found === undefined || !isPostmasterOf(found.pid, directory)) return undefined;
  return (await answers(found, 10_000)) ? found : undefined;
}

/** A healthy server that outlived our last process; an unhealthy one is stopped, and its remains are waited for. */
export async function adoptPostmaster(directory: string): Promise<Postmaster | undefined> {
  const left = readPidFile(directory);
  if (left !== undefined && isPostmasterOf(left.pid, directory)) {
    // Minutes, if it is replaying its log after a crash of its own; three seconds, if it says nothing at all.
    if (await answers(left, 300_000)) return left;
    await stopPostmaster(left.pid);
  }
  await outliveOrphans(directory);
  if (left !== undefined && isAlive(left.pid)) removeLockFiles(left, directory);
  return undefined;
}

/**
 * Nothing of this cluster runs any more, yet its number is taken: by a stranger, or by its own remains that nobody has
 * collected. PostgreSQL would believe itself to be running.
 */
function removeLockFiles(left: Postmaster, directory: string): void {
  rmSync(join(directory, "postmaster.pid"), { force: true });
  if (left.socketDirectory.startsWith("/"))
    rmSync(join(left.socketDirectory, `.s.PGSQL.${PORT}.lock`), { force: true });
}

/** Back ends that survived their postmaster still write to the files; they leave by themselves when they notice. */
async function outliveOrphans(directory: string): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    const orphans = processesIn(directory);
    if (orphans.length === 0) return;
    if (tries === 50) for (const pid of orphans) signal(pid, "SIGKILL");
    await sleep(100);
  }
  throw new StartRefused(`PostgreSQL processes of an earlier run still use ${directory} and cannot be ended.`);
}

/** Line 1 is the number of the process, line 5 the folder of its socket: src/include/utils/pidfile.h. */
function readPidFile(directory: string): Postmaster | undefined {
  const file = join(directory, "postmaster.pid");
  if (!existsSync(file)) return undefined;
  const lines = readFileSync(file, "utf8").split("\n");
  return { pid: Number(lines[0]), socketDirectory: lines[4]?.trim() ?? "" };
}

export interface LaunchOptions {
  /** Server settings on top of ours. */
  readonly settings: Readonly<Record<string, string>>;
  /** Where the one before had its socket, when connections to it are configured. Absent: the best place. */
  readonly socketDirectory?: string;
}

export async function launchPostmaster(
  setting: Setting,
  directory: string,
  { settings, socketDirectory = chooseSocketDirectory(setting, directory) }: LaunchOptions,
): Promise<Postmaster> {
  turnOverLog(setting.logFile);
  const inside = socketDirectory === directory;
  const options = { ...tuning(), ...settings, unix_socket_directories: inside ? "%D" : socketDirectory };
  const child = startProgram(setting, {
    program: setting.binaries.postgres,
    directory,
    args: ["-D", "%D", ...Object.entries(options).flatMap(([name, value]) => ["-c", `${name}=${value}`])],
  });
  let failure: string | undefined;
  child.once("error", (error) => (failure = error.message));
  child.once("exit", () => (failure ??= lastWords(setting.logFile)));
  // Not waited for by Node: it has to outlive a process that is killed.
  child.unref();
  const postmaster = { pid: child.pid ?? 0, socketDirectory };
  while (!(await answers(postmaster, 100))) {
    if (failure !== undefined)
      throw new StartRefused(`PostgreSQL did not start: ${failure} (all of it in ${setting.logFile})`);
    await sleep(10);
  }
  return postmaster;
}

function chooseSocketDirectory(setting: Setting, directory: string): string {
  // sun_path of unix(7) holds 108 bytes with the closing zero.
  const fits = Buffer.byteLength(join(directory, `.s.PGSQL.${PORT}`)) <= 107;
  return fits && canReach(setting.account, directory) ? directory : shortDirectory(setting.account);
}

/** Keeps what was said before, once. */
function turnOverLog(logFile: string): void {
  if (existsSync(logFile) && statSync(logFile).size > 4_000_000) renameSync(logFile, `${logFile}.1`);
}

/** Sized to share a small machine with us. What durability rests on is said here, whatever a configuration file says. */
function tuning(): Record<string, string> {
  const megabytes = totalmem() / 2 ** 20;
  const shared = Math.round(Math.min(1024, Math.max(64, megabytes / 8)));
  return {
    listen_addresses: "",
    unix_socket_permissions: "0700",
    port: String(PORT),
    max_connections: "60",
    // The batches of an import that are under way lock some thousands of keys.
    max_locks_per_transaction: "256",
    fsync: "on",
    synchronous_commit: "on",
    full_page_writes: "on",
    shared_buffers: `${shared}MB`,
    effective_cache_size: `${Math.round(Math.max(shared * 2, megabytes / 2))}MB`,
    work_mem: "16MB",
    maintenance_work_mem: freemem() > 2 ** 31 ? "256MB" : "64MB",
    min_wal_size: "128MB",
    max_wal_size: "2GB",
    wal_buffers: "16MB",
    checkpoint_completion_target: "0.9",
    random_page_cost: "1.1",
    // Compiling a plan costs more than running any of ours.
    jit: "off",
    timezone: "UTC",
    log_timezone: "UTC",
    log_checkpoints: "off",
    log_line_prefix: "%m [%p] ",
  };
}

/** Whether it takes a query now, or within `patience` milliseconds if it says that it is starting up. */
async function answers(postmaster: Postmaster, patience: number): Promise<boolean> {
  const client = new pg.Client({
    ...connectionTo(postmaster, { user: "postgres", database: "postgres" }),
    connectionTimeoutMillis: 3_000,
    query_timeout: 3_000,
  });
  client.on("error", () => undefined);
  const deadline = Date.now() + patience;
  try {
    await client.connect();
    await client.query("SELECT 1");
    return true;
  } catch (error) {
    // 57P03: it is starting up, perhaps replaying its log after a crash.
    const starting = error instanceof Error && "code" in error && error.code === "57P03";
    if (!starting || Date.now() > deadline) return false;
    await sleep(50);
    return await answers(postmaster, deadline - Date.now());
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Fast shutdown: sessions end, a checkpoint is written. Insists when that does not come to an end. */
export async function stopPostmaster(pid: number): Promise<void> {
  for (const [name, seconds] of [
    ["SIGINT", 30],
    ["SIGQUIT", 5],
    ["SIGKILL", 5],
  ] as const) {
    // A stopped process (SIGSTOP) takes no other signal.
    signal(pid, name);
    signal(pid, "SIGCONT");
    if (await gone(pid, seconds)) return;
  }
}

async function gone(pid: number, seconds: number): Promise<boolean> {
  for (let tries = 0; tries < seconds * 50; tries += 1) {
    if (!isRunning(pid)) return true;
    await sleep(20);
  }
  return false;
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // Gone already.
  }
}

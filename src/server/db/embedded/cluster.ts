import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { StartRefused } from "../../lib/start-refused.ts";
import { startProgram, type Setting } from "./programs.ts";

/** The folder of the database's files: made by initdb at the first start, refused when another major version wrote it. */
export async function prepareCluster(setting: Setting, directory: string): Promise<void> {
  const version = clusterVersion(directory);
  if (version === undefined) return createCluster(setting, directory);
  if (version !== setting.binaries.version)
    throw new StartRefused(
      `The database in ${directory} was made by PostgreSQL ${version}, but this installation has PostgreSQL ${setting.binaries.version}. Run the Backstory version that made it, or set DATABASE_URL.`,
    );
  const { account } = setting;
  if (account === undefined && process.getuid !== undefined && statSync(directory).uid !== process.getuid())
    throw new StartRefused(
      `The database in ${directory} belongs to another user. Start Backstory as that user or as root, or give the folder to the current user.`,
    );
}

function clusterVersion(directory: string): number | undefined {
  const file = join(directory, "PG_VERSION");
  return existsSync(file) ? Number.parseInt(readFileSync(file, "utf8"), 10) : undefined;
}

/** Made beside its place and moved there whole, so that an interrupted initdb leaves nothing behind that looks finished. */
async function createCluster(setting: Setting, directory: string): Promise<void> {
  const { account, binaries } = setting;
  const unfinished = `${directory}.new`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { recursive: true, mode: 0o700 });
  chmodSync(unfinished, 0o700);
  if (account !== undefined) chownSync(unfinished, account.uid, account.gid);
  const initdb = startProgram(setting, {
    program: binaries.initdb,
    directory: unfinished,
    args: [
      "--pgdata=%D",
      "--username=postgres",
      "--auth=trust",
      "--data-checksums",
      "--encoding=UTF8",
      ...locale(binaries.version),
    ],
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    initdb.once("error", reject);
    initdb.once("exit", resolve);
  });
  if (code !== 0)
    throw new StartRefused(
      `PostgreSQL could not set up its folder ${directory}: ${lastWords(setting.logFile)} (all of it in ${setting.logFile})`,
    );
  renameSync(unfinished, directory);
}

/** The same order and letter case on every machine, whatever locales it has. */
function locale(version: number): string[] {
  const builtin = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"];
  return version >= 17 ? ["--locale=C", ...builtin] : ["--locale=C.UTF-8"];
}

/** The last line of a log that says what went wrong. */
export function lastWords(logFile: string): string {
  const lines = existsSync(logFile) ? readFileSync(logFile, "utf8").trimEnd().split("\n") : [];
  const telling = lines.slice(-20).filter((line) => /FATAL|PANIC|ERROR|error:|could not/.test(line));
  return (telling.at(-1) ?? lines.at(-1) ?? "it said nothing").trim();
}

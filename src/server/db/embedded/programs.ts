import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, constants, openSync } from "node:fs";
import type { Account } from "./account.ts";
import type { Binaries } from "./binaries.ts";
import { canReach } from "./reach.ts";

/** What is needed to run a program of PostgreSQL on one folder. */
export interface Setting {
  readonly binaries: Binaries;
  readonly account: Account | undefined;
  /** File that takes what the program writes. */
  readonly logFile: string;
}

/** Clean surroundings: PGDATA, PGPORT and their kin must not leak in; TZ spares initdb a search of all time zones. */
const ENVIRONMENT = { LC_ALL: "C", TZ: "UTC", PATH: process.env["PATH"] ?? "/usr/bin:/bin" };

/**
 * Starts a program on `directory`, which stands for `%D` in `args`. When the program's account cannot walk there, it is
 * handed the open folder instead: `/proc/self/fd/3` leads in without passing the closed parents.
 */
export function startProgram(
  setting: Setting,
  call: { program: string; directory: string; args: readonly string[] },
): ChildProcess {
  const { account } = setting;
  const log = openSync(setting.logFile, "a", 0o600);
  const byHandle = !canReach(account, call.directory);
  const handle = byHandle ? openSync(call.directory, constants.O_RDONLY | constants.O_DIRECTORY) : undefined;
  const path = byHandle ? "/proc/self/fd/3" : call.directory;
  try {
    return spawn(
      call.program,
      call.args.map((argument) => argument.replaceAll("%D", path)),
      {
        cwd: "/",
        env: ENVIRONMENT,
        // A process group of its own: Ctrl-C is for us, the database stops after the last commit.
        detached: true,
        stdio: ["ignore", log, log, ...(handle === undefined ? [] : [handle])],
        ...(account === undefined ? {} : { uid: account.uid, gid: account.gid }),
      },
    );
  } finally {
    closeSync(log);
    if (handle !== undefined) closeSync(handle);
  }
}

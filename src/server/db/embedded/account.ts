import { spawnSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";

/** The user PostgreSQL runs as when we are root, which it refuses to be. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** Undefined: run as ourselves. An existing cluster keeps its owner; else `backstory`, `postgres`, or a user made now. */
export function chooseAccount(clusterDirectory: string): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  return ownerOf(clusterDirectory) ?? named("backstory") ?? named("postgres") ?? createUser() ?? named("nobody");
}

function ownerOf(directory: string): Account | undefined {
  try {
    const { uid, gid } = statSync(directory);
    return uid === 0 ? undefined : { uid, gid };
  } catch {
    return undefined;
  }
}

/** The file, not the name service: PostgreSQL's own tools need no more, and Node has no call for it. */
function named(name: string): Account | undefined {
  try {
    const line = readFileSync("/etc/passwd", "utf8")
      .split("\n")
      .find((entry) => entry.startsWith(`${name}:`));
    const [, , uid, gid] = line?.split(":") ?? [];
    return uid === undefined || gid === undefined ? undefined : { uid: Number(uid), gid: Number(gid) };
  } catch {
    return undefined;
  }
}

/** Debian and Red Hat have useradd, Alpine has BusyBox's adduser. */
function createUser(): Account | undefined {
  const attempts: readonly (readonly [string, ...string[]])[] = [
    ["useradd", "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", "backstory"],
    ["adduser", "-S", "-D", "-H", "-s", "/sbin/nologin", "backstory"],
  ];
  for (const [program, ...args] of attempts) {
    if (spawnSync(program, args, { stdio: "ignore" }).status === 0) return named("backstory");
  }
  return undefined;
}

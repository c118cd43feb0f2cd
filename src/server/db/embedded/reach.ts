import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmdirSync,
  statSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import type { Account } from "./account.ts";
import { binariesOf, type Binaries } from "./binaries.ts";

/** Whether `account` may walk to `path`. A clone below /root or a mode-0700 folder is closed to everybody but root. */
export function canReach(account: Account | undefined, path: string): boolean {
  if (account === undefined) return true;
  for (let directory = dirname(path); ; directory = dirname(directory)) {
    if (!canEnter(account, directory)) return false;
    if (directory === dirname(directory)) return true;
  }
}

function canEnter(account: Account, directory: string): boolean {
  const { uid, gid, mode } = statSync(directory);
  if (uid === account.uid) return (mode & 0o100) !== 0;
  return (mode & (gid === account.gid ? 0o010 : 0o001)) !== 0;
}

/** The same programs where `account` can run them: npm's own tree is copied when it lies in a closed folder. */
export function reachableBinaries(account: Account | undefined, binaries: Binaries): Binaries {
  if (binaries.tree === undefined || canReach(account, binaries.postgres)) return binaries;
  for (const parent of ["/var/lib/backstory", tmpdir()]) {
    const copy = copyTree(binaries, parent);
    const found = copy === undefined || !canReach(account, copy) ? undefined : binariesOf(copy);
    if (found !== undefined) return found;
  }
  return binaries;
}

function copyTree({ tree = "" }: Binaries, parent: string): string | undefined {
  try {
    mkdirSync(parent, { recursive: true, mode: 0o755 });
    const target = join(parent, `postgresql-${packageVersion(tree)}`);
    if (existsSync(target) && isOurs(target)) return target;
    const copy = mkdtempSync(join(parent, "postgresql-"));
    cpSync(tree, copy, { recursive: true, verbatimSymlinks: true });
    chmodSync(copy, 0o755);
    try {
      renameSync(copy, target);
      return target;
    } catch {
      return copy;
    }
  } catch {
    return undefined;
  }
}

function packageVersion(tree: string): string {
  const description: unknown = JSON.parse(readFileSync(join(tree, "../package.json"), "utf8"));
  const known = typeof description === "object" && description !== null && "version" in description;
  return known ? String(description.version) : "unknown";
}

/** In a shared folder anybody could have put a program there for us to run. */
function isOurs(directory: string): boolean {
  const status = lstatSync(directory);
  return status.isDirectory() && status.uid === process.getuid?.() && (status.mode & 0o022) === 0;
}

const SHORT_NAME = "backstory-";

/** Only if it is empty and one of ours. */
export function removeShortDirectory(directory: string): void {
  try {
    if (basename(directory).startsWith(SHORT_NAME)) rmdirSync(directory);
  } catch {
    // Not empty, or gone: neither is worth a word.
  }
}

/** A folder of `account` with a short path, for sockets: their paths end at 107 bytes. */
export function shortDirectory(account: Account | undefined): string {
  const parent = [tmpdir(), "/tmp"].find(
    (candidate) => candidate.length < 60 && canReach(account, join(candidate, "x")),
  );
  const directory = mkdtempSync(join(parent ?? "/tmp", SHORT_NAME));
  if (account !== undefined) chownSync(directory, account.uid, account.gid);
  return directory;
}

import { execFile, execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { eventually } from "./eventually.ts";

/** A small disk of its own, in a file, whose power can be cut. */
export interface Disk {
  readonly folder: string;
  /** What was not written through is lost at once, and nothing can be written any more. */
  cutPower(): Promise<void>;
  /** As after switching on again: the file system mends itself. Nothing may use the disk any more. */
  restore(): Promise<void>;
  remove(): Promise<void>;
}

const execute = promisify(execFile);
const hasProgram = (name: string): boolean => spawnSync("sh", ["-c", `command -v ${name}`]).status === 0;

export type FileSystem = "ext4" | "xfs";

/** Why there can be no such disk here. Undefined: there can. */
export function whyNoDisk(fileSystem: FileSystem): string | undefined {
  if (process.getuid?.() !== 0) return "mounting a disk image needs root";
  if (!existsSync("/dev/loop-control")) return "this machine has no loop devices";
  const missing = [`mkfs.${fileSystem}`, "mount", "umount"].find((name) => !hasProgram(name));
  if (missing !== undefined)
    return `there is no ${missing}${fileSystem === "xfs" ? " (Debian: apt-get install xfsprogs)" : ""}`;
  if (!knowsFileSystem(fileSystem)) return `this kernel has no ${fileSystem}`;
  return hasProgram("xfs_io") || hasProgram("python3")
    ? undefined
    : "neither xfs_io nor python3 is there to cut the power";
}

/** The kernel may have it built in, or as a module that is loaded when it is asked for. */
function knowsFileSystem(name: FileSystem): boolean {
  spawnSync("modprobe", [name]);
  return new RegExp(`\\b${name}$`, "m").test(readFileSync("/proc/filesystems", "utf8"));
}

// FS_IOC_SHUTDOWN with the flag NOLOGFLUSH: https://man7.org/linux/man-pages/man8/xfs_io.8.html, "shutdown".
const SHUTDOWN = `
import fcntl, os, struct, sys
fcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), 0x8004587d, struct.pack("I", 2))`;

export async function makeDisk(fileSystem: FileSystem, megabytes: number): Promise<Disk> {
  const parent = await mkdtemp(join(tmpdir(), "backstory-disk-"));
  const [image, folder] = [join(parent, "image"), join(parent, "disk")];
  await writeFile(image, "");
  await truncate(image, megabytes * 1024 * 1024);
  await mkdir(folder);
  execFileSync(`mkfs.${fileSystem}`, ["-q", image]);
  const mount = (): void => void execFileSync("mount", ["-o", "loop", image, folder]);
  // Processes that have lost their disk need a moment to end.
  const unmount = () => eventually(() => void execFileSync("umount", [folder], { stdio: "pipe" }), 60_000);
  mount();
  return {
    folder,
    // Not waited for in one go: traffic has to be under way at that very moment, and what sends it is this process.
    async cutPower() {
      if (hasProgram("xfs_io")) await execute("xfs_io", ["-x", "-c", "shutdown", folder]);
      else await execute("python3", ["-c", SHUTDOWN, folder]);
    },
    async restore() {
      await unmount();
      mount();
    },
    async remove() {
      await unmount();
      await rm(parent, { recursive: true, force: true });
    },
  };
}

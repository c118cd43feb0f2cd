import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually } from "./eventually.ts";

/** Why no process can be followed and disturbed here. It may be installed and still not be allowed, as in many containers. */
export function whyNoTracing(): string | undefined {
  if (process.getuid?.() !== 0) return "following another process needs root";
  const tried = spawnSync("strace", ["-qq", "-o", "/dev/null", "-e", "trace=fdatasync", "true"]);
  if (tried.error !== undefined) return "there is no strace";
  return tried.status === 0 ? undefined : "strace is not allowed here";
}

export interface Injection {
  /** Which system calls, by strace's names. */
  readonly calls: string;
  /** What they end with instead of being carried out. */
  readonly error: "EIO" | "ENOSPC";
  /** Only the n-th call of each process. Absent: all. */
  readonly at?: number;
}

export interface Tracer {
  /** Resolves when a call has been disturbed. */
  disturbed(): Promise<void>;
  /** From here on everything works again. */
  stop(): Promise<void>;
}

/** Lets system calls of these processes, and of those that they start, fail. */
export async function disturb(pids: readonly number[], { calls, error, at }: Injection): Promise<Tracer> {
  const folder = await mkdtemp(join(tmpdir(), "backstory-trace-"));
  const output = join(folder, "calls");
  const inject = `inject=${calls}:error=${error}${at === undefined ? "" : `:when=${at}`}`;
  const targets = pids.flatMap((pid) => ["-p", String(pid)]);
  const tracer = spawn("strace", ["-f", "-qq", "-o", output, "-e", `trace=${calls}`, "-e", inject, ...targets], {
    stdio: "ignore",
  });
  const ended = once(tracer, "exit");
  return {
    disturbed: () =>
      eventually(async () => {
        if (!(await readFile(output, "utf8")).includes("(INJECTED)")) throw new Error("No call was disturbed yet.");
      }),
    async stop() {
      tracer.kill("SIGTERM");
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Kills a process at the moment at which it writes to its end of `socket`, before a byte of it has gone. */
export async function killAtWriteTo(socket: Socket, pid: number): Promise<void> {
  const end = `socket:[${await inodeOfOtherEnd(socket)}]`;
  const inject = "inject=write,writev,sendto,sendmsg:signal=SIGKILL";
  const tracer = spawn("strace", ["-f", "-o", "/dev/null", "-P", end, "-e", inject, "-p", String(pid)], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  tracer.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
  await eventually(() => {
    if (!said.includes("attached")) throw new Error(`strace did not attach: ${said}`);
  });
}

/** The kernel's number of the socket that an IPv4 connection of ours leads to, on this machine. */
async function inodeOfOtherEnd({ localPort = 0, remotePort = 0 }: Socket): Promise<string> {
  const hex = (port: number): string => port.toString(16).toUpperCase().padStart(4, "0");
  // The columns of /proc/net/tcp: proc(5).
  const ends = new RegExp(`: \\w+:${hex(remotePort)} \\w+:${hex(localPort)} .*`);
  return eventually(async () => {
    const [row = ""] = ends.exec(await readFile("/proc/net/tcp", "utf8")) ?? [];
    const inode = row.trim().split(/\s+/)[9];
    if (inode === undefined || inode === "0") throw new Error("The connection has no other end yet.");
    return inode;
  });
}

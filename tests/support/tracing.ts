import { spawn, spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import type { Socket } from "node:net";
import { eventually } from "./eventually.ts";

/** Why no process can be followed and disturbed here. It may be installed and still not be allowed, as in many containers. */
export function whyNoTracing(): string | undefined {
  if (process.getuid?.() !== 0) return "following another process needs root";
  const tried = spawnSync("strace", ["-qq", "-o", "/dev/null", "-e", "trace=fdatasync", "true"]);
  if (tried.error !== undefined) return "there is no strace";
  return tried.status === 0 ? undefined : "strace is not allowed here";
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

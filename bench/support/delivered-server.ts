import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type pg from "pg";

/** Made by `npm run build`. */
const SERVER = fileURLToPath(new URL("../../dist/server.js", import.meta.url));

export interface DeliveredServer {
  readonly pid: number;
  readonly port: number;
  readonly siteKey: string;
  stop(): Promise<void>;
}

/** The whole server as its user runs it, on a database that is there already; no quota for an address. */
export async function startDelivered(
  { host, port: databasePort, user, database }: pg.ClientConfig,
  environment: Readonly<Record<string, string>> = {},
): Promise<DeliveredServer> {
  const dataDir = await mkdtemp(join(tmpdir(), "backstory-bench-"));
  const port = await freePort();
  const siteKey = "bench-site-key";
  const url = `postgres://${user}@/${database}?host=${encodeURIComponent(String(host))}&port=${databasePort}`;
  const child = spawn(process.execPath, [SERVER], {
    stdio: ["ignore", "ignore", "inherit"],
    env: {
      PATH: process.env["PATH"],
      DATA_DIR: dataDir,
      DATABASE_URL: url,
      PORT: String(port),
      DEMO_PORT: "",
      RATE_LIMIT: "0",
      SITE_KEY: siteKey,
      LOG_LEVEL: "silent",
      ...environment,
    },
  });
  await ready(child, port);
  return {
    pid: child.pid ?? 0,
    port,
    siteKey,
    async stop() {
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      await ended;
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

async function ready(child: ChildProcess, port: number): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`The server ended with code ${child.exitCode}; is it built?`);
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined);
    if (answer?.ok === true) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

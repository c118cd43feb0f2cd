import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Made by `npm run build`. */
export const SERVER = fileURLToPath(new URL("../../dist/server.js", import.meta.url));

export interface ServerProcess {
  readonly pid: number;
  readonly url: string;
  readonly demoUrl: string;
  readonly dataDir: string;
  readonly siteKey: string;
  readonly apiKey: string;
  readonly adminPassword: string;
  /** Everything it has printed so far. */
  output(): string;
  /** Milliseconds from the start of the process to the first ready answer. */
  readonly readyAfter: number;
  /** Resolves when it has ended; the exit code, or undefined when a signal ended it. */
  signal(...names: NodeJS.Signals[]): Promise<number | undefined>;
  stop(): Promise<void>;
}

export const CREDENTIALS = {
  siteKey: "demo-site-key",
  apiKey: "a-key-for-tests-that-is-long-enough-0123456789",
  adminPassword: "correct horse battery staple",
};

export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** The built server as its user runs it: a process of its own, configured by environment alone. */
export async function startServer(
  environment: Record<string, string> = {},
  /** Absent: as ourselves. */
  account: { readonly uid?: number; readonly gid?: number } = {},
): Promise<ServerProcess> {
  const dataDir = environment["DATA_DIR"] ?? (await mkdtemp(join(tmpdir(), "backstory-server-")));
  const port = Number(environment["PORT"] ?? (await freePort()));
  const demoPort = environment["DEMO_PORT"] ?? String(await freePort());
  const started = Date.now();
  const child = spawn(process.execPath, [SERVER], {
    ...account,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      PATH: process.env["PATH"],
      HOME: process.env["HOME"],
      PORT: String(port),
      DEMO_PORT: demoPort,
      DATA_DIR: dataDir,
      ADMIN_PASSWORD: CREDENTIALS.adminPassword,
      API_KEY: CREDENTIALS.apiKey,
      SITE_KEY: CREDENTIALS.siteKey,
      ...environment,
    },
  });
  let printed = "";
  const keep = (chunk: Buffer): void => void (printed += chunk.toString());
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  const url = `http://localhost:${port}`;
  await ready(url, child, () => printed);
  const readyAfter = Date.now() - started;
  return {
    ...CREDENTIALS,
    pid: child.pid ?? 0,
    url,
    demoUrl: `http://localhost:${demoPort}`,
    dataDir,
    readyAfter,
    output: () => printed,
    signal: (...names) => end(child, ...names),
    async stop() {
      await end(child, "SIGTERM");
      if (environment["DATA_DIR"] === undefined) await rm(dataDir, { recursive: true, force: true });
    },
  };
}

async function ready(url: string, child: ChildProcess, printed: () => string): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (Date.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`The server ended with code ${child.exitCode}:\n${printed()}`);
    const answer = await fetch(`${url}/readyz`).catch(() => undefined);
    if (answer?.ok === true) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  child.kill("SIGKILL");
  throw new Error(`The server did not get ready within a minute:\n${printed()}`);
}

async function end(child: ChildProcess, ...names: NodeJS.Signals[]): Promise<number | undefined> {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = once(child, "exit");
    for (const name of names) child.kill(name);
    await ended;
  }
  return child.exitCode ?? undefined;
}

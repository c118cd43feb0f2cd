import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, type TestContext } from "vitest";
import { eventually } from "../support/eventually.ts";
import { emptyDatabase, type TestDatabase } from "../support/postgres.ts";
import { freePort, startServer, type ServerProcess } from "../support/server-process.ts";
import { bodyOf, newBatch } from "../support/traffic.ts";

// P27: the server behind proxies that people use. They and we have to agree where a request ends and whom it is from.

/** Batches that one address may send at once; they come back too slowly to matter here. */
const BURST = 10;

let db: TestDatabase;
let server: ServerProcess;
let folder: string;
beforeAll(async () => {
  db = await emptyDatabase();
  folder = await mkdtemp(join(tmpdir(), "backstory-proxies-"));
  server = await startServer({ DATABASE_URL: db.url, DEMO_PORT: "", TRUST_PROXY: "127.0.0.1", RATE_LIMIT: "1" });
});
afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

interface Proxy {
  readonly program: string;
  /** Its configuration, for a port of its own in front of the server. */
  configuration(ports: { readonly own: number; readonly server: number }): Promise<string>;
  arguments(file: string): readonly string[];
  /** Networks of 127.0.0.0/8 stand for clients: they have to differ from the proxy's own, and from each other's. */
  readonly clients: readonly [string, string];
}

const nginx: Proxy = {
  program: "nginx",
  async configuration({ own, server: behind }) {
    const location = await readFile(new URL("../../deploy/nginx.conf", import.meta.url), "utf8");
    return `daemon off; pid ${folder}/nginx.pid; error_log ${folder}/nginx.log; events {}
      http {
        access_log off; client_body_temp_path ${folder}; proxy_temp_path ${folder}; fastcgi_temp_path ${folder};
        uwsgi_temp_path ${folder}; scgi_temp_path ${folder};
        server { listen 127.0.0.1:${own}; ${location.replace("127.0.0.1:3000", `127.0.0.1:${behind}`)} }
      }`;
  },
  arguments: (file) => ["-c", file],
  clients: ["127.1.0.1", "127.2.0.1"],
};

const haproxy: Proxy = {
  program: "haproxy",
  configuration: ({ own, server: behind }) =>
    Promise.resolve(`defaults
  mode http
  option forwardfor
  timeout connect 5s
  timeout client 30s
  timeout server 30s
listen backstory
  bind 127.0.0.1:${own}
  server backstory 127.0.0.1:${behind}
`),
  arguments: (file) => ["-db", "-f", file],
  clients: ["127.3.0.1", "127.4.0.1"],
};

describe.each([[nginx.program, nginx] as const, [haproxy.program, haproxy] as const])("behind %s", (name, proxy) => {
  let port: number;
  let running: ChildProcess | undefined;
  const why = spawnSync(name, ["-v"]).error === undefined ? undefined : `there is no ${name}`;

  beforeAll(async () => {
    if (why !== undefined) return void console.log(`skipped: ${why}`);
    port = await freePort();
    const file = join(folder, `${name}.conf`);
    await writeFile(file, await proxy.configuration({ own: port, server: Number(new URL(server.url).port) }));
    running = spawn(name, proxy.arguments(file), { stdio: "inherit" });
    await eventually(async () => expect(await raw(goodRequest({ host: "first" }), "127.9.0.1")).toContain(" 200 "));
  });
  afterAll(async () => {
    if (running === undefined) return;
    running.kill("SIGTERM");
    await once(running, "exit");
  });
  const needed = ({ skip }: TestContext): void => void (why === undefined || skip(why));

  /** Bytes to the proxy from an address of this machine, and all that comes back. */
  async function raw(bytes: string, from = "127.0.0.1"): Promise<string> {
    const socket = connect({ port, host: "127.0.0.1", localAddress: from }).on("error", () => undefined);
    let answer = "";
    socket.on("data", (chunk) => (answer += chunk.toString("latin1")));
    socket.write(Buffer.from(bytes, "latin1"));
    await once(socket, "close");
    return answer;
  }

  function goodRequest({ host, headers = "" }: { readonly host: string; readonly headers?: string }): string {
    const body = bodyOf(newBatch(), { siteKey: server.siteKey, visitorId: "visitor-behind-proxy" });
    const head = `POST /v1/messages HTTP/1.1\r\nHost: ${host}\r\nContent-Length: ${body.length}\r\n`;
    return `${head}${headers}Connection: close\r\n\r\n${body}`;
  }

  test("P27: a forged address buys no quota, and each client behind the proxy has one of its own", async (context) => {
    needed(context);
    const [flooding, other] = proxy.clients;
    const statuses: string[] = [];
    for (let number = 0; number < BURST * 3; number += 1) {
      const headers = `X-Forwarded-For: 203.0.113.${number}\r\nForwarded: for=203.0.113.${number}\r\nX-Real-IP: 203.0.113.${number}\r\n`;
      statuses.push((await raw(goodRequest({ host: "x", headers }), flooding)).slice(9, 12));
    }
    expect(new Set(statuses)).toEqual(new Set(["200", "429"]));
    expect(await raw(goodRequest({ host: "x" }), other)).toContain(" 200 ");
    const stored = await db.query<{ origin: string }>(
      "SELECT DISTINCT context::text AS origin FROM event WHERE context::text LIKE '%203.0.113.%' OR context::text LIKE $1",
      [`%"${flooding.replace(/1$/, "0")}/24"%`],
    );
    expect(stored).toHaveLength(1);
    expect(stored[0]?.origin).not.toContain("203.");
  });

  test.for([
    ["Content-Length and Transfer-Encoding", "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"],
    ["two lengths", "Content-Length: 4\r\nContent-Length: 30\r\n", "{}\r\n"],
    ["a transfer encoding that is none", "Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"],
    ["an obscured transfer encoding", "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n", "0\r\n\r\n"],
    ["a space before the colon", "Transfer-Encoding : chunked\r\n", "0\r\n\r\n"],
    ["a folded header", "X: a\r\n Transfer-Encoding: chunked\r\n", "0\r\n\r\n"],
  ])("P27: a request hidden behind one with %s never reaches the server", async ([_what, headers, body], context) => {
    needed(context);
    const visitorId = `smuggled-${name}`;
    const hidden = bodyOf(newBatch(), { siteKey: server.siteKey, visitorId });
    const second = `POST /v1/messages HTTP/1.1\r\nHost: x\r\nContent-Length: ${hidden.length}\r\nConnection: close\r\n\r\n${hidden}`;
    const host = "Host: x\r\n";
    await raw(`POST /v1/messages HTTP/1.1\r\n${host}${headers}\r\n${body}${second}`, "127.5.0.1");
    expect(await db.query("SELECT FROM event WHERE source_id = $1", [visitorId])).toEqual([]);
  });
});

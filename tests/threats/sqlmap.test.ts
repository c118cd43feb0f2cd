import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { uuidv7 } from "../../src/server/lib/uuid.ts";
import { testDatabase } from "../support/postgres.ts";
import { startServer, type ServerProcess } from "../support/server-process.ts";

// sqlmap (Debian: apt-get install sqlmap) tries a parameter with hundreds of requests, which takes minutes. `SQLMAP=1`
// lets it. `tests/threats/surface.test.ts` sends a corpus of its own to every address each time.

const missing =
  process.env["SQLMAP"] !== "1"
    ? "sqlmap takes minutes; SQLMAP=1 runs it"
    : spawnSync("sqlmap", ["--version"]).status !== 0
      ? "sqlmap is not on this machine"
      : undefined;

let folder: string;
let server: ServerProcess;
let cookie: string;
beforeAll(async () => {
  if (missing !== undefined) return;
  folder = await mkdtemp(join(tmpdir(), "backstory-sqlmap-"));
  const db = await testDatabase();
  server = await startServer({ DATABASE_URL: db.url, DEMO_PORT: "", RATE_LIMIT: "0" });
  const answer = await fetch(`${server.url}/admin/api/session`, {
    method: "POST",
    headers: { "content-type": "application/json", origin: server.url },
    body: JSON.stringify({ login: "admin", password: server.adminPassword }),
  });
  cookie = answer.headers.getSetCookie()[0]?.split(";", 1)[0] ?? "";
  for (const index of [1, 2, 3])
    await fetch(`${server.url}/api/v1/contact`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${server.apiKey}` },
      body: JSON.stringify({ externalCustomerId: `C-${index}`, firstName: "Ann" }),
    });
});
afterAll(async () => {
  if (missing !== undefined) return;
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

interface Target {
  readonly what: string;
  readonly path: string;
  readonly headers?: () => Readonly<Record<string, string>>;
  readonly body?: () => object;
}
const key = () => ({ authorization: `Bearer ${server.apiKey}` });
const session = () => ({ cookie, "sec-fetch-site": "same-origin" });
const message = () => ({ type: "identify", id: uuidv7(Date.now()), visitorId: "visitor-1*", at: Date.now() });
// A star marks what is tried.
const TARGETS: readonly Target[] = [
  { what: "the search of the admin", path: "/admin/api/contacts?q=ann*", headers: session },
  { what: "the pages of a timeline", path: "/admin/api/contacts/1/timeline?before=1*", headers: session },
  { what: "the filter of rejected messages", path: "/admin/api/rejected?code=x*", headers: session },
  { what: "a contact's id", path: "/api/v1/contact/1*", headers: key },
  { what: "the search of the contact API", path: "/api/v1/contacts?email=ann*&maxrows=10*", headers: key },
  { what: "the ids of addresses", path: "/api/v1/contacts/email?ids=1*", headers: key },
  { what: "a mailed link", path: "/confirm/token*" },
  { what: "a site's key in an address", path: "/scripts/demo-site-key*.js" },
  {
    what: "a contact in a body",
    path: "/api/v1/contact",
    headers: key,
    body: () => ({ externalCustomerId: "C-1*", channels: [{ type: "email", value: "ann*@shop.example" }] }),
  },
  {
    what: "a visitor's message",
    path: "/v1/messages",
    body: () => ({
      site: `${server.siteKey}*`,
      sentAt: Date.now(),
      messages: [{ ...message(), email: "a*@b.example" }],
    }),
  },
];

async function requestFile({ path, headers = () => ({}), body }: Target): Promise<string> {
  const all = { host: new URL(server.url).host, "content-type": "application/json", ...headers() };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  const text = body === undefined ? "" : JSON.stringify(body());
  const file = join(folder, `${path.replaceAll(/\W/g, "_")}.txt`);
  await writeFile(file, [`${text === "" ? "GET" : "POST"} ${path} HTTP/1.1`, ...lines, "", text].join("\r\n"));
  return file;
}

async function sqlmap(target: Target): Promise<string> {
  const file = await requestFile(target);
  // Not by how long an answer takes: that says nothing on a busy machine.
  const how = ["--batch", "--disable-coloring", "--technique=BEUSQ", "--dbms=PostgreSQL", "--level=2", "--risk=2"];
  const more = ["--flush-session", "--ignore-stdin", "--ignore-code=400,401,404,405,415,429", "--threads=2"];
  const options = ["-r", file, ...how, ...more, "--output-dir", folder];
  const child = spawn("sqlmap", options, { stdio: ["ignore", "pipe", "pipe"] });
  let printed = "";
  const keep = (part: Buffer): void => void (printed += part.toString());
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  await once(child, "close");
  return printed;
}

test.for(TARGETS)("T12: sqlmap finds no way in by $what", async (target, { skip }) => {
  if (missing !== undefined) {
    console.log(`skipped: ${missing}`);
    return skip(missing);
  }
  const printed = await sqlmap(target);
  expect(printed).toMatch(/all tested parameters do not appear to be injectable/);
  expect(printed).not.toMatch(/is vulnerable|injection point\(s\)/);
});

test("T12: the control: sqlmap finds the way into a server that has one", async ({ skip }) => {
  if (missing !== undefined) return skip(missing);
  const db = await testDatabase();
  const open = createServer((request, response) => {
    const wanted = new URL(request.url ?? "/", "http://localhost").searchParams.get("q") ?? "";
    const rows = db.pool.query(`SELECT relname FROM pg_class WHERE relname = '${wanted}'`);
    rows.then(
      (found) => response.end(JSON.stringify(found.rows)),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  await new Promise<void>((resolve) => open.listen(0, "127.0.0.1", resolve));
  const host = `127.0.0.1:${(open.address() as AddressInfo).port}`;
  const printed = await sqlmap({ what: "a hole", path: "/?q=contact*", headers: () => ({ host }) });
  open.closeAllConnections();
  open.close();
  expect(printed).toMatch(/injection point\(s\)/);
});

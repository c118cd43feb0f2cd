import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, chown, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startEmbedded } from "../../src/server/db/embedded.ts";
import { migrate } from "../../src/server/db/migrate.ts";
import { startDatabaseLine } from "../support/database-line.ts";
import { emptyDatabase } from "../support/postgres.ts";
import { CREDENTIALS, freePort, SERVER, startServer } from "../support/server-process.ts";

const isRoot = process.getuid?.() === 0;

let parent: string;
beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), "backstory-start-"));
});
afterAll(() => rm(parent, { recursive: true, force: true }));

const folder = (): Promise<string> => mkdtemp(join(parent, "data-"));

/** A start that is expected to end by itself. */
async function refusal(environment: Record<string, string>) {
  const child = spawn(process.execPath, [SERVER], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: process.env["PATH"], PORT: String(await freePort()), DATA_DIR: await folder(), ...environment },
  });
  let printed = "";
  child.stdout.on("data", (chunk: Buffer) => (printed += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (printed += chunk.toString()));
  const [code] = (await once(child, "close")) as [number | null];
  const [head, ...sentences] = printed.trimEnd().split("\n");
  expect(head, printed).toBe("Backstory cannot start.");
  return { code, sentences: sentences.map((line) => line.trim()) };
}

test("a second server on the same folder says so and ends, and the first goes on", async () => {
  const first = await startServer({ DATA_DIR: await folder(), DEMO_PORT: "" });
  const { code, sentences } = await refusal({ DATA_DIR: first.dataDir });
  expect(code).toBe(1);
  expect(sentences).toEqual([expect.stringMatching(/^Another Backstory \(process \d+\) already runs on /)]);
  expect((await fetch(`${first.url}/readyz`)).status).toBe(200);
  await first.stop();
});

test("a second server that cannot see the first one's process is refused by the database's lock", async () => {
  const first = await startServer({ DATA_DIR: await folder(), DEMO_PORT: "" });
  // As in another container, where the number means nothing.
  await writeFile(join(first.dataDir, "backstory.lock"), "999999 1\n");
  const { code, sentences } = await refusal({ DATA_DIR: first.dataDir });
  expect(code).toBe(1);
  expect(sentences).toEqual([expect.stringMatching(/^Another Backstory already runs on /)]);
  expect((await fetch(`${first.url}/readyz`)).status).toBe(200);
  await first.stop();
});

test("the number of a killed server that another process got since is no obstacle", async () => {
  const dataDir = await folder();
  await (await startServer({ DATA_DIR: dataDir, DEMO_PORT: "" })).stop();
  const stranger = String(process.pid);
  await writeFile(join(dataDir, "backstory.lock"), `${stranger} 1\n`);
  await writeFile(join(dataDir, "postgres/postmaster.pid"), `${stranger}\n${dataDir}/postgres\n1\n5432\n${dataDir}\n`);
  const server = await startServer({ DATA_DIR: dataDir, DEMO_PORT: "" });
  expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
  await server.stop();
});

test("a port that is in use is told in a sentence, before a database is made", async () => {
  const taken = createServer();
  taken.listen(0, "0.0.0.0");
  await once(taken, "listening");
  const address = taken.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const dataDir = await folder();
  expect(await refusal({ PORT: String(port), DATA_DIR: dataDir })).toEqual({
    code: 1,
    sentences: [`Port ${port} is in use by another program. Stop it, or set PORT to a free port.`],
  });
  await expect(readFile(join(dataDir, "postgres/PG_VERSION"))).rejects.toThrow("ENOENT");
  taken.close();
});

test("every fault of the configuration is printed at one start", async () => {
  const { code, sentences } = await refusal({ PORT: "x", PUBLIC_URL: "y", ADMIN_PASSWORD: "z" });
  expect(code).toBe(1);
  expect(sentences.map((sentence) => sentence.split(" ")[0])).toEqual(["PORT", "PUBLIC_URL", "ADMIN_PASSWORD"]);
});

test("a database server that does not answer is told in a sentence", async () => {
  const port = await freePort();
  const { code, sentences } = await refusal({ DATABASE_URL: `postgres://me:secret@127.0.0.1:${port}/shop` });
  expect(code).toBe(1);
  expect(sentences).toEqual([
    `The database at 127.0.0.1:${port}/shop cannot be reached: connect ECONNREFUSED 127.0.0.1:${port}.`,
  ]);
});

test("a database server that is lost while we start is told in a sentence", async () => {
  const db = await emptyDatabase();
  for (const text of ["server_version_num", "schema_migration", "admin_user", "create_queue"]) {
    const line = await startDatabaseLine(db.connection);
    line.set({ kind: "resetAfter", text });
    const { code, sentences } = await refusal({ DATABASE_URL: line.url });
    expect(code).toBe(1);
    expect(sentences).toEqual([expect.stringMatching(/^The database stopped answering while Backstory started \(/)]);
    await line.close();
  }
});

test("a database that a newer Backstory migrated is refused in a sentence", async () => {
  const db = await emptyDatabase();
  await migrate(db.connection);
  await db.query("INSERT INTO schema_migration (name, checksum) VALUES ('9999_later.sql', 'x')");
  const { code, sentences } = await refusal({ DATABASE_URL: db.url });
  expect(code).toBe(1);
  expect(sentences).toEqual([expect.stringMatching(/^The database was migrated by a newer Backstory \(it has 9999/)]);
});

test("a database server with fsync=off is refused in a sentence", async () => {
  const unsafe = await startEmbedded({ dataDirectory: await folder(), settings: { fsync: "off" } });
  const url = `postgres://backstory@/backstory?host=${encodeURIComponent(String(unsafe.connection.host))}`;
  const { code, sentences } = await refusal({ DATABASE_URL: url });
  expect(code).toBe(1);
  expect(sentences).toEqual([expect.stringMatching(/^The database runs with fsync=off/)]);
  await unsafe.stop();
});

test("the app's role at the database is no superuser, and nothing listens on a port", async () => {
  const server = await startServer({ DATA_DIR: await folder(), DEMO_PORT: "" });
  const [, , , , socket = ""] = (await readFile(join(server.dataDir, "postgres/postmaster.pid"), "utf8")).split("\n");
  const client = new pg.Client({ host: socket, user: "backstory", database: "backstory" });
  await client.connect();
  const { rows } = await client.query(
    `SELECT current_setting('is_superuser') AS superuser, current_setting('listen_addresses') AS addresses,
            current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS commit`,
  );
  expect(rows).toEqual([{ superuser: "off", addresses: "", fsync: "on", commit: "on" }]);
  await expect(client.query("COPY site FROM PROGRAM 'id'")).rejects.toThrow("permission denied");
  await expect(client.query("SELECT pg_read_file('/etc/passwd')")).rejects.toThrow("permission denied");
  await client.end();
  await server.stop();
});

test("a data folder whose path is too long for a socket works all the same", async () => {
  const server = await startServer({ DATA_DIR: join(await folder(), "a-long-name/".repeat(9)), DEMO_PORT: "" });
  expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
  await server.stop();
});

test("keys and the secret are seeded once, and survive a restart", async () => {
  const dataDir = await folder();
  const environment = { DATA_DIR: dataDir, DEMO_PORT: "" };
  const first = await startServer(environment);
  const secret = await readFile(join(dataDir, "secret.key"), "utf8");
  await first.stop();
  const second = await startServer(environment);
  expect(await readFile(join(dataDir, "secret.key"), "utf8")).toBe(secret);
  const answer = await fetch(`${second.url}/api/v1/version`, {
    headers: { authorization: `Bearer ${CREDENTIALS.apiKey}` },
  });
  expect(answer.status).toBe(200);
  expect(second.output()).not.toContain("one-time password");
  await second.stop();
});

test("a folder that only root may enter is no obstacle for root", async (context) => {
  if (!isRoot) context.skip("needs root");
  const closed = await folder();
  await chmod(closed, 0o700);
  const server = await startServer({ DATA_DIR: join(closed, "deeper"), DEMO_PORT: "" });
  const [pid] = (await readFile(join(server.dataDir, "postgres/postmaster.pid"), "utf8")).split("\n");
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  expect(/^Uid:\s+(\d+)/m.exec(status)?.[1]).not.toBe("0");
  await server.stop();
});

test("an ordinary user needs nothing of root", async (context) => {
  if (!isRoot) context.skip("everything here runs as an ordinary user anyway");
  const nobody = { uid: 65_534, gid: 65_534 };
  const dataDir = await folder();
  await chmod(parent, 0o755);
  await chown(dataDir, nobody.uid, nobody.gid);
  const readable = spawn(process.execPath, ["-e", `fs.accessSync(${JSON.stringify(SERVER)})`], { ...nobody });
  const [code] = (await once(readable, "exit")) as [number | null];
  if (code !== 0) context.skip("the sources lie where another user may not read them");
  const server = await startServer({ DATA_DIR: dataDir, DEMO_PORT: "" }, nobody);
  expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
  await server.stop();
});

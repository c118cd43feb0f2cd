import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmod, chown, mkdtemp, readFile, rm } from "node:fs/promises";
import { connect, createServer, type AddressInfo, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, expect, test, type TestContext } from "vitest";
import type { PostgresPlace } from "../../src/contract/exports.ts";
import { startEmbedded, type EmbeddedPostgres } from "../../src/server/db/embedded.ts";
import { chooseAccount } from "../../src/server/db/embedded/account.ts";
import { exportWorld, type ExportWorld } from "../support/export-world.ts";
import { testDatabase } from "../support/postgres.ts";

// Exports to a server that speaks TLS, with a certificate that nobody else has signed.

let folder: string;
let missing: string | undefined;
let postgres: EmbeddedPostgres | undefined;
let proxy: Server | undefined;
let world: ExportWorld;
let certificate: string;

/** Our PostgreSQL has a fixed port: an address of this machine that nobody else uses keeps it free. */
const ADDRESS = `127.${1 + (process.pid % 200)}.${1 + (Date.now() % 250)}.${1 + (process.ppid % 250)}`;

beforeAll(async () => {
  missing = whatIsMissing();
  if (missing !== undefined) return;
  folder = await mkdtemp(join(tmpdir(), "backstory-tls-"));
  await chmod(folder, 0o755);
  const [key, cert] = [join(folder, "server.key"), join(folder, "server.crt")];
  const made = spawnSync("openssl", [
    ...["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"],
    ...["-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", cert],
  ]);
  if (made.status !== 0) throw new Error(`No certificate could be made: ${made.stderr.toString()}`);
  certificate = await readFile(cert, "utf8");
  const dataDirectory = join(folder, "data");
  await chmod(key, 0o600);
  const account = chooseAccount(join(dataDirectory, "postgres"));
  if (account !== undefined) await chown(key, account.uid, account.gid);
  postgres = await startEmbedded({
    dataDirectory,
    settings: { listen_addresses: ADDRESS, ssl: "on", ssl_cert_file: cert, ssl_key_file: key },
  });
  proxy = createServer((from) => {
    const to = connect({ host: ADDRESS, port: Number(postgres?.superuser.port) });
    from.on("error", () => to.destroy());
    to.on("error", () => from.destroy());
    from.pipe(to).pipe(from);
  });
  proxy.listen(0, "localhost");
  await once(proxy, "listening");
  const db = await testDatabase();
  await db.query("INSERT INTO contact (contact_source, created_at, updated_at) VALUES ('API', now(), now())");
  world = await exportWorld(db);
});
afterAll(async () => {
  proxy?.close();
  await postgres?.stop();
  if (missing === undefined) await rm(folder, { recursive: true, force: true });
});

function whatIsMissing(): string | undefined {
  if (process.platform !== "linux") return "only Linux has more than one address of its own";
  return spawnSync("openssl", ["version"]).status === 0 ? undefined : "there is no openssl to make a certificate with";
}

function skipIfMissing({ skip }: Pick<TestContext, "skip">): void {
  if (missing === undefined) return;
  console.log(`skipped: ${missing}`);
  skip(missing);
}

async function runTo(more: Partial<PostgresPlace>) {
  const { port } = proxy?.address() as AddressInfo;
  const place = { host: "localhost", port, database: "postgres", user: "postgres", schema: "copy" };
  const exportId = await world.exports.create(
    world.order({
      tables: ["contacts"],
      place: { kind: "postgresql", ...place, tls: "verify", authority: null, ...more },
    }),
  );
  const outcome = await world.exports.run(exportId);
  await world.exports.remove(exportId);
  return outcome;
}

test("a certificate that nobody known has signed is refused in words", async (context) => {
  skipIfMissing(context);
  expect(await runTo({})).toMatchObject({
    kind: "failed",
    fault: {
      code: "DEPTH_ZERO_SELF_SIGNED_CERT",
      detail: "The certificate of the server is signed by nobody known. Paste the certificate of its authority.",
    },
  });
});

test("with its authority given it is trusted, and the rows arrive", async (context) => {
  skipIfMissing(context);
  const client = new pg.Client(postgres?.superuser);
  await client.connect();
  try {
    expect(await runTo({ authority: certificate })).toMatchObject({ kind: "finished", tables: [{ written: 1 }] });
    const { rows } = await client.query("SELECT FROM copy.contacts");
    expect(rows).toHaveLength(1);
  } finally {
    await client.query("DROP SCHEMA IF EXISTS copy CASCADE");
    await client.end();
  }
});

test("a trusted certificate of another name is refused in words", async (context) => {
  skipIfMissing(context);
  const { address } = proxy?.address() as AddressInfo;
  expect(await runTo({ host: address, authority: certificate })).toMatchObject({
    kind: "failed",
    fault: { code: "ERR_TLS_CERT_ALTNAME_INVALID", detail: expect.stringContaining("for another name") as string },
  });
});

test("with TLS switched off the same server takes the rows without it", async (context) => {
  skipIfMissing(context);
  expect(await runTo({ tls: "off" })).toMatchObject({ kind: "finished", tables: [{ written: 1 }] });
});

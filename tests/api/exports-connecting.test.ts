import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import pg from "pg";
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from "vitest";
import type { PostgresPlace, TrialOutcome } from "../../src/contract/exports.ts";
import { exportSetting } from "../support/export-setting.ts";
import { emptyDatabase, type TestDatabase } from "../support/postgres.ts";

// Destinations that cannot be used: what a trial says of them, before anything is kept.

const at = exportSetting();

function trial(more: Partial<PostgresPlace>, secret = "secret"): Promise<TrialOutcome> {
  const { place } = at.world.order();
  return at.world.exports.tryOut({ place: { ...place, ...more } as PostgresPlace, secret });
}

/** Something that listens and is no PostgreSQL. */
async function listening(onSocket: (socket: Socket) => void): Promise<Partial<PostgresPlace>> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on("error", () => undefined);
    onSocket(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  return { host: "127.0.0.1", port: (server.address() as AddressInfo).port };
}

const message = (type: string, body: Buffer): Buffer => {
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
};

/** Asks for a password by SCRAM, as PostgreSQL does by default. */
function asksForPassword(socket: Socket): void {
  socket.once("data", () => {
    const ways = Buffer.from("\0\0\0\x0aSCRAM-SHA-256\0\0", "latin1");
    socket.write(message("R", ways));
    socket.once("data", (answer: Buffer) => {
      const nonce = /r=([^,]+)$/.exec(answer.toString("latin1"))?.[1] ?? "";
      const first = `r=${nonce}more,s=${Buffer.from("salt").toString("base64")},i=4096`;
      socket.write(message("R", Buffer.concat([Buffer.from("\0\0\0\x0b", "latin1"), Buffer.from(first)])));
    });
  });
}

test.each([
  ["says nothing to TLS", (): void => undefined, "verify", ["not-answering", /does not answer/]],
  ["hangs up", (socket: Socket) => socket.destroy(), "off", ["no-postgres", /port/]],
  [
    "speaks another protocol",
    (socket: Socket) => socket.write("SSH-2.0-OpenSSH_9.2\r\n"),
    "verify",
    ["no-postgres", /port/],
  ],
  [
    "answers HTTP",
    (socket: Socket) => socket.once("data", () => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")),
    "off",
    ["no-postgres", /port/],
  ],
  [
    "has no TLS",
    (socket: Socket) => socket.once("data", () => socket.write("N")),
    "verify",
    ["tls.missing", /speaks no TLS/],
  ],
] as const)("a server that %s is told of in words", async (_, onSocket, tls, [code, words]) => {
  const { fault } = await trial({ ...(await listening(onSocket)), tls });
  expect(fault?.code).toBe(code);
  expect(fault?.detail).toMatch(words);
});

test("a password that is asked for and missing is told of as such", async () => {
  const { fault } = await trial(await listening(asksForPassword), "");
  expect(fault).toMatchObject({ code: "password.missing", detail: expect.stringContaining("password") as string });
});

test("an authority that is no certificate is told of as such", async () => {
  const place = await listening((socket) => socket.once("data", () => socket.write("S")));
  const authority = "-----BEGIN CERTIFICATE-----\nthis is none\n-----END CERTIFICATE-----";
  const { fault } = await trial({ ...place, tls: "verify", authority });
  expect(fault).toMatchObject({ code: "authority.invalid", detail: expect.stringContaining("certificate") as string });
});

test("a host and a database that there are not are told of in words", async () => {
  expect((await trial({ host: "no-such-host.invalid" })).fault?.code).toBe("host.unknown");
  expect((await trial({ database: "no such database" })).fault?.code).toBe("3D000");
  expect((await trial({ user: "no such user" })).fault?.code).toBe("28000");
});

test("a schema's name of more than 63 bytes is refused, for PostgreSQL would cut it off", async () => {
  const schema = "ї".repeat(40);
  const { fault } = await trial({ schema });
  expect(fault).toMatchObject({ code: "schema.long", detail: expect.stringContaining("80 bytes") as string });
});

test.each(['Odd "Name"; DROP TABLE x --', "UPPER", "вітрина", "a'b", "ї".repeat(31), " "])(
  "a schema called %s is made, filled, and the same in the next run",
  async (schema) => {
    await at.someHistory();
    const order = at.world.order();
    const exportId = await at.world.exports.create({ ...order, place: { ...order.place, schema } as PostgresPlace });
    await at.world.run(exportId);
    expect((await at.world.run(exportId)).tables.map(({ written }) => written)).toEqual([0, 0, 0, 0, 0, 0]);
    expect(await at.contents(pg.escapeIdentifier(schema))).toEqual(await at.everythingNow());
    await at.world.warehouse.pool.query(`DROP SCHEMA ${pg.escapeIdentifier(schema)} CASCADE`);
  },
);

// --- what a user may do there

let other: TestDatabase;
beforeAll(async () => {
  other = await emptyDatabase();
  await other.pool.query("CREATE ROLE exporter_of_tests LOGIN");
});
afterAll(() => other.pool.query("DROP OWNED BY exporter_of_tests; DROP ROLE exporter_of_tests"));
beforeEach(async () => {
  await other.pool.query(`REVOKE ALL ON SCHEMA public FROM PUBLIC; REVOKE ALL ON SCHEMA public FROM exporter_of_tests;
    REVOKE ALL ON DATABASE ${String(other.connection.database)} FROM PUBLIC, exporter_of_tests;
    GRANT CONNECT ON DATABASE ${String(other.connection.database)} TO exporter_of_tests`);
});

const asExporter = (schema = "public") =>
  trial({ user: "exporter_of_tests", database: String(other.connection.database), schema });
const grant = (what: string) => other.pool.query(`GRANT ${what} TO exporter_of_tests`);

test("a trial finds out everything that the user lacks, and not only the first run", async () => {
  const { database = "" } = other.connection;
  expect((await asExporter()).fault?.code).toBe("42501");
  expect((await asExporter("new one")).fault?.code).toBe("42501");
  await grant("CREATE, USAGE ON SCHEMA public");
  // It still may make no temporary tables, which rows wait in.
  expect((await asExporter()).fault?.code).toBe("42501");
  await grant(`TEMPORARY ON DATABASE ${database}`);
  expect((await asExporter()).fault).toBeNull();
  expect((await asExporter("new one")).fault?.detail).toContain("CREATE");
  await grant(`CREATE ON DATABASE ${database}`);
  expect((await asExporter("new one")).fault).toBeNull();
});

test("a destination that only reads says so in the trial", async () => {
  await other.pool.query(`ALTER DATABASE ${String(other.connection.database)} SET default_transaction_read_only = on`);
  await grant("CREATE, USAGE ON SCHEMA public");
  expect((await asExporter()).fault?.code).toBe("25006");
  const client = new pg.Client({ ...other.connection, options: "-c default_transaction_read_only=off" });
  await client.connect();
  await client.query(`ALTER DATABASE ${String(other.connection.database)} RESET default_transaction_read_only`);
  await client.end();
});

// --- an export that is set up already

test("a trial with a secret that no key opens says so, instead of trying an empty password", async () => {
  await at.db.query("UPDATE export SET secret = '\\x01' || repeat('00', 40)::bytea");
  expect((await at.world.exports.tryStored(at.exportId))?.fault?.code).toBe("secret.unreadable");
});

test("a trial while a run is writing there does not wait for it, and is good", async () => {
  const holder = new pg.Client(at.world.warehouse.connection);
  await holder.connect();
  onTestFinished(() => holder.end());
  await at.run();
  await holder.query("BEGIN; SELECT pg_advisory_xact_lock(hashtextextended('backstory export public', 0))");
  const { fault } = (await at.world.exports.tryStored(at.exportId)) ?? {};
  expect(fault).toBeNull();
});

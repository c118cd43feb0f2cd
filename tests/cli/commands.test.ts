import { mkdtemp, rm, chmod, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { keptSecretKey } from "../../src/server/secret-key.ts";
import { createSegment } from "../../src/server/segments/index.ts";
import { backstory } from "../support/cli.ts";
import { EXPORT_SECRET_KEY, exportWorld } from "../support/export-world.ts";
import { mailTrap } from "../support/mail-trap.ts";
import { emptyDatabase, testDatabase, type TestDatabase } from "../support/postgres.ts";
import { freePort, startServer } from "../support/server-process.ts";

let folder: string;
let db: TestDatabase;
let place: Record<string, string>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "backstory-cli-"));
  keptSecretKey(folder);
  db = await testDatabase();
  place = { DATABASE_URL: db.url, DATA_DIR: folder };
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const parsed = (text: string): unknown => JSON.parse(text);

describe("what was typed", () => {
  test.each<[words: string[], code: number, says: RegExp]>([
    [[], 0, /USAGE backstory serve\|demo\|/],
    [["--version"], 0, /^\d+\.\d+\.\d+\n$/],
    [["key", "create", "--help"], 0, /It is shown this once|it is shown this once/],
    [["nonsense"], 2, /USAGE/],
    [["key"], 2, /USAGE backstory key/],
    [["key", "create"], 2, /Missing required positional argument: NAME. See backstory --help/],
    [["key", "create", "Shop", "--scope", "events"], 2, /There is no option --scope\. See backstory --help/],
    [["key", "create", "Shop", "--scopes", "everything"], 2, /"everything" is no scope; there are contacts:write/],
    [["key", "create", "Shop", "two"], 2, /"two" is one word too many/],
    [["key", "revoke", "none"], 1, /There is no key none that works\. `backstory key list` shows them\./],
    [["user", "create", "ann", "--role", "king"], 2, /"king" is no role; there are owner, marketer/],
    [["user", "create", "a b"], 1, /cannot be a login/],
    [["user", "reset-password", "nobody"], 1, /There is no user nobody/],
    [["export", "list"], 0, /^There is no export\.\n$/],
    [["export", "run"], 2, /Missing required positional argument: ID/],
    [["export", "run", "none"], 1, /There is no export none\. `backstory export list` shows them\./],
    [["segment", "list"], 0, /^There is no segment\.\n$/],
    [["segment", "count"], 2, /Missing required positional argument: WHICH/],
    [["segment", "count", "none"], 1, /There is no segment "none"\. `backstory segment list` shows them\./],
    [["contact", "show", "nobody@example.org"], 1, /Nobody is known as "nobody@example\.org"\./],
    [["contact", "show", "x", "--id"], 2, /"x" is no contact id/],
    [["serve", "--port", "1"], 2, /the server is configured by environment variables only/],
  ])("%j ends with %d and says what is meant", async (words, code, says) => {
    const ended = await backstory(words, place);
    expect({ code: ended.code, text: ended.out + ended.err }).toEqual({
      code,
      text: expect.stringMatching(says) as string,
    });
    expect(ended.err).not.toMatch(/\n\s+at /);
  });

  test("all that is wrong with the configuration is said at once", async () => {
    const { code, err } = await backstory(["key", "list"], { ...place, PORT: "x", LOG_LEVEL: "loud" });
    expect(code).toBe(1);
    expect(err).toMatch(/PORT is "x"[^]*LOG_LEVEL is "loud"/);
  });
});

test("a key that was made works at once, and no more after it was revoked", async () => {
  const server = await startServer({ DATABASE_URL: db.url, DEMO_PORT: "" });
  const made = await backstory(["key", "create", "Shop", "--scopes", "contacts:read, events", "--json"], place);
  const { keyId, secret } = parsed(made.out) as { keyId: string; secret: string };
  const ask = (): Promise<Response> =>
    fetch(`${server.url}/api/v1/account/info`, { headers: { authorization: `Bearer ${secret}` } });
  expect((await ask()).status).not.toBe(401);
  expect((await backstory(["key", "list"], place)).out).toMatch(new RegExp(`${keyId}\\s+Shop\\s+…${secret.slice(-4)}`));
  expect(await backstory(["key", "revoke", keyId], place)).toMatchObject({
    code: 0,
    out: `The key ${keyId} works no more.\n`,
  });
  expect((await backstory(["key", "list"], place)).out).not.toContain(keyId);
  await server.stop();
});

test("a user who was made, or forgot the password, logs in with the one-time password", async () => {
  const server = await startServer({ DATABASE_URL: db.url, DEMO_PORT: "" });
  const login = (name: string, password: string): Promise<Response> =>
    fetch(`${server.url}/admin/api/session`, {
      method: "POST",
      headers: { "content-type": "application/json", origin: server.url },
      body: JSON.stringify({ login: name, password }),
    });
  const made = await backstory(["user", "create", "Ann", "--role", "marketer", "--json"], place);
  const first = (parsed(made.out) as { oneTimePassword: string }).oneTimePassword;
  expect((await login("ann", first)).status).toBe(200);
  expect((await backstory(["user", "create", "ann"], place)).err).toContain("There is a user ann already.");
  const again = await backstory(["user", "reset-password", "ann", "--json"], place);
  const second = (parsed(again.out) as { oneTimePassword: string }).oneTimePassword;
  expect((await login("ann", first)).status).toBe(401);
  expect((await login("ann", second)).status).toBe(200);
  expect((await backstory(["user", "list"], place)).out).toMatch(/ann\s+marketer/);
  await server.stop();
});

test("segments are listed with what they ask for, and counted by name or id", async () => {
  const shop = await testDatabase();
  const deps = { db: shop, clock: Date.now };
  const asks = { kind: "field", field: "externalCustomerId", operator: "empty" } as const;
  const made = [
    await createSegment(deps, { name: "No customer id", condition: { kind: "all", of: [asks] } }),
    await createSegment(deps, { name: "7" }),
  ];
  expect(made.map(({ kind }) => kind)).toEqual(["saved", "saved"]);
  await shop.query(
    `INSERT INTO contact (contact_source, external_customer_id, created_at, updated_at)
     VALUES ('API', 'C-1', now(), now()), ('API', NULL, now(), now()), ('API', NULL, now(), now())`,
  );
  const here = { ...place, DATABASE_URL: shop.url };
  const listed = await backstory(["segment", "list"], here);
  expect(listed).toMatchObject({ code: 0, err: "" });
  expect(listed.out).toMatch(/^id +name +kind +who is in it\n\d+ +7 +list +-\n\d+ +No customer id +dynamic +\S.*empty/);
  const rows = parsed((await backstory(["segment", "list", "--json"], here)).out) as { id: number; name: string }[];
  expect(rows.map(({ name }) => name)).toEqual(["7", "No customer id"]);
  for (const which of ["No customer id", "no CUSTOMER id", String(rows[1]?.id)])
    expect(await backstory(["segment", "count", which], here)).toEqual({ code: 0, out: "2\n", err: "" });
  const counted = await backstory(["segment", "count", "7", "--json"], here);
  expect(parsed(counted.out)).toEqual({ id: rows[0]?.id, name: "7", members: 0 });
});

test("an export is listed, run at once, and told in words when it cannot get through", async () => {
  const warehouse = await exportWorld(db);
  const key = { ...place, SECRET_KEY: EXPORT_SECRET_KEY, EXPORT_TO_PRIVATE_NETWORK: "yes" };
  const order = warehouse.order({ name: "Reports", tables: ["contacts", "events"] });
  const id = await warehouse.exports.create(order);
  await db.query("INSERT INTO contact (contact_source, created_at, updated_at) VALUES ('API', now(), now())");
  expect((await backstory(["export", "list"], key)).out).toMatch(
    new RegExp(`${id}\\s+Reports\\s+postgresql\\s+never run\\s+-`),
  );
  const ran = await backstory(["export", "run", id], key);
  expect(ran.err).toBe("");
  expect(ran.out).toMatch(/^table +sent +written +removed\ncontacts +1 +1 +0\nevents +0 +0 +0\n$/);
  expect(await warehouse.rows("contacts")).toHaveLength(1);
  const listed = await backstory(["export", "list", "--json"], key);
  expect(parsed(listed.out)).toMatchObject([{ exportId: id, lastRun: { state: "finished" } }]);
  expect(listed.out).not.toContain("secret");
  const refused = await backstory(["export", "run", id], { ...key, EXPORT_TO_PRIVATE_NETWORK: "no" });
  expect(refused).toMatchObject({ code: 1, out: "" });
  expect(refused.err).toMatch(/^The export failed\. .*own network\. If it is meant, start the server with/);
});

describe("doctor", () => {
  const findings = async (environment: Record<string, string>): Promise<Record<string, string>> => {
    const { out } = await backstory(["doctor", "--json"], environment);
    const list = parsed(out) as { name: string; state: string }[];
    return Object.fromEntries(list.map(({ name, state }) => [name, state]));
  };

  test("finds nothing wrong with a server that runs as it should", async () => {
    const trap = await mailTrap();
    const port = String(await freePort());
    const mail = { SMTP_URL: trap.url, MAIL_FROM: "shop@example.org", PUBLIC_URL: `http://localhost:${port}` };
    const server = await startServer({ DATA_DIR: join(folder, "healthy"), PORT: port, DEMO_PORT: "", ...mail });
    const { code, out } = await backstory(["doctor"], { DATA_DIR: join(folder, "healthy"), PORT: port, ...mail });
    await server.stop();
    await trap.close();
    // How full this machine's disk is says nothing about us.
    const rest = out.split("\n").filter((line) => line !== "" && !/disk |Make room/.test(line));
    expect(rest.filter((line) => !line.startsWith("ok"))).toEqual([]);
    expect(rest.length).toBeGreaterThan(10);
    expect(code === 0 || /FAIL {2}disk/.test(out)).toBe(true);
  });

  test("names a database that is out of reach, and still looks at the rest", async () => {
    const { code, out } = await backstory(["doctor"], {
      DATA_DIR: folder,
      DATABASE_URL: "postgres://nobody@127.0.0.1:1/x",
    });
    expect(code).toBe(1);
    expect(out).toMatch(/FAIL {2}database +The database at 127\.0\.0\.1:1\/x cannot be reached: .*ECONNREFUSED/);
    expect(out).toMatch(/disk +/);
  });

  test("names a database that was never migrated, or by a newer version", async () => {
    const empty = await emptyDatabase();
    expect((await backstory(["doctor"], { ...place, DATABASE_URL: empty.url })).out).toMatch(
      /FAIL {2}schema .*is empty/,
    );
    const newer = await testDatabase();
    await newer.query("INSERT INTO schema_migration VALUES ('9999_later.sql', 'x')");
    expect((await backstory(["doctor"], { ...place, DATABASE_URL: newer.url })).out).toMatch(
      /FAIL {2}schema .*another version \(9999_later\.sql\)\n.*→ Start that version/,
    );
  });

  test("names a mail server that does not answer", async () => {
    const mail = { SMTP_URL: "smtp://127.0.0.1:1", MAIL_FROM: "shop@example.org" };
    const { code, out } = await backstory(["doctor"], { ...place, ...mail });
    expect(code).toBe(1);
    expect(out).toMatch(/FAIL {2}mail +The mail server 127\.0\.0\.1:1 does not let us in: .*ECONNREFUSED/);
  });

  test("tells a server that is stopped from a port that somebody else has", async () => {
    const stopped = await backstory(["doctor"], { ...place, PORT: String(await freePort()) });
    expect(stopped.out).toMatch(/FAIL {2}public address +http:\/\/localhost:\d+ does not answer: .*ECONNREFUSED/);
    const stranger = createServer((_request, response) => response.end("<h1>It works!</h1>"));
    await new Promise<void>((resolve) => stranger.listen(0, "localhost", resolve));
    const { port } = stranger.address() as AddressInfo;
    const taken = await backstory(["doctor"], { ...place, PORT: String(port) });
    stranger.close();
    expect(taken.out).toMatch(/FAIL {2}public address .*answered by something else \(status 200\)/);
    expect(taken.out).toMatch(/FAIL {2}tracker +Browsers do not get/);
  });

  test("warns of a secret key that others can read", async () => {
    const open = await mkdtemp(join(folder, "open-"));
    await writeFile(join(open, "secret.key"), "k".repeat(64));
    await chmod(join(open, "secret.key"), 0o644);
    expect((await findings({ ...place, DATA_DIR: open }))["secret key"]).toBe("warn");
  });
});

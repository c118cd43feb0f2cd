import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { backstory } from "../support/cli.ts";
import { findPlainText } from "../support/plain-text.ts";
import { emptyDatabase, testDatabase, type TestDatabase } from "../support/postgres.ts";
import { testServices } from "../support/services.ts";
import { listContacts } from "../../src/server/contacts/index.ts";
import { resolveIdentity } from "../../src/server/identity/index.ts";
import { openDatabase } from "../../src/server/db/database.ts";
import { createApp } from "../../src/server/app.ts";

const SECRET_KEY = "a secret that only the tests know, 32+ bytes";
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "backstory-backup-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const place = (db: TestDatabase): Record<string, string> => ({
  DATABASE_URL: db.url,
  DATA_DIR: folder,
  SECRET_KEY,
});

async function upsert(db: TestDatabase, externalCustomerId: string, email: string): Promise<number> {
  const outcome = await resolveIdentity(
    { db, secretKey: SECRET_KEY },
    {
      trust: "server",
      verb: "upsert",
      contactSource: "API",
      moment: Date.now(),
      receivedAt: Date.now(),
      cause: { actor: "test", requestId: "r-1" },
      externalCustomerId,
      email,
    },
  );
  if (outcome.kind !== "resolved") throw new Error(outcome.kind);
  return outcome.contactId;
}

/** Every row of every table. Which transaction wrote an event is a number of that database alone. */
async function contents(db: TestDatabase): Promise<Record<string, string[]>> {
  const tables = await db.query<{ name: string }>(
    `SELECT relname::text AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
       AND NOT relispartition ORDER BY 1`,
  );
  const all: Record<string, string[]> = {};
  for (const { name } of tables) {
    const statement = `SELECT (to_jsonb(t) - 'written_in')::text AS row FROM "${name}" t ORDER BY 1`;
    all[name] = (await db.query<{ row: string }>(statement)).map(({ row }) => row);
  }
  for (const name of ["schema_migration", "backstory", "backstory_due", "backstory_seen"]) delete all[name];
  return all;
}

test("a backup that is restored into an empty database holds every row of every table", async () => {
  const [from, to] = [await testDatabase(), await emptyDatabase()];
  await upsert(from, "E1", "ann@example.org");
  await upsert(from, 'E"2\t\\.\n', "bob@example.org");
  await from.query(
    `INSERT INTO event (event_id, site_id, source_kind, source_id, name, occurred_at, received_at, properties, trust)
     VALUES (gen_random_uuid(), 1, 'visitor', 'v', 'odd', now(), now(), $1, 'browser')`,
    [JSON.stringify({ text: "\\.\n\t\\N", sign: "🙂" })],
  );
  const before = await contents(from);
  const file = join(folder, "whole.gz");

  expect(await backstory(["backup", file], place(from))).toMatchObject({ code: 0, err: "" });
  const restored = await backstory(["restore", file], place(to));
  expect(restored).toMatchObject({ code: 0, err: "" });
  expect(restored.out).toMatch(/^Restored \d+ rows as of /);
  expect(await contents(to)).toEqual(before);

  // Numbers go on after the ones that came back.
  const next = await upsert(to, "E3", "cleo@example.org");
  const ids = (await to.query<{ id: number }>("SELECT contact_id AS id FROM contact ORDER BY 1")).map(({ id }) => id);
  expect(ids.at(-1)).toBe(next);
  expect(new Set(ids).size).toBe(ids.length);
});

test("a restored installation knows how long histories are, and takes in what comes late to them", async () => {
  const [from, to] = [await testDatabase(), await emptyDatabase()];
  const contactId = await upsert(from, "E1", "ann@example.org");
  await from.query(
    `INSERT INTO binding (source_kind, source_id, contact_id, bound_at, reason) VALUES ('visitor', 'anns-browser', $1, now(), 'test')`,
    [contactId],
  );
  const visit = (db: TestDatabase, ago: string) =>
    db.query(
      `INSERT INTO event (event_id, site_id, source_kind, source_id, name, occurred_at, received_at, trust)
       VALUES (gen_random_uuid(), 1, 'visitor', 'anns-browser', 'page', now() - $1::interval, now(), 'browser')`,
      [ago],
    );
  const isListed = async (db: TestDatabase, backstory: "day" | "longer") =>
    (await listContacts(db, { backstory, limit: 10 })).contacts.some(({ id }) => id === contactId);
  await visit(from, "2 hours");
  // Far more transactions were there than there will ever be here.
  await from.query("UPDATE backstory_seen SET seen = '4000000000:4000000000:'");
  const file = join(folder, "histories.gz");
  expect(await backstory(["backup", file], place(from))).toMatchObject({ code: 0 });
  expect(await backstory(["restore", file], place(to))).toMatchObject({ code: 0 });
  expect(await isListed(to, "day")).toBe(true);
  await visit(to, "40 days");
  expect(await isListed(to, "longer")).toBe(true);
});

test("a backup made under load holds one moment: every contact in it has its identifiers, and no other", async () => {
  const [from, to] = [await testDatabase(), await emptyDatabase()];
  const file = join(folder, "load.gz");
  let stop = false;
  const writing = Array.from({ length: 4 }, async (_, lane) => {
    for (let n = 0; !stop; n += 1) await upsert(from, `L${lane}-${n}`, `l${lane}-${n}@example.org`);
  });
  const made = await backstory(["backup", file], place(from));
  stop = true;
  await Promise.all(writing);
  expect(made).toMatchObject({ code: 0 });
  expect((await backstory(["restore", file], place(to))).code).toBe(0);
  const [odd] = await to.query<{ count: number }>(
    `SELECT count(*) FROM contact c WHERE (SELECT count(*) FROM identifier i WHERE i.contact_id = c.contact_id) <> 2
       OR NOT EXISTS (SELECT FROM identity_audit a WHERE a.contact_id = c.contact_id)`,
  );
  expect(odd?.count).toBe(0);
});

test("somebody erased after the backup is not back with it, and an address suppressed since stays suppressed", async () => {
  const db = await testDatabase();
  const ann = await upsert(db, "E1-ann", "ann-erased@example.org");
  const bob = await upsert(db, "E2-bob", "bob-stays@example.org");
  const file = join(folder, "erased.gz");
  expect((await backstory(["backup", file], place(db))).code).toBe(0);
  expect((await backstory(["contact", "erase", "E1-ann", "--yes"], place(db))).code).toBe(0);
  await db.query("INSERT INTO suppression VALUES ('email', '\\x0102', 'complained', now())");

  const restored = await backstory(["restore", file, "--replace"], place(db));
  expect(restored.out).toContain("1 people who were erased since were erased again.");
  expect(await findPlainText(db, ["ann-erased@example.org", "E1-ann"])).toEqual([]);
  const states = await db.query("SELECT contact_id AS id, status FROM contact ORDER BY 1");
  expect(states).toEqual([
    { id: ann, status: "erased" },
    { id: bob, status: "live" },
  ]);
  expect(await db.query("SELECT reason FROM suppression")).toEqual([{ reason: "complained" }]);
});

test("a restore that is not wanted, not possible or not whole changes nothing and says why", async () => {
  const db = await testDatabase();
  await upsert(db, "E1", "ann@example.org");
  const file = join(folder, "refused.gz");
  expect((await backstory(["backup", file], place(db))).code).toBe(0);
  const before = await contents(db);
  const text = gunzipSync(await readFile(file)).toString();
  const damaged = async (name: string, content: Buffer): Promise<string> => {
    await writeFile(join(folder, name), content);
    return join(folder, name);
  };
  const cases: [words: string[], environment: Record<string, string>, says: RegExp][] = [
    [["restore", file], {}, /There is an installation in this database already.*--replace/],
    [["restore", join(folder, "none.gz"), "--replace"], {}, /none\.gz cannot be read \(ENOENT\)/],
    [["restore", file, "--replace"], { SECRET_KEY: "x".repeat(40) }, /another secret key.*secret\.key/],
    [
      ["restore", await damaged("cut.gz", gzipSync(text.slice(0, text.length * 0.6))), "--replace"],
      {},
      /no whole backup/,
    ],
    [
      ["restore", await damaged("short.gz", (await readFile(file)).subarray(0, 900)), "--replace"],
      {},
      /no whole backup/,
    ],
    [["restore", await damaged("text.gz", Buffer.from("hello")), "--replace"], {}, /no whole backup/],
    [
      ["restore", await damaged("row.gz", gzipSync(text.replace(/^1\tlive.*\n/m, ""))), "--replace"],
      {},
      /no whole backup/,
    ],
  ];
  for (const [words, environment, says] of cases) {
    const { code, err } = await backstory(words, { ...place(db), ...environment });
    expect({ words, code, err }).toEqual({ words, code: 1, err: expect.stringMatching(says) as string });
  }
  expect(await contents(db)).toEqual(before);
});

test("nothing is restored under a server that is running", async () => {
  const db = await testDatabase();
  const file = join(folder, "served.gz");
  expect((await backstory(["backup", file], place(db))).code).toBe(0);
  const serving = openDatabase(db.connection);
  const services = testServices({ db: serving });
  const app = createApp(services);
  await app.inject("/readyz");
  const { code, err } = await backstory(["restore", file, "--replace"], place(db));
  await app.close();
  await services.close();
  await serving.close();
  expect(code).toBe(1);
  expect(err).toContain("A Backstory server is running on this database.");
});

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { keptSecretKey } from "../../src/server/secret-key.ts";
import { createField } from "../../src/server/fields/index.ts";
import { backstory } from "../support/cli.ts";
import { testDatabase, type TestDatabase } from "../support/postgres.ts";

let folder: string;
let db: TestDatabase;
let place: Record<string, string>;
let file: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "backstory-import-"));
  keptSecretKey(folder);
  db = await testDatabase();
  place = { DATABASE_URL: db.url, DATA_DIR: folder };
});
afterAll(() => rm(folder, { recursive: true, force: true }));
let files = 0;
beforeEach(() => {
  files += 1;
  file = join(folder, `people-${files}.csv`);
});

const run = (...words: string[]) => backstory(["import", file, ...words], place);
const people = () =>
  db.query<Record<string, unknown>>(
    "SELECT external_customer_id, first_name, status, fields FROM contact ORDER BY external_customer_id",
  );
const states = async () => (await db.query<{ state: string }>("SELECT state FROM import")).map(({ state }) => state);

test("a file of contacts is tried, then brought in; they join the segment", async () => {
  await writeFile(file, "external id,email,name\na1,a1@shop.example,Ann\na2,a2@shop.example,Ben\n");

  const tried = await run("--key", "externalCustomerId", "--dry-run");
  expect(tried).toMatchObject({ code: 0, err: "" });
  expect(tried.out).toMatch(/nothing was written. A run would have\n {2}created 2\n/);
  expect(await people()).toEqual([]);
  expect(await db.query("SELECT FROM import_part")).toEqual([]);

  const done = await run("--segment", "Spring", "--json");
  expect(done).toMatchObject({ code: 0, err: "" });
  expect(JSON.parse(done.out)).toMatchObject({ dryRun: false, counts: { created: 2, failed: 0 }, errors: null });
  expect(await people()).toMatchObject([
    { externalCustomerId: "a1", firstName: "Ann" },
    { externalCustomerId: "a2", firstName: "Ben" },
  ]);
  const members = await db.query("SELECT FROM segment_member JOIN segment USING (segment_id) WHERE name = 'Spring'");
  expect(members).toHaveLength(2);
});

test("rows that fail are written next to the file, and the command ends with 3", async () => {
  await writeFile(file, "external id,email\nb1,b1@shop.example\nb2,nonsense\n");
  const done = await run();
  expect(done.code).toBe(3);
  expect(done.out).toMatch(/created 1[^]*failed 1[^]*What is wrong with 1 row stands in .*\.errors\.csv\./);
  const errors = await readFile(`${file}.errors.csv`, "utf8");
  expect(errors).toMatch(
    /^\ufeffexternal id,email,import_line,import_column,import_reason,import_hint\r\nb2,nonsense,3,/,
  );
});

test("a column is mapped by hand, an additional field by its name; what a name said before gives way", async () => {
  const field = await createField(db, { key: "size", name: "Shoe size", type: "number", now: Date.now() });
  if (field.kind !== "stored") throw new Error(field.kind);
  await writeFile(file, "No,Called,first name,Sole\nc1,Cleo,C.,41\n");
  const done = await run("--map", "No=externalCustomerId,Called=firstName,Sole=Shoe size");
  expect(done).toMatchObject({ code: 0, err: "" });
  expect(await people()).toContainEqual(
    expect.objectContaining({ externalCustomerId: "c1", firstName: "Cleo", fields: { [field.field.id]: 41 } }),
  );
});

test("deleted people are left alone unless they shall be restored", async () => {
  await writeFile(file, "external id,first name\nd1,Dora\n");
  await run();
  await db.query("UPDATE contact SET status = 'deleted', deleted_at = now() WHERE external_customer_id = 'd1'");
  expect((await run()).out).toMatch(/skipped 1/);
  expect((await run("--restore-deleted")).out).toMatch(/restored 1/);
});

test("columns that go nowhere are named, and a plain id, which any program may have given, is one of them", async () => {
  await writeFile(file, "id,email,Note\nshop-1,left-out@shop.example,x\n");
  const done = await run("--dry-run");
  expect(done.out).toContain("Left out: id, Note. Say with --map what they hold.\n");
  expect((await run("--dry-run", "--map", "id=externalCustomerId,Note=")).out).toContain("Left out: Note.");
});

test("every choice that the admin offers can be said", async () => {
  await writeFile(file, "M1|Mia|0441239901|m1@shop.example\nM2|Nils|0441239902|\n");
  const columns = "1=externalCustomerId,2=first name,3=phone,4=email";
  const manner = ["--delimiter", "|", "--encoding", "utf-8", "--no-names", "--country", "ua", "--unconfirmed"];
  expect(await run("--map", columns, ...manner)).toMatchObject({ code: 0, err: "" });
  const channels =
    "SELECT value, status FROM channel WHERE value LIKE '+38044123990%' OR value LIKE 'm1@%' ORDER BY value";
  expect(await db.query(channels)).toEqual([
    { value: "+380441239901", status: "unconfirmed" },
    { value: "+380441239902", status: "unconfirmed" },
    { value: "m1@shop.example", status: "unconfirmed" },
  ]);

  await writeFile(file, "external id,email,first name,town\nM1,m1@shop.example,Other,Lviv\nM2,,,Kyiv\n");
  expect((await run("--fill-empty")).out).toMatch(/updated 2/);
  expect(await people()).toContainEqual(expect.objectContaining({ externalCustomerId: "M1", firstName: "Mia" }));
  expect((await run("--clear-empty")).out).toMatch(/updated 2/);
  expect(await people()).toContainEqual(expect.objectContaining({ externalCustomerId: "M2", firstName: null }));

  await writeFile(file, "external id,email,first name,town\nM-new,m1@shop.example,Mia,Lviv\n");
  expect((await run("--key", "email", "--replace-external-ids")).out).toMatch(/updated 1/);
  expect(await people()).toContainEqual(expect.objectContaining({ externalCustomerId: "M-new", firstName: "Mia" }));
  // What was chosen last for such a file is not what was said now.
  await writeFile(file, "external id,email,first name,town\nM-other,m1@shop.example,Mia,Lviv\n");
  expect((await run()).out).toMatch(/created 1/);
});

test.each<[words: string[], code: number, says: RegExp]>([
  [["--country", "Ukraine"], 2, /--country takes two letters like UA, not "Ukraine"/],
  [["--encoding", "koi8-u"], 2, /--encoding takes one of utf-8 .*, not "koi8-u"/],
  [["--dates", "american"], 2, /--dates takes one of dayFirst monthFirst, not "american"/],
  [["--map", "Nothing=email"], 2, /There is no column "nothing"; there are external id, town/],
  [["--map", "town=shoe"], 2, /"shoe" is no field of a contact/],
  [["--map", "town"], 2, /--map takes column=field/],
  [["--key", "email"], 1, /The unique field is in no column/],
  [["--key", "email", "--key", "phone"], 2, /--key is said twice/],
])("%j ends with %d, says what is meant, and leaves no import behind that waits", async (words, code, says) => {
  await writeFile(file, "external id,town\ne1,Lviv\n");
  const ended = await run(...words);
  expect({ code: ended.code, text: ended.err }).toEqual({ code, text: expect.stringMatching(says) as string });
  expect((await people()).map(({ externalCustomerId }) => externalCustomerId)).not.toContain("e1");
  expect((await states()).filter((state) => state !== "finished" && state !== "cancelled")).toEqual([]);
});

test("a file that is not there, that is empty, or that cannot be read is said in a sentence", async () => {
  expect(await run()).toMatchObject({ code: 1, err: `${file} cannot be read (ENOENT).\n` });
  await writeFile(file, "");
  expect((await run()).err).toMatch(/There is no row in the file/);
  await writeFile(file, 'external id,town\nf1,"Lviv\n');
  expect((await run()).err).toMatch(/^Line \d+: A quote opens here and is not closed/);
});

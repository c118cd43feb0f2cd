import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BigQuery } from "@google-cloud/bigquery";
import { setupServer } from "msw/node";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { EMPTY } from "../identity/installation.ts";
import { People } from "../identity/people.ts";
import { createField, deleteField } from "../../src/server/fields/index.ts";
import { erasePerson } from "../../src/server/privacy/index.ts";
import { ALL_TABLES, exportWorld, type ExportWorld } from "../support/export-world.ts";
import { fakeBigQuery, type FakeBigQuery } from "../support/fake-bigquery.ts";
import { serviceAccount } from "../support/service-account.ts";
import { earlierTransactionsEnded, testDatabase, type TestDatabase } from "../support/postgres.ts";

// Exports to BigQuery, against its REST API as documented.

const { publicKey, file: KEY } = serviceAccount();

let db: TestDatabase;
let people: People;
let world: ExportWorld;
let google: FakeBigQuery;
let network: ReturnType<typeof setupServer>;
let exportId: string;

beforeAll(async () => {
  db = await testDatabase();
  world = await exportWorld(db);
  network = setupServer();
  network.listen({ onUnhandledRequest: "error" });
});
afterAll(() => network.close());
afterEach(() => network.resetHandlers());
beforeEach(async () => {
  await db.query(EMPTY.replace(" CASCADE", ", export, device, segment, field CASCADE"));
  google = fakeBigQuery(publicKey);
  network.use(...google.handlers);
  people = await People.in(db);
  exportId = await world.exports.create(bigQueryOrder());
});

const bigQueryOrder = () =>
  world.order({ place: { kind: "bigquery", dataset: "backstory", location: "EU" }, secret: JSON.stringify(KEY) });
const cause = { actor: "admin", requestId: "test" };
const script = () => google.queries.at(-1)?.query ?? "";
const linesOf = (table: string) =>
  (google.loads.findLast((load) => load.table.startsWith(`_backstory_stage_${table}_`))?.ndjson ?? "")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
const parameters = () =>
  Object.fromEntries(
    (google.queries.at(-1)?.parameters ?? []).map((one) => {
      const { name, parameterValue } = one as {
        name: string;
        parameterValue: { value?: string; arrayValues?: unknown };
      };
      return [name, parameterValue.value ?? parameterValue.arrayValues];
    }),
  );
/** What BigQuery would answer next time to "what did the last run leave?". */
function remember(): void {
  const { snapshot, cluster, tables, comparedAt } = parameters() as Record<string, string>;
  google.answers.push([[snapshot ?? null, cluster ?? null, tables ?? null, comparedAt ?? null]]);
}

test("the first run makes the dataset and its tables, partitioned and clustered, and takes all over in one transaction", async () => {
  const ann = await people.upsert({ externalCustomerId: "C-1", email: "ann@shop.example", visitorIds: ["visitor-1"] });
  await people.hits(2, "visitor-1");
  google.answers.push([], [["1", "0"]]);
  const { tables } = await world.run(exportId);
  expect(google.datasets.get("backstory")).toEqual({ location: "EU" });
  // Tables in which rows waited are gone again.
  expect([...google.tables.keys()].sort()).toEqual(["backstory_export", ...ALL_TABLES].sort());
  expect(google.tables.get("events")?.resource).toMatchObject({
    timePartitioning: { type: "MONTH", field: "occurred" },
    clustering: { fields: ["sourceKind", "sourceId"] },
  });
  expect(linesOf("contacts")).toMatchObject([
    { contactId: String(ann.contactId), externalCustomerId: "C-1", mergedInto: null },
  ]);
  expect(linesOf("events")).toHaveLength(2);
  for (const load of google.loads)
    expect(load.configuration).toMatchObject({
      sourceFormat: "NEWLINE_DELIMITED_JSON",
      writeDisposition: "WRITE_TRUNCATE",
    });
  expect(script()).toMatch(/^BEGIN TRANSACTION;$/m);
  for (const table of ALL_TABLES) expect(script()).toContain(`MERGE \`p-1234.backstory.${table}\``);
  expect(script()).toMatch(/MERGE `p-1234\.backstory\.backstory_export`[\s\S]*^COMMIT TRANSACTION;$/m);
  expect(tables[0]).toEqual({ name: "contacts", read: 1, written: 1, removed: 0, whole: true });
});

test("the next run sends only what changed, and removes nothing else", async () => {
  await people.upsert({ externalCustomerId: "C-1", visitorIds: ["visitor-1"] });
  await people.hits(2, "visitor-1");
  await earlierTransactionsEnded(db);
  await world.run(exportId);
  remember();
  const ben = await people.upsert({ externalCustomerId: "C-2" });
  await people.hit("visitor-1");
  await world.run(exportId);
  expect(linesOf("contacts")).toMatchObject([{ contactId: String(ben.contactId) }]);
  expect(linesOf("events")).toHaveLength(1);
  expect(script()).not.toContain("DELETE FROM `p-1234.backstory.contacts`");
  expect(script()).not.toContain("DELETE FROM `p-1234.backstory.events`");
});

test("an erased person's rows and history are removed in the same transaction", async () => {
  const ann = await people.upsert({ externalCustomerId: "C-1", visitorIds: ["visitor-1"] });
  await people.hits(2, "visitor-1");
  await world.run(exportId);
  remember();
  await erasePerson(people.deps)({ contactId: ann.contactId, at: people.tick(), cause });
  await world.run(exportId);
  expect(script()).toContain("DELETE FROM `p-1234.backstory.contacts` t WHERE t.`contactId` IN UNNEST(@contactIds)");
  expect(script()).toContain("DELETE FROM `p-1234.backstory.events` t WHERE EXISTS");
  expect(parameters()["contactIds"]).toEqual([{ value: String(ann.contactId) }]);
  expect(JSON.stringify(parameters()["stretches"])).toContain("visitor-1");
  expect(await db.query("SELECT FROM export_erasure")).toEqual([]);
});

const AWKWARD = [
  "007",
  "1e5",
  "9007199254740993",
  "😀 👩‍👩‍👧",
  "a\tb".replace("\t", "\\t"),
  'quote " and , and ;',
  "é",
  "e\u0301",
];

test("external ids arrive byte for byte, as text (130)", async () => {
  for (const id of AWKWARD) await people.upsert({ externalCustomerId: id });
  await world.run(exportId);
  expect(
    linesOf("contacts")
      .map((row) => row["externalCustomerId"])
      .sort(),
  ).toEqual([...AWKWARD].sort());
  const fields = (google.loads[0]?.configuration["schema"] as { fields: { name: string; type: string }[] }).fields;
  expect(fields.find(({ name }) => name === "externalCustomerId")?.type).toBe("STRING");
});

test("an export from before the column gets it when it is switched on, and all its rows are sent (124)", async () => {
  await people.upsert({ externalCustomerId: "C-1" });
  await db.query("UPDATE export SET external_id = false");
  await world.run(exportId);
  expect(linesOf("contacts")[0]).not.toHaveProperty("externalCustomerId");
  remember();
  await world.exports.change(exportId, { externalId: true });
  await world.run(exportId);
  expect(linesOf("contacts")).toMatchObject([{ externalCustomerId: "C-1" }]);
  const fields = (google.tables.get("contacts")?.resource["schema"] as { fields: { name: string }[] }).fields;
  expect(fields.map(({ name }) => name)).toContain("externalCustomerId");
});

test("additional fields arrive as columns of their types, and a deleted field's is emptied in the same transaction", async () => {
  const field = { name: "Size", now: Date.now() };
  const size = await createField(db, { ...field, key: "shoe-size", type: "number" });
  const born = await createField(db, { ...field, key: "born", type: "date" });
  if (size.kind !== "stored" || born.kind !== "stored") throw new Error("The fields were not made.");
  const additional = { [size.field.id]: 38.5, [born.field.id]: "2001-02-28" };
  await people.upsert({ externalCustomerId: "C-1", fields: { additional } });
  await world.run(exportId);
  const [sizeColumn, bornColumn] = [`field_shoe_size_${size.field.id}`, `field_born_${born.field.id}`];
  expect(linesOf("contacts")).toMatchObject([{ [sizeColumn]: 38.5, [bornColumn]: "2001-02-28" }]);
  const { fields } = google.tables.get("contacts")?.resource["schema"] as { fields: { name: string; type: string }[] };
  expect(fields.filter(({ name }) => name.startsWith("field_"))).toEqual([
    { name: sizeColumn, type: "FLOAT" },
    { name: bornColumn, type: "DATE" },
  ]);
  remember();
  await deleteField(db, { fieldId: size.field.id, now: Date.now(), users: [] });
  await world.run(exportId);
  expect(script()).toContain(`SET \`${sizeColumn}\` = NULL`);
  expect(script()).not.toContain(`\`${bornColumn}\` = NULL`);
  expect(script().indexOf("BEGIN TRANSACTION")).toBeLessThan(script().indexOf("= NULL"));
  expect((await world.exports.find(exportId))?.runs[0]?.notes).toEqual([
    { code: "column.cleared", table: "contacts", column: sizeColumn },
  ]);
  remember();
  await world.run(exportId);
  expect(script()).not.toContain("= NULL");
});

test("a column of another type is not written over (132)", async () => {
  google.datasets.set("backstory", { location: "US" });
  const schema = { fields: [{ name: "CONTACTID", type: "STRING" }] };
  google.tables.set("contacts", { resource: { schema }, rows: [] });
  expect(await world.exports.run(exportId)).toMatchObject({ kind: "failed", fault: { code: "column.foreign" } });
  expect(google.tables.get("contacts")?.resource).toEqual({ schema });
  expect(google.tables.has("events")).toBe(false);
});

test("answers that are lost and servers that are busy lose and double nothing", async () => {
  await people.upsert({ externalCustomerId: "C-1", visitorIds: ["visitor-1"] });
  await people.hits(3, "visitor-1");
  // Once for each way a request can go wrong, spread over the whole run.
  for (let index = 0; index < 30; index += 1)
    google.faults.push([503, undefined, "lost", undefined, 429, 403, "lost"][index % 7] as never);
  const outcome = await world.exports.run(exportId);
  expect(outcome).toMatchObject({ kind: "finished" });
  expect(linesOf("contacts")).toHaveLength(1);
  expect(linesOf("events")).toHaveLength(3);
  const merges = google.queries.filter(({ query }) => query.includes("BEGIN TRANSACTION"));
  expect(new Set(merges.map(({ jobId }) => jobId)).size).toBe(1);
});

test("a table that somebody else makes in the same moment is not taken for ours", async () => {
  const has = google.tables.has.bind(google.tables);
  // Asked by the request that would make it, after another had said that there is none.
  google.tables.has = (name) => {
    if (name === "devices") google.tables.set(name, { resource: { description: "of another" }, rows: [] });
    return has(name);
  };
  expect(await world.exports.run(exportId)).toMatchObject({ kind: "failed", fault: { code: "table.taken" } });
});

test("more rows than one piece holds arrive whole, also when the connection breaks between pieces", async () => {
  await db.query(
    `INSERT INTO contact (contact_source, created_at, updated_at, first_name)
     SELECT 'TEST', now(), now(), repeat('ї', 1000) FROM generate_series(1, 6000)`,
  );
  exportId = await world.exports.create({ ...bigQueryOrder(), tables: ["contacts"] });
  google.pieceFaults.push("lost", undefined, 503);
  await world.run(exportId);
  expect(google.requests.filter((request) => request.startsWith("PUT")).length).toBe(5);
  expect(new Set(linesOf("contacts").map((row) => row["contactId"])).size).toBe(6_000);
});

test("a key that is none, or that Google does not take any more, is told in words", async () => {
  const tries: readonly (readonly [string, string])[] = [
    ["no JSON", "key.invalid"],
    [JSON.stringify({ ...KEY, type: "authorized_user" }), "key.invalid"],
    [JSON.stringify({ ...KEY, client_email: "other@p-1234.iam.gserviceaccount.com" }), "key.refused"],
  ];
  for (const [secret, code] of tries) {
    const { place } = bigQueryOrder();
    const trial = await world.exports.tryOut({ place, secret });
    expect(trial.fault?.code).toBe(code);
    expect(trial.fault?.detail).not.toContain("PRIVATE KEY");
  }
  const good = await world.exports.tryOut({ place: bigQueryOrder().place, secret: JSON.stringify(KEY) });
  expect(good).toMatchObject({ fault: null, server: "BigQuery, project p-1234" });
});

test("Google's own client speaks of datasets, tables, queries and loads the same way", async () => {
  const ours = await requestsOf(async () => {
    await people.upsert({ externalCustomerId: "C-1" });
    exportId = await world.exports.create({ ...bigQueryOrder(), tables: ["contacts"] });
    await world.run(exportId);
  });
  const [ourLoad] = google.loads;
  const folder = await mkdtemp(join(tmpdir(), "backstory-bigquery-"));
  try {
    google.tables.clear();
    const file = join(folder, "rows.json");
    await writeFile(file, ourLoad?.ndjson ?? "");
    const theirs = await requestsOf(async () => {
      const client = new BigQuery({ projectId: "p-1234", authClient: withToken() as never });
      const dataset = client.dataset("theirs", { location: "EU" });
      await client.createDataset("theirs", { location: "EU" });
      const [table] = await dataset.createTable("contacts", {
        schema: { fields: [{ name: "contactId", type: "INTEGER" }] },
      });
      await table.getMetadata();
      await table.load(file, { sourceFormat: "NEWLINE_DELIMITED_JSON", writeDisposition: "WRITE_TRUNCATE" });
      const [job] = await client.createQueryJob({ query: "SELECT 1", location: "EU" });
      await job.getQueryResults();
      await table.delete();
    });
    // Whatever they ask for, we ask for at the same address.
    const shape = (request: string) =>
      request.replace(/backstory_[\w-]+|_backstory_stage_\w+|[0-9a-f-]{36}|theirs|\bbackstory\b/g, "…");
    const known = new Set(ours.map(shape));
    expect(
      theirs
        .map(shape)
        .filter((request) => !known.has(request.replace("/tables/contacts", "/tables/…")) && !known.has(request)),
    ).toEqual([]);
    const theirLoad = google.loads.at(-1);
    expect(theirLoad?.ndjson).toBe(ourLoad?.ndjson);
    for (const name of ["sourceFormat", "writeDisposition"])
      expect(theirLoad?.configuration[name]).toBe(ourLoad?.configuration[name]);
    expect(theirLoad?.configuration["destinationTable"]).toMatchObject({ projectId: "p-1234", tableId: "contacts" });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

async function requestsOf(work: () => Promise<void>): Promise<string[]> {
  const before = google.requests.length;
  await work();
  return google.requests.slice(before);
}

/** A client that is logged in already: the tokens are compared nowhere. */
function withToken() {
  return {
    getAccessToken: () => Promise.resolve({ token: "a-token" }),
    getRequestHeaders: () => Promise.resolve(new Headers({ authorization: "Bearer a-token" })),
    request: undefined,
  };
}

test("a column that somebody dropped is added and filled again, also when the run breaks off in between", async () => {
  await people.upsert({ externalCustomerId: "C-1", email: "ann@shop.example" });
  await earlierTransactionsEnded(db);
  await world.run(exportId);
  const drop = (table: string, column: string) => {
    const resource = google.tables.get(table)?.resource as { schema: { fields: { name: string }[] } };
    resource.schema = { fields: resource.schema.fields.filter(({ name }) => name !== column) };
  };
  const known = parameters() as Record<string, string>;
  const isThere = () => JSON.stringify(google.tables.get("contacts")?.resource).includes('"email"');
  drop("contacts", "email");
  for (let requests = 1; !isThere(); requests += 1) {
    google.answers.splice(0, Infinity, [
      ["snapshot", "cluster", "tables", "comparedAt"].map((name) => known[name] ?? null),
    ]);
    google.line.requestsLeft = requests;
    expect(await world.exports.run(exportId)).toMatchObject({ kind: "failed" });
  }
  google.line.requestsLeft = Infinity;
  // The column is there again and nothing is in it: what the destination remembers has to say so.
  const noted = google.queries.findLast(({ query }) => query.startsWith("UPDATE"));
  const { tables } = Object.fromEntries(
    (noted?.parameters as { name: string; parameterValue: { value: string } }[]).map((one) => [
      one.name,
      one.parameterValue.value,
    ]),
  );
  expect((JSON.parse(tables ?? "{}") as Record<string, string[]>)["contacts"]).not.toContain("email");
  expect((JSON.parse(tables ?? "{}") as Record<string, string[]>)["contacts"]).toContain("emailDomain");
});

test("a table that somebody dropped is made and filled anew, and the others are sent what changed", async () => {
  await people.upsert({ externalCustomerId: "C-1", visitorIds: ["visitor-1"] });
  await people.hits(2, "visitor-1");
  await earlierTransactionsEnded(db);
  await world.run(exportId);
  remember();
  google.tables.delete("events");
  const { tables } = await world.run(exportId);
  expect(tables.find(({ name }) => name === "events")).toMatchObject({ read: 2, whole: true });
  expect(tables.find(({ name }) => name === "contacts")).toMatchObject({ read: 0, whole: false });
});

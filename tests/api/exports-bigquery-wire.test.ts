import { setupServer } from "msw/node";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { createField, deleteField } from "../../src/server/fields/index.ts";
import { erasePerson } from "../../src/server/privacy/index.ts";
import { exportSetting } from "../support/export-setting.ts";
import { ALL_TABLES } from "../support/export-world.ts";
import { fakeBigQuery, type FakeBigQuery } from "../support/fake-bigquery.ts";
import { earlierTransactionsEnded } from "../support/postgres.ts";
import { serviceAccount } from "../support/service-account.ts";
import { typeFaults } from "../support/type-check.ts";

// What goes to BigQuery over the wire, beside the types that Google makes from the API's own description; and runs that
// are cut off after any request.

const at = exportSetting();
const { publicKey, file } = serviceAccount();
const network = setupServer();
let google: FakeBigQuery;
beforeAll(() => network.listen({ onUnhandledRequest: "error" }));
afterAll(() => network.close());
beforeEach(async () => {
  network.resetHandlers();
  google = fakeBigQuery(publicKey);
  network.use(...google.handlers);
  at.exportId = await newExport();
});

const newExport = () =>
  at.world.exports.create(
    at.world.order({
      place: { kind: "bigquery", dataset: "backstory", location: "EU" },
      secret: JSON.stringify(file),
    }),
  );

type Parameter = { readonly name: string; readonly parameterValue: { readonly value?: string } };

/** The state that the last script wrote, as BigQuery would answer it to the next run. */
function remember(): void {
  const values = new Map(
    (google.queries.at(-1)?.parameters as readonly Parameter[]).map(({ name, parameterValue }) => [
      name,
      parameterValue.value ?? null,
    ]),
  );
  google.answers.push([["snapshot", "cluster", "tables", "comparedAt"].map((name) => values.get(name) ?? null)]);
}

const TYPES: readonly (readonly [RegExp, string])[] = [
  [/^POST \/projects\/p-1234\/datasets$/, "IDataset"],
  [/^(?:POST|PATCH) \/projects\/p-1234\/datasets\/backstory\/tables(?:\/\w+)?$/, "ITable"],
  [/^POST \/projects\/p-1234\/jobs$/, "IJob"],
];

/** A module that says of every body what it has to be. */
function moduleOf(bodies: FakeBigQuery["bodies"]): string {
  const lines = bodies.map(({ request, body }, index) => {
    const type = TYPES.find(([pattern]) => pattern.test(request))?.[1];
    if (type === undefined) throw new Error(`Nobody knows what ${request} takes.`);
    return `export const body${index}: bigquery.${type} = ${JSON.stringify(body)};`;
  });
  return `import type bigquery from "@google-cloud/bigquery/build/src/types.js";\n${lines.join("\n")}\n`;
}

test("every body that is sent is what Google's own types say, to the last member", async () => {
  const ann = await at.someHistory();
  const made = await createField(at.db, { key: "born", name: "Born", type: "date", now: Date.now() });
  if (made.kind !== "stored") throw new Error("The field was not made.");
  await at.db.query("UPDATE export SET external_id = false");
  await at.run();
  remember();
  await at.world.exports.change(at.exportId, { externalId: true });
  await deleteField(at.db, { fieldId: made.field.id, now: Date.now(), users: [] });
  await at.run();
  remember();
  await erasePerson(at.people.deps)({ contactId: ann, at: at.people.tick(), cause: at.cause });
  await at.run();
  await at.world.exports.tryStored(at.exportId);

  const kinds = new Set(google.bodies.map(({ request }) => request.replace(/\/tables\/\w+$/, "/tables/…")));
  expect([...kinds].sort()).toEqual([
    "PATCH /projects/p-1234/datasets/backstory/tables/…",
    "POST /projects/p-1234/datasets",
    "POST /projects/p-1234/datasets/backstory/tables",
    "POST /projects/p-1234/jobs",
  ]);
  const sent = JSON.stringify(google.bodies);
  for (const part of [
    '"stretches"',
    '"contactIds"',
    '"dryRun":true',
    '"load":',
    '"timePartitioning"',
    '"expirationTime"',
  ])
    expect(sent).toContain(part);
  expect(typeFaults(moduleOf(google.bodies))).toEqual([]);
});

test.each([
  ["a member that there is not", { configuration: { load: { sourceFormats: "NEWLINE_DELIMITED_JSON" } } }],
  ["a number that has to be a text", { configuration: { query: { query: "SELECT 1", maximumBytesBilled: 7 } } }],
  [
    "a parameter without its value's wrapping",
    { configuration: { query: { queryParameters: [{ parameterValue: "x" }] } } },
  ],
])("the types refuse %s", (_what, body) => {
  expect(typeFaults(moduleOf([{ request: "POST /projects/p-1234/jobs", body }]))).toHaveLength(1);
});

/** What a run handed over: the rows of each table, and the transaction without the names of its waiting rooms. */
function handedOver() {
  const merges = google.queries.filter(({ query }) => query.includes("BEGIN TRANSACTION"));
  const rows = ALL_TABLES.map((table) => {
    const loads = google.loads.filter((load) => load.table.startsWith(`_backstory_stage_${table}_`));
    return [table, loads.at(-1)?.ndjson.split("\n").sort()];
  });
  return { rows, merge: merges.at(-1)?.query.replaceAll(/_[0-9a-f]{32}\b/g, "_…"), merges: merges.length };
}

test("cut off after any request, the next run hands over the same rows in the same transaction (131)", async () => {
  await at.someHistory();
  await earlierTransactionsEnded(at.db);
  await at.run();
  const undisturbed = handedOver();
  const requests = google.requests.length;
  expect(undisturbed.merges).toBe(1);
  let afterTheTransaction = 0;
  for (let cut = 0; cut < requests; cut += 1) {
    google = fakeBigQuery(publicKey);
    network.resetHandlers();
    network.use(...google.handlers);
    at.exportId = await newExport();
    google.line.requestsLeft = cut;
    const broken = await at.world.exports.run(at.exportId);
    google.line.requestsLeft = Infinity;
    const before = handedOver();
    if (before.merges === 0) expect(broken.kind).toBe("failed");
    else afterTheTransaction += 1;
    // Rows that wait for a run that is gone go by themselves, for nobody may be there to remove them.
    const left = [...google.tables].filter(([name]) => name.startsWith("_backstory_stage_"));
    for (const [, { resource }] of left) expect(Number(resource["expirationTime"])).toBeGreaterThan(Date.now());
    if (before.merges === 1) {
      // The destination has it all, and says so.
      expect(before).toEqual(undisturbed);
      remember();
      const { tables } = await at.run();
      expect(tables.find(({ name }) => name === "contacts")).toMatchObject({ read: 0, whole: false });
    } else {
      await at.run();
      expect(handedOver()).toEqual(undisturbed);
    }
    await at.world.exports.remove(at.exportId);
  }
  expect(afterTheTransaction).toBeGreaterThan(0);
  expect(afterTheTransaction).toBeLessThan(requests);
});

import { beforeAll, beforeEach, expect, test } from "vitest";
import { downloadContacts } from "../../src/server/exports/index.ts";
import { EMPTY } from "../identity/installation.ts";
import { importWorld, type ImportWorld } from "../imports/world.ts";
import { eventually } from "../support/eventually.ts";

// Files of contacts: read back by an import they say the same, and whoever goes away in the middle leaves nothing open.

let world: ImportWorld;
beforeAll(async () => {
  world = await importWorld();
});
beforeEach(() => world.db.query(EMPTY));

async function download(format: "csv" | "ndjson") {
  const file = await downloadContacts(world.services, { format });
  if (file === undefined) throw new Error("There is nothing to download.");
  return file;
}

const SIGNS = ["=", "+", "-", "@", "＝", "＋", "－", "＠", "'", "'=", "''-", '"', ",", ";", "😀", "0", "ї"];

test("a CSV file holds no formula, and an import reads back what was written", async () => {
  const names = new Map(SIGNS.map((sign, index) => [`N-${index}`, `${sign}1, "Ann"`]));
  for (const [externalCustomerId, firstName] of names)
    await world.upsert({ externalCustomerId, fields: { firstName } });
  const csv = (await (await download("csv")).toArray()).join("");
  for (const line of csv.trimEnd().split("\r\n").slice(1)) expect(line).not.toMatch(/(?:^|,)"?[=+\-@＝＋－＠]/u);
  await world.db.query("UPDATE contact SET first_name = 'lost'");
  await world.bring(csv);
  const read = (await world.contacts()).map(({ externalCustomerId, firstName }) => [externalCustomerId, firstName]);
  expect(new Map(read as [string, string][])).toEqual(names);
});

test("lines of JSON have numbers as numbers and ids as text", async () => {
  for (const externalCustomerId of ["007", "1e5", "9007199254740993", "😀"]) await world.upsert({ externalCustomerId });
  const text = (await (await download("ndjson")).toArray()).join("");
  const lines = text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines.map(({ externalCustomerId }) => externalCustomerId)).toEqual(["😀", "9007199254740993", "1e5", "007"]);
  for (const { contactId } of lines) expect(contactId).toBeTypeOf("number");
});

test("a download that nobody reads to its end leaves no connection behind", async () => {
  await world.db.query(
    `INSERT INTO contact (first_name, contact_source, created_at, updated_at)
     SELECT repeat('long', 60), 'API', now(), now() FROM generate_series(1, 20000)`,
  );
  for (const format of ["csv", "ndjson"] as const) {
    const file = await download(format);
    for await (const piece of file) {
      expect(String(piece)).not.toBe("");
      break;
    }
  }
  await eventually(async () => {
    const open = await world.db.query(
      "SELECT FROM pg_stat_activity WHERE application_name = 'backstory download' AND datname = current_database()",
    );
    expect(open).toEqual([]);
  });
});

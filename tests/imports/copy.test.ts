import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { Copy, copyRows } from "../../src/server/db/copy.ts";
import { testDatabase, type TestDatabase } from "../support/postgres.ts";

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});

/** What means something to COPY, to UTF-8 or to an array, among anything that a text may hold. */
const character = fc.oneof(
  fc.constantFrom("\\", "\t", "\n", "\r", '"', "'", "{", "}", ",", "N", ".", "é", "я", "語", "👩‍🚀", "\u200b", "\u001f"),
  fc.string({ unit: "binary", minLength: 1, maxLength: 1 }).filter((one) => one !== "\u0000"),
);
const text = fc.oneof(
  fc.array(character, { maxLength: 40 }).map((all) => all.join("")),
  fc.constantFrom("", "\\N", "\\.", "NULL", "null", "x".repeat(100_000), "ї\\".repeat(30_000)),
);

test("every text, number and gap arrives as it was, by COPY and as a parameter", async () => {
  const row = fc.tuple(
    fc.option(text),
    fc.option(fc.maxSafeInteger()),
    fc.option(fc.boolean()),
    fc.array(text, { maxLength: 5 }),
    fc.option(fc.integer({ min: -2_000_000_000_000_000, max: 4_000_000_000_000_000 })),
    fc.option(fc.uint8Array({ maxLength: 100 })),
    fc.option(fc.integer()),
    fc.json().filter((json) => !json.includes("\\u0000")),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(row, { maxLength: 50 }), async (rows) => {
      const told = await db.transaction(async (tx) => {
        await tx.query(
          `CREATE TEMP TABLE said (place integer, words text, number bigint, truth boolean, list text[], at timestamptz,
             bytes bytea, small integer, json jsonb) ON COMMIT DROP`,
        );
        const columns = ["place", "words", "number", "truth", "list", "at", "bytes", "small", "json"];
        const said = new Copy("said", columns);
        rows.forEach(([words, number, truth, list, at, bytes, small, json], place) => {
          said.row().integer(place).text(words).bigint(number).boolean(truth).texts(list).time(at).bytes(bytes);
          said.integer(small).jsonb(json);
        });
        await copyRows(tx, [said]);
        return tx.query(
          `SELECT words, number, truth, list, (extract(epoch FROM at) * 1000000)::bigint AS at, bytes, small, json
           FROM said ORDER BY place`,
        );
      });
      expect(told).toEqual(
        rows.map(([words, number, truth, list, at, bytes, small, json]) => ({
          words,
          number,
          truth,
          list,
          at,
          bytes: bytes && Buffer.from(bytes),
          small,
          json: JSON.parse(json) as unknown,
        })),
      );
      const words = rows.flatMap(([said]) => said ?? []);
      const numbers = rows.flatMap(([, number]) => number ?? []);
      const back = "SELECT $1::text[] AS words, $2::bigint[] AS numbers, $3::text[] AS mixed";
      const [given] = await db.query(back, [words, numbers, rows.map(([said]) => said)]);
      expect(given).toMatchObject({ words, mixed: rows.map(([said]) => said) });
      expect((given?.["numbers"] as unknown[]).map(Number)).toEqual(numbers);
    }),
    { numRuns: 60 },
  );
});

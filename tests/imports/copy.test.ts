import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { copyRows } from "../../src/server/db/copy.ts";
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
  const row = fc.tuple(fc.option(text), fc.maxSafeInteger(), fc.option(fc.boolean()));
  await fc.assert(
    fc.asyncProperty(fc.array(row, { maxLength: 50 }), async (rows) => {
      const told = await db.transaction(async (tx) => {
        await tx.query(
          "CREATE TEMP TABLE said (place integer, words text, number bigint, truth boolean) ON COMMIT DROP",
        );
        const columns = ["place", "words", "number", "truth"];
        await copyRows(
          tx,
          { table: "said", columns },
          rows.map((cells, place) => [place, ...cells]),
        );
        return tx.query<{ words: string | null; number: number; truth: boolean | null }>(
          "SELECT words, number, truth FROM said ORDER BY place",
        );
      });
      expect(told.map(({ words, number, truth }) => [words, number, truth])).toEqual(rows);
      const words = rows.flatMap(([said]) => said ?? []);
      const numbers = rows.map(([, number]) => number);
      const back = "SELECT $1::text[] AS words, $2::bigint[] AS numbers, $3::text[] AS mixed";
      const [given] = await db.query(back, [words, numbers, rows.map(([said]) => said)]);
      expect(given).toMatchObject({ words, mixed: rows.map(([said]) => said) });
      expect((given?.["numbers"] as unknown[]).map(Number)).toEqual(numbers);
    }),
    { numRuns: 60 },
  );
});

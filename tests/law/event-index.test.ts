import { randomInt } from "node:crypto";
import { expect, test } from "vitest";
import { testDatabase } from "../support/postgres.ts";

/** Signs of four bytes each that no compression makes shorter. */
const signs = (length: number): string =>
  Array.from({ length }, () => String.fromCodePoint(randomInt(0x20000, 0x2a6d0))).join("");

test("the longest name of an event from the longest id of a source fits into the index of histories", async () => {
  const db = await testDatabase();
  // As long as src/contract lets them be: 256 signs of a device's id, 100 of an event's name.
  await db.query(
    `INSERT INTO event (event_id, site_id, source_kind, source_id, name, occurred_at, received_at, trust)
     VALUES (gen_random_uuid(), 1, 'device', $1, $2, now(), now(), 'browser')`,
    [signs(256), signs(100)],
  );
  expect(await db.query("SELECT length(source_id) + length(name) AS signs FROM event")).toEqual([{ signs: 356 }]);
});

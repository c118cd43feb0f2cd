import { afterAll, beforeAll, expect, test } from "vitest";
import { browsers, withoutStorage } from "./browsers.ts";
import { leaving } from "./leaving.ts";
import { outages } from "./outages.ts";
import { openWorld, suffer, type Row, type Size, type World } from "./world.ts";

// What pages called is what the database holds, whatever happened on the way. A few page loads a fault; `npm run
// test:faults` makes hundreds and prints the table.

const asked = Number(process.env["FAULT_PAGE_LOADS"] ?? 0);
const size: Size = asked > 0 ? { visitors: 5, pages: 8, tabs: 20 } : { visitors: 2, pages: 2, tabs: 20 };
const faults = [...leaving, ...outages, ...browsers];
const rows: Row[] = [];
let world: World;

beforeAll(async () => {
  world = await openWorld();
});
afterAll(async () => {
  await world.close();
  if (asked > 0) print(rows);
});

for (const [number, fault] of faults.entries())
  test.skipIf(fault.slow && asked === 0)(
    `nothing is lost or doubled: ${fault.name}`,
    { timeout: 120_000 + asked * 5_000 },
    async () => {
      const row = await suffer(fault, { world, size, label: `f${number}`, pageLoads: asked });
      rows.push(row);
      if (asked > 0) console.log(line(row));
      expect(row).toMatchObject({ lost: [], doubled: [], stored: row.called });
      expect(row.called).toBeGreaterThan(0);
    },
  );

test(`the ledger notices what is lost: ${withoutStorage.name}`, async () => {
  const row = await suffer(withoutStorage, { world, size, label: "control", pageLoads: 0, patience: 0 });
  // Only the page after it was heard of.
  expect(row).toMatchObject({ called: 7, stored: 1, doubled: [] });
  expect(row.lost).toHaveLength(6);
});

const HEAD = ["page loads", "called", "sent", "stored", "lost", "doubled"];

function line({ fault, pageLoads, called, sent, stored, lost, doubled }: Row): string {
  const numbers = [pageLoads, called, sent, stored, lost.length, doubled.length];
  return `${numbers.map((number) => String(number).padStart(10)).join("")}  ${fault}`;
}

function print(table: readonly Row[]): void {
  const head = `${HEAD.map((word) => word.padStart(10)).join("")}  fault`;
  console.log([head, ...table.map(line)].join("\n"));
}

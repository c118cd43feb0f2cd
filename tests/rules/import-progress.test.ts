import { expect, test } from "vitest";
import { progressLine } from "../../src/cli/commands/import-progress.ts";

// What the command line shows of an import that is under way.

test.each([
  [{ rowsDone: 0, rowsPerSecond: null, state: "running" }, "░".repeat(30) + " 0 rows"],
  [
    { rowsDone: 500, rowsPerSecond: 100, state: "running" },
    "█".repeat(15) + "░".repeat(15) + " 500 rows, 100 a second, 5 s left",
  ],
  [
    { rowsDone: 500, rowsPerSecond: 5, state: "checking" },
    "█".repeat(15) + "░".repeat(15) + " 500 rows, 5 a second, 1 min 40 s left",
  ],
  [{ rowsDone: 990, rowsPerSecond: 100, state: "finished" }, "█".repeat(30) + " 990 rows, 100 a second\n"],
] as const)("of %j the bar, the rows, the rate and the time left", (seen, line) =>
  expect(progressLine(seen, 1_001)).toBe(line),
);

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { MUTANTS } from "../identity/mutant-list.ts";

// A mutant of a line that is gone breaks nothing, and would look as if it had been noticed.

test.each(MUTANTS.map(({ name, file, from }) => [name, file, from] as const))(
  "the line that is to be broken is there: %s",
  (_name, file, from) => {
    expect(readFileSync(new URL(`../../${file}`, import.meta.url), "utf8").split(from)).toHaveLength(2);
  },
);

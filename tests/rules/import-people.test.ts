import fc from "fast-check";
import { expect, test } from "vitest";
import { groupsOf, kinship } from "../../src/server/imports/people-rules.ts";

// Rows of a file that are about the same people.

test("rows are of one family when they have a name in common, or another row connects them", () => {
  const rows = fc.array(fc.uniqueArray(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 3 }), {
    maxLength: 30,
  });
  fc.assert(
    fc.property(rows, (all) => {
      const known = kinship();
      for (const names of all) known.join(names);
      // The slow way: what is connected to a row, until nothing more is.
      const connected = (to: readonly number[]): ReadonlySet<number> => {
        const found = new Set(to);
        for (let size = 0; size < found.size;) {
          size = found.size;
          for (const names of all) if (names.some((name) => found.has(name))) names.forEach((name) => found.add(name));
        }
        return found;
      };
      for (const [first = 0, ...others] of all) {
        const kin = connected([first, ...others]);
        for (const [other = 0] of all) expect(known.familyOf(first) === known.familyOf(other)).toBe(kin.has(other));
      }
    }),
  );
});

test("families stay whole as long as a group has room for them", () => {
  expect(groupsOf([["a1", "a2"], ["b1", "b2"], ["c1"]], 3)).toEqual([
    [["a1"], ["a2"]],
    [["b1", "c1"], ["b2"]],
  ]);
  expect(groupsOf([["a1"], ["b1", "b2", "b3", "b4", "b5"], ["c1"]], 2)).toEqual([
    [["a1"]],
    [["b1"], ["b2"]],
    [["b3"], ["b4"]],
    [["b5", "c1"]],
  ]);
  expect(groupsOf([], 2)).toEqual([]);
});

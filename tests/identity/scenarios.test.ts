import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { elsewhere, numberedTests, ruleRows, scenarios, shownAt } from "./scenarios.ts";

test("every scenario of the catalogue that is not another part's has a test that begins with its number", () => {
  const found = numberedTests();
  expect(scenarios.filter((scenario) => !found.has(scenario) && elsewhere(scenario) === undefined)).toEqual([]);
});

test("the table of scenarios names for each of them a test that is there", () => {
  const found = numberedTests();
  const lines = readFileSync(new URL("SCENARIOS.md", import.meta.url), "utf8").split("\n");
  const rows = lines.flatMap((line) => {
    const [, number, text] = /^\| *(\d+) *\| (.*?) *\|$/.exec(line) ?? [];
    return number === undefined || text === undefined ? [] : [{ number: Number(number), text }];
  });
  expect(rows.map(({ number }) => number)).toEqual(scenarios);
  for (const { number, text } of rows) {
    if (text.startsWith("not here: ")) expect([number, text]).toEqual([number, `not here: ${elsewhere(number) ?? ""}`]);
    for (const [, file = ""] of text.matchAll(/\(`(.*?)`\)/g))
      expect(
        found.get(number)?.map((shown) => shown.file),
        `scenario ${number}`,
      ).toContain(file);
  }
});

test("every row of the rule tables is shown by a test, or it says why not", () => {
  expect(ruleRows.filter((row) => shownAt(row) === undefined)).toEqual([]);
});

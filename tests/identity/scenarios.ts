// Which test shows which scenario of the catalogue: npx tsx tests/identity/scenarios.ts > tests/identity/SCENARIOS.md
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const TESTS = fileURLToPath(new URL("..", import.meta.url));
/** How many scenarios the catalogue of identity has. */
const COUNT = 157;

/** What other parts of the product have to show; they may number their tests, too. */
const ELSEWHERE: readonly (readonly [from: number, to: number, where: string])[] = [
  [76, 76, "export as CSV"],
  [112, 112, "segments"],
  [116, 122, "segments"],
  [123, 132, "exports"],
];

export function elsewhere(scenario: number): string | undefined {
  return ELSEWHERE.find(([from, to]) => scenario >= from && scenario <= to)?.[2];
}

/** The rules, table by table, with how many rows each has; in between stand a few with a letter. */
const TABLES: Readonly<Record<string, number>> = { A: 8, B: 25, C: 11, D: 9, E: 14, F: 11, M: 11, H: 8, W: 6 };
export const ruleRows: readonly string[] = [
  ...Object.entries(TABLES).flatMap(([table, rows]) =>
    Array.from({ length: rows }, (_, index) => `${table}${index + 1}`),
  ),
  ...["B8b", "C6b", "E6b", "W0"],
];

/** Rows that no test is named for: the scenario that shows them, or in words why there is none. */
const SHOWN_BY: Readonly<Record<string, number | string>> = {
  ...{ A2: 1, A3: 4, A5: 32, A6: 54, A8: 68, D1: 103, D2: 44, D6: 32, E8: 154, E14: 32, F3: 58, F4: 52, F6: 59 },
  ...{ F7: 62, F9: 55, H1: 4, H2: 103, H3: 5, H4: 75, M6: 24 },
  A7: "104, 107; the tracker is not told to mint a new id",
  D8: "no hand-over between domains is built; ids in addresses are ignored",
  D9: "cannot be told apart; 72 and 73 limit what comes of it",
  F5: "deleting twice changes nothing the second time (`identity/lifecycle.test.ts`)",
  F11: "an event that names nobody is a 400 and makes nobody (`api/contact-events.test.ts`)",
  H5: "clocks (`api/messages-time.test.ts`)",
  H7: "exports",
  H8: "exports",
  M4: "no field of a contact is a first touch",
  M8: "no message about merges leaves the installation",
  M9: "no message about new contacts leaves the installation",
  W6: 78,
  W0: "updates the contact of the external id (`api/contact-bulk.test.ts`)",
};

/** Where a row of the rules is shown; undefined: nowhere. */
export function shownAt(row: string): string | undefined {
  const named = new RegExp(`["'\`][^"\\n]*\\b${row}\\b[^"\\n]*["'\`]`);
  const files = testFiles().filter((file) => named.test(readFileSync(join(TESTS, file), "utf8")));
  if (files.length > 0) return files.map((file) => `\`${file}\``).join(", ");
  const how = SHOWN_BY[row];
  return typeof how === "number" ? `scenario ${how}` : how;
}

function testFiles(): string[] {
  const all = readdirSync(TESTS, { recursive: true, encoding: "utf8" });
  return all.filter((file) => file.endsWith(".test.ts")).sort();
}

/** A name that begins with numbers: `"64. a token …"`, `"3, 34. a new address …"`. */
const NUMBERED = /["'`](\d{1,3}(?:, \d{1,3})*)\. ([^"\n]{3,}?)["'`]/g;

/** Names of tests by the scenario they show, each with its file. */
export function numberedTests(): ReadonlyMap<number, readonly { readonly file: string; readonly name: string }[]> {
  const found = new Map<number, { file: string; name: string }[]>();
  for (const file of testFiles()) {
    for (const [, numbers = "", name = ""] of readFileSync(join(TESTS, file), "utf8").matchAll(NUMBERED))
      for (const number of numbers.split(", ").map(Number))
        found.set(number, [...(found.get(number) ?? []), { file, name: name.trim() }]);
  }
  return found;
}

export const scenarios: readonly number[] = Array.from({ length: COUNT }, (_, index) => index + 1);

function table(): string {
  const found = numberedTests();
  const rows = scenarios.map((scenario) => {
    const tests = found.get(scenario) ?? [];
    const shown = tests.map(({ file, name }) => `${name} (\`${file}\`)`).join("<br>");
    return `| ${scenario} | ${shown || `not here: ${elsewhere(scenario) ?? "MISSING"}`} |`;
  });
  return [
    "# Scenarios of identity",
    "",
    "The catalogue has 157 numbered scenarios; a test that shows one begins with its number. `scenarios.test.ts` holds this",
    "table to be complete. Made by `npx tsx tests/identity/scenarios.ts > tests/identity/SCENARIOS.md`, then formatted.",
    "",
    "| scenario | test |",
    "| --- | --- |",
    ...rows,
    "",
    "| rule | shown by |",
    "| --- | --- |",
    ...ruleRows.map((row) => `| ${row} | ${shownAt(row) ?? "MISSING"} |`),
    "",
  ].join("\n");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(table());

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
  [77, 89, "upload and import of files"],
  [112, 112, "segments"],
  [116, 122, "segments"],
  [123, 132, "exports"],
];

export function elsewhere(scenario: number): string | undefined {
  return ELSEWHERE.find(([from, to]) => scenario >= from && scenario <= to)?.[2];
}

/** A name that begins with numbers: `"64. a token …"`, `"3, 34. a new address …"`. */
const NUMBERED = /["'`](\d{1,3}(?:, \d{1,3})*)\. ([^"\n]{3,}?)["'`]/g;

/** Names of tests by the scenario they show, each with its file. */
export function numberedTests(): ReadonlyMap<number, readonly { readonly file: string; readonly name: string }[]> {
  const found = new Map<number, { file: string; name: string }[]>();
  for (const file of readdirSync(TESTS, { recursive: true, encoding: "utf8" }).sort()) {
    if (!file.endsWith(".test.ts")) continue;
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
  ].join("\n");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(table());

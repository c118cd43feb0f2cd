import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { titlesOf } from "../support/titles.ts";

// docs/assurance.md says which test stands behind each promise and each defence. Here: that the table is whole and true.

const ROOT = new URL("../../", import.meta.url);
const numbered = (letter: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${letter}${index + 1}`);
const WANTED = [...numbered("P", 31), ...numbered("T", 22)];

interface Row {
  readonly id: string;
  /** `tests/….test.ts › describe › title` */
  readonly tests: readonly { readonly file: string; readonly title: string }[];
  readonly notRun: readonly string[];
  readonly odd: readonly string[];
}

function rowsOf(text: string, begin = /^\| \*\*[PT]\d+\*\*/): Row[] {
  return text
    .split("\n")
    .filter((line) => begin.test(line))
    .map((line) => {
      const [, id = "", , proof = ""] = line.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll("\\|", "|"));
      const entries = proof.split("<br>").map((entry) => entry.trim());
      const tests = entries.flatMap((entry) => {
        const [, file, title] = /^`(tests\/\S+\.test\.ts)` (.+)$/.exec(entry) ?? [];
        return file === undefined || title === undefined ? [] : [{ file, title }];
      });
      const notRun = entries.filter((entry) => /^not run here: .{20,}/.test(entry));
      const odd = entries.filter((entry) => !entry.startsWith("`tests/") && !notRun.includes(entry));
      return { id: id.replaceAll("*", ""), tests, notRun, odd };
    });
}

const assurance = readFileSync(new URL("docs/assurance.md", ROOT), "utf8");
const rows = rowsOf(assurance);
/** The table of single rules on input. */
const clauses = rowsOf(assurance, /^\| P\d+ \|/);

test("every promise P1–P31 and every threat T1–T22 has one row, in order", () => {
  expect(rows.map(({ id }) => id)).toEqual(WANTED);
});

test("every row names a test, or says why there is none that can be run here", () => {
  expect(clauses.length).toBeGreaterThan(20);
  for (const { id, tests, notRun, odd } of [...rows, ...clauses]) {
    expect([id, odd]).toEqual([id, []]);
    expect([id, tests.length + notRun.length > 0]).toEqual([id, true]);
  }
});

test("every test that a row names is there, under that title", () => {
  const missing: string[] = [];
  for (const { id, tests } of [...rows, ...clauses])
    for (const { file, title } of tests) {
      const path = fileURLToPath(new URL(file, ROOT));
      const titles = existsSync(path) ? titlesOf(readFileSync(path, "utf8")) : [];
      if (!titles.includes(title)) missing.push(`${id}: ${file} ${title}`);
    }
  expect(missing).toEqual([]);
});

test("every test that begins with the number of a promise or a threat stands in the row of that number", () => {
  const folder = fileURLToPath(new URL("tests/", ROOT));
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".test.ts"));
  const absent: string[] = [];
  for (const name of files)
    for (const title of titlesOf(readFileSync(folder + name, "utf8"))) {
      const id = /(?:^|› )([PT]\d+): [^›]*$/.exec(title)?.[1];
      const row = rows.find((one) => one.id === id);
      if (id === undefined || row?.tests.some((one) => one.file === `tests/${name}` && one.title === title)) continue;
      absent.push(`${id}: tests/${name} ${title}`);
    }
  expect(absent).toEqual([]);
});

test("a title is read with those around it, from every form in which tests are written", () => {
  const text = `
    describe("outside", () => {
      describe.each(A)("as %s", () => { test.each<[a: string]>([["x"]])("says \\"it\\"", () => {}); });
      it.skipIf(x)(\`a \${what} is\`, async () => { call("not a title"); });
    });
    test.for(B)('alone', () => {});`;
  expect(titlesOf(text)).toEqual(['outside › as %s › says "it"', "outside › a ${what} is", "alone"]);
});

import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { backstory } from "../support/cli.ts";
import { listPages } from "../support/code-blocks.ts";

// Commands, scripts and links that stand in the middle of a sentence or a table.

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const pages = listPages().map((page) => ({ page, text: readFileSync(join(ROOT, page), "utf8") }));

/** What stands between backticks, outside of blocks. */
const inline = (text: string): string[] =>
  [...text.replaceAll(/^```[^]*?^```$/gm, "").matchAll(/`([^`\n]+)`/g)].map(([, code = ""]) => code);

test("every command that the documents name is one that there is, with its options", async () => {
  const named = new Map<string, Set<string>>();
  for (const { text } of pages)
    for (const code of inline(text)) {
      const [, command, rest = ""] = /^backstory ([a-z]+(?: (?:[a-z]+-?)+(?= |$))?)(.*)$/.exec(code) ?? [];
      if (command === undefined) continue;
      const options = named.get(command) ?? new Set();
      for (const [option] of rest.matchAll(/--[a-z-]+/g)) options.add(option);
      named.set(command, options);
    }
  expect(named.size).toBeGreaterThan(10);
  for (const [command, options] of named) {
    const { code, out, err } = await backstory([...command.split(" "), "--help"], {});
    expect([command, code, err]).toEqual([command, 0, ""]);
    expect([command, out]).toEqual([
      command,
      expect.stringMatching(new RegExp(`USAGE (backstory )?${command} `)) as string,
    ]);
    for (const option of options) expect([command, option, out.includes(option)]).toEqual([command, option, true]);
  }
});

test("every npm script that the documents name is one that there is", () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { scripts: object };
  const named = pages.flatMap(({ text }) => [...text.matchAll(/npm run ([\w:-]+)/g)].map(([, name = ""]) => name));
  expect(named.length).toBeGreaterThan(4);
  for (const name of named) expect(Object.keys(scripts)).toContain(name);
});

/** As GitHub makes the anchor of a heading. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
    .trim()
    .replaceAll(/\s/g, "-");

test("every link between documents leads to a file and a heading that are there", () => {
  const broken: string[] = [];
  let count = 0;
  for (const { page, text } of pages)
    for (const [, target = ""] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(target)) continue;
      count += 1;
      const [path = "", anchor] = target.split("#");
      const file = path === "" ? join(ROOT, page) : join(ROOT, dirname(page), path);
      if (!existsSync(file)) broken.push(`${page}: ${target}`);
      else if (anchor !== undefined) {
        const headings = [...readFileSync(file, "utf8").matchAll(/^#+ (.+)$/gm)].map(([, one = ""]) => anchorOf(one));
        if (!headings.includes(anchor)) broken.push(`${page}: ${target}`);
      }
    }
  expect(broken).toEqual([]);
  expect(count).toBeGreaterThan(40);
});

test("every table of figures about size stands in what the benchmarks said", () => {
  const bench = readFileSync(join(ROOT, "bench/README.md"), "utf8");
  const scaling = pages.find(({ page }) => page === "docs/scaling.md")?.text ?? "";
  const measured = scaling.split("\n").filter((line) => line.startsWith("|") && !line.startsWith("|---"));
  const figures = measured.slice(1).flatMap((line) => {
    const [, , said = ""] = line.split("|");
    return [...said.matchAll(/\d[\d,.]*/g)].map(([figure]) => figure.replace(/[.,]$/, ""));
  });
  expect(figures.length).toBeGreaterThan(12);
  for (const figure of figures) expect([figure, bench.includes(figure)]).toEqual([figure, true]);
});

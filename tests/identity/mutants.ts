// Breaks identity on purpose, one rule at a time, in a copy of the tree; the tests must notice. Results: MUTANTS.md.
// npx tsx tests/identity/mutants.ts [part of a name]
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MUTANTS, PROPERTIES, RULES, type Mutant } from "./mutant-list.ts";

const [wanted = ""] = process.argv.slice(2);
for (const mutation of MUTANTS.filter(({ name }) => name.includes(wanted)))
  console.log(`| ${mutation.name} | ${fate(mutation)} |`);

function fate({ file, from, to, tests }: Mutant): string {
  const tree = mkdtempSync(join(tmpdir(), "identity-mutant-"));
  try {
    const left = new Set(["node_modules", ".git", "data"]);
    for (const part of readdirSync(".").filter((name) => !left.has(name)))
      cpSync(part, join(tree, part), { recursive: true });
    symlinkSync(join(process.cwd(), "node_modules"), join(tree, "node_modules"));
    const source = readFileSync(join(tree, file), "utf8");
    if (!source.includes(from)) return "NOT APPLIED: the line has changed";
    writeFileSync(join(tree, file), source.replace(from, to));
    // Rules need no database: without one a mutant is judged in seconds.
    const config = join(tree, "vitest.rules.ts");
    writeFileSync(
      config,
      'export default { test: { include: ["tests/rules/*.test.ts"], pool: "forks", testTimeout: 600_000 } };',
    );
    const first = verdictOf(tree, { tests, config });
    return first === undefined && tests === RULES
      ? (verdictOf(tree, { tests: PROPERTIES, config }) ?? "SURVIVED")
      : (first ?? "SURVIVED");
  } finally {
    rmSync(tree, { recursive: true, force: true });
  }
}

/** Which tests went red; nothing when all are green. */
function verdictOf(tree: string, { tests, config }: { tests: readonly string[]; config: string }): string | undefined {
  const how = tests === RULES || tests === PROPERTIES ? ["--config", config] : [];
  const env = { ...process.env, PROPERTY_RUNS: "100", NO_COLOR: "1" };
  const run = spawnSync("npx", ["vitest", "run", ...how, "--bail", "3", ...tests], {
    cwd: tree,
    env,
    encoding: "utf8",
  });
  const red = [...run.stdout.matchAll(/× (.*?)\s+\d+ms$/gm)].map(([, name]) => name);
  if (red.length > 0) return `red: ${red.slice(0, 2).join("; ")}`;
  return run.status === 0 ? undefined : `did not run: ${run.stderr.slice(0, 600)}`;
}

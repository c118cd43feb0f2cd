// `npm test`: installs what the tests need, then runs every check there is. Words after `--` go to vitest.
import { orStop, requireChromium, requireNode, requirePackages, run, say } from "./preparation.mjs";

const tool = (name, ...args) => run("npx", ["--no-install", name, ...args]);

const checks = [
  ["types", () => tool("tsc", "-b")],
  ["lint", () => tool("eslint", ".", "--max-warnings=0")],
  ["format", () => tool("prettier", "--check", "--log-level=warn", ".")],
  ["import law", () => tool("depcruise", "src", "demo-site", "--output-type", "err")],
  ["tests", () => tool("vitest", "run", ...process.argv.slice(2))],
];

await orStop(async () => {
  requireNode();
  requirePackages();
  await requireChromium();
});

say("Building …");
const results = [["build", run(process.execPath, ["scripts/build.mjs"])]];
for (const [name, check] of checks) {
  say(`Checking: ${name} …`);
  // Everything is run, so that one look shows all that is wrong.
  results.push([name, check()]);
}

console.log();
for (const [name, passed] of results) console.log(`  ${passed ? "passed" : "FAILED"}  ${name}`);
process.exit(results.every(([, passed]) => passed) ? 0 : 1);

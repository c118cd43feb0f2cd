import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { readConfig } from "../../src/server/config.ts";
import { VARIABLES, type VariableText } from "../../src/server/config-variables.ts";

// docs/configuration.md is what somebody reads who runs Backstory: it must be all that the server reads, and no more.

const page = (): string => readFileSync(new URL("../../docs/configuration.md", import.meta.url), "utf8");
const variables: [string, VariableText][] = Object.entries(VARIABLES);

test("the page is the one that `npm run configuration` writes", () => {
  const script = `process.stdout.write((await import("./scripts/configuration.mjs")).configurationPage());`;
  const root = fileURLToPath(new URL("../..", import.meta.url));
  const written = execFileSync(process.execPath, ["--input-type=module", "--eval", script], { cwd: root });
  expect(page()).toBe(written.toString());
});

test("the server reads exactly the variables of the table, and a file beside those that may lie in one", () => {
  const asked = new Set<string>();
  const environment = new Proxy(
    {},
    {
      get: (_, name) => {
        asked.add(String(name));
        return undefined;
      },
    },
  );
  readConfig(environment);
  const told = variables.flatMap(([name, { inFile }]) => (inFile === true ? [name, `${name}_FILE`] : [name]));
  expect([...asked].sort()).toEqual(told.sort());
});

test("what a variable is said to be without being set is what it is", () => {
  const bare = readConfig({});
  for (const [name, { byDefault, otherwise }] of variables) {
    expect([name, (byDefault === undefined) !== (otherwise === undefined)]).toEqual([name, true]);
    if (byDefault !== undefined) expect([name, readConfig({ [name]: byDefault })]).toEqual([name, bare]);
  }
});

test("the README leads to the table, and names no variable that is not in it", () => {
  const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
  expect(readme).toContain("(docs/configuration.md)");
  const configure = /^## Configure\n([^]*?)^## /m.exec(readme)?.[1] ?? "";
  const named = [...configure.matchAll(/`([A-Z][A-Z_]+)`/g)].map(([, name]) => name);
  expect(named.length).toBeGreaterThan(3);
  for (const name of named) expect(Object.keys(VARIABLES)).toContain(name);
});

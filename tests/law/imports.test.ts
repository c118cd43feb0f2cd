import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { cruise, type ICruiseResult } from "dependency-cruiser";
import { expect, test } from "vitest";

// The law itself is checked by `npm test`. Here: that breaking it is noticed, by a small house of its own.

const law: unknown = createRequire(import.meta.url)("../../.dependency-cruiser.cjs");

/** Names of the rules that these files break. */
async function broken(files: Readonly<Record<string, string>>): Promise<string[]> {
  const house = await mkdtemp(join(tmpdir(), "backstory-law-"));
  await writeFile(join(house, "package.json"), JSON.stringify({ type: "module", dependencies: {} }));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(house, path)), { recursive: true });
    await writeFile(join(house, path), text);
  }
  const { options, ...rules } = law as { options: Record<string, unknown>; forbidden: unknown[] };
  const { tsConfig: _, ...rest } = options;
  const folders = [...new Set(Object.keys(files).map((path) => path.split("/")[0] ?? ""))];
  const { output } = await cruise(folders, { ...rest, baseDir: house, validate: true, ruleSet: rules } as object);
  await rm(house, { recursive: true, force: true });
  return (output as ICruiseResult).summary.violations.map((violation) => violation.rule.name);
}

const door = { "src/server/contacts/index.ts": `export const found = 1;` };

test("a slice that uses a later one is noticed", async () => {
  const files = {
    ...door,
    "src/server/identity/store.ts": `import { found } from "../contacts/index.ts"; export { found };`,
  };
  expect(await broken(files)).toEqual(["identity-knows-only-earlier-slices"]);
});

test("a slice may use an earlier one through its door", async () => {
  const files = {
    ...door,
    "src/server/sites/list.ts": `import { found } from "../contacts/index.ts"; export { found };`,
  };
  expect(await broken(files)).toEqual([]);
});

test("going past the door of a slice is noticed", async () => {
  const files = {
    "src/server/contacts/store.ts": `export const found = 1;`,
    "src/server/sites/list.ts": `import { found } from "../contacts/store.ts"; export { found };`,
  };
  expect(await broken(files)).toEqual(["contacts-is-entered-by-its-door"]);
});

test("a rule that reads the database is noticed", async () => {
  const files = {
    "src/server/db/database.ts": `export const query = 1;`,
    "src/server/identity/rules.ts": `import { query } from "../db/database.ts"; export { query };`,
  };
  expect(await broken(files)).toEqual(["rules-are-pure"]);
});

test("a schema in the tracker is noticed, its type is not", async () => {
  const contract = { "src/contract/messages.ts": `export const Page = {}; export type Page = object;` };
  const value = { ...contract, "src/tracker/a.ts": `import { Page } from "../contract/messages.ts"; export { Page };` };
  const type = {
    ...contract,
    "src/tracker/a.ts": `import type { Page } from "../contract/messages.ts"; export type B = Page;`,
  };
  expect(await broken(value)).toEqual(["browser-takes-types-of-the-contract"]);
  expect(await broken(type)).toEqual([]);
});

test("the tracker that reaches for the server is noticed", async () => {
  const files = {
    "src/server/lib/clock.ts": `export const now = 1;`,
    "src/tracker/a.ts": `import { now } from "../server/lib/clock.ts"; export { now };`,
  };
  expect(await broken(files)).toEqual(["browser-never-server"]);
});

test("a circle is noticed", async () => {
  const files = {
    "src/server/lib/a.ts": `import { b } from "./b.ts"; export const a = (): number => b();`,
    "src/server/lib/b.ts": `import { a } from "./a.ts"; export const b = (): number => a();`,
  };
  expect(new Set(await broken(files))).toEqual(new Set(["no-circle"]));
});

import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { publint } from "publint";
import { afterAll, beforeAll, expect, test } from "vitest";

// What `npm publish` would publish, unpacked into the node_modules of a project that uses it.

let project: string;
let tarball: ArrayBuffer;
let files: readonly string[];
const installed = (path: string): string => join(project, "node_modules/backstory", path);

interface Packed {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), "backstory-consumer-"));
  const args = ["pack", "--json", "--ignore-scripts", "--pack-destination", project];
  const [packed]: Packed[] = JSON.parse(execFileSync("npm", args, { encoding: "utf8" }));
  files = packed?.files.map(({ path }) => path) ?? [];
  const archive = join(project, packed?.filename ?? "");
  tarball = new Uint8Array(readFileSync(archive)).buffer;
  mkdirSync(installed(""), { recursive: true });
  execFileSync("tar", ["-xzf", archive, "-C", installed(""), "--strip-components=1"]);
  writeFileSync(join(project, "package.json"), JSON.stringify({ private: true, type: "module" }));
});
afterAll(() => rmSync(project, { recursive: true, force: true }));

test("the npm package gives publint nothing to say", async () => {
  const { messages } = await publint({ pack: { tarball }, strict: true });
  expect(messages).toEqual([]);
});

test("the npm package holds what was built and its papers, and nothing else", () => {
  expect(files).toEqual(expect.arrayContaining(["dist/esm/index.js", "dist/esm/index.d.ts", "LICENSE", "README.md"]));
  expect(files.filter((path) => !/^(dist\/|package\.json$|README\.md$|LICENSE$|ARCHITECTURE\.md$)/.test(path))).toEqual(
    [],
  );
});

test("a server can import the npm package: nothing of a browser is touched, nothing throws", () => {
  const declared = [
    ...readFileSync(installed("dist/esm/index.d.ts"), "utf8").matchAll(/export declare function (\w+)/g),
  ];
  const script = `
    for (const name of ["window", "document", "localStorage", "location", "history"])
      Object.defineProperty(globalThis, name, { get() { throw new Error(name + " was touched"); } });
    const backstory = await import("backstory");
    console.log(Object.keys(backstory).sort().join());
    backstory.init({ site: "site-1" });
    backstory.track("one");
    backstory.identify({ email: "anna@shop.test" });`;
  writeFileSync(join(project, "server.js"), script);
  const { stdout, stderr } = spawnSync(process.execPath, ["server.js"], { cwd: project, encoding: "utf8" });
  expect(stderr).toBe("");
  const names = declared.map(([, name]) => name).toSorted();
  expect(names).toContain("identify");
  expect(stdout.trim()).toBe(names.join());
});

test("a strict TypeScript project compiles with nothing but the npm package", () => {
  writeFileSync(
    join(project, "page.ts"),
    `import { beforeSend, consent, identify, init, page, reset, subscribe, track, type Options } from "backstory";
     const options: Options = { site: "site-1", host: "https://x.test", consent: "required", auto: false };
     init(options); track("Order placed", { total: 42 }); page(); reset(); consent("granted");
     identify({ externalId: 7, email: "a@b.test", token: "x", attributes: { plan: "pro" } });
     subscribe({ email: "a@b.test", groups: ["News"] });
     beforeSend((message) => { message["x"] = 1; }); beforeSend((message) => message["type"] === "page" ? false : undefined);
     // @ts-expect-error
     consent("maybe");
     // @ts-expect-error
     track();`,
  );
  const compilerOptions = { strict: true, noEmit: true, module: "nodenext", target: "es2022", types: [], rootDir: "." };
  writeFileSync(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["page.ts"] }));
  const tsc = resolve("node_modules/typescript/bin/tsc");
  expect(spawnSync(process.execPath, [tsc, "-p", project], { encoding: "utf8" }).stdout).toBe("");
});

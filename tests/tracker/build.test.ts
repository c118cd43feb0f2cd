import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { brotliCompressSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  BROTLI_BUDGET,
  buildTracker,
  bundleScript,
  COMPATIBILITY_BUDGET,
  SNIPPET_BUDGET,
} from "../../scripts/build-tracker.mjs";

let outDir: string;
let built: Awaited<ReturnType<typeof buildTracker>>;
const file = (name: string): string => readFileSync(join(outDir, name), "utf8");

beforeAll(async () => {
  outDir = mkdtempSync(join(tmpdir(), "backstory-build-"));
  built = await buildTracker({ outDir });
});
afterAll(() => rmSync(outDir, { recursive: true, force: true }));

describe("the script", () => {
  it("weighs at most 4.0 KB as browsers download it", () => {
    expect(BROTLI_BUDGET).toBe(4096);
    expect(brotliCompressSync(file("backstory.js")).length).toBeLessThanOrEqual(BROTLI_BUDGET);
  });

  it("weighs at most 5.0 KB with the layer for pages that have another system's tag", () => {
    expect(COMPATIBILITY_BUDGET).toBe(5120);
    expect(brotliCompressSync(file("web-compatibility.js")).length).toBeLessThanOrEqual(COMPATIBILITY_BUDGET);
  });

  it("carries no schema and no validator", async () => {
    const { modules } = await bundleScript("script.ts");
    expect(modules.filter((path) => /typebox|\/contract\//.test(path))).toEqual(["src/contract/wire.ts"]);
    expect(modules.filter((path) => /\/server\/|\/admin\//.test(path))).toEqual([]);
  });

  it("stands under an immutable name too, whose hash and integrity are true", () => {
    const code = readFileSync(join(outDir, `backstory-${built.hash}.js`));
    expect(code.equals(readFileSync(join(outDir, "backstory.js")))).toBe(true);
    expect(built.integrity).toBe(`sha384-${createHash("sha384").update(code).digest("base64")}`);
  });

  it("is the same when built again, and leaves no older one behind", async () => {
    writeFileSync(join(outDir, "backstory-0123456789abcdef.js"), "old");
    expect((await buildTracker({ outDir })).hash).toBe(built.hash);
    expect(readdirSync(outDir).filter((name) => name.startsWith("backstory-"))).toEqual([`backstory-${built.hash}.js`]);
  });

  it("needs no eval and sets no script address, so that strict policies let it run", () => {
    expect(file("backstory.js")).not.toMatch(/\beval\(|new Function|innerHTML|createElement|\.src=/);
  });
});

describe("the snippet", () => {
  it("has at most 300 bytes of script and leaves no global but backstory", () => {
    const [, script = ""] = /<script>(.*?)<\/script>/s.exec(file("snippet.html")) ?? [];
    expect(script.length).toBeGreaterThan(0);
    expect(Buffer.byteLength(script)).toBeLessThanOrEqual(SNIPPET_BUDGET);
    expect(script).toMatch(/^"use strict";\(/);
  });
});

describe("the npm package", () => {
  it("exports what it declares, and can be imported on a server: nothing happens, nothing throws", async () => {
    const backstory = await import(pathToFileURL(join(outDir, "esm/index.js")).href);
    const declared = [...file("esm/index.d.ts").matchAll(/export declare function (\w+)/g)].map(([, name]) => name);
    expect(Object.keys(backstory).toSorted()).toEqual(declared.toSorted());
    expect(declared).toContain("identify");
    expect(() => {
      backstory.init({ site: "site-1" });
      backstory.track("one");
      backstory.identify({ email: "anna@shop.test" });
    }).not.toThrow();
  });

  it("needs nothing else to compile a strict project with", () => {
    const project = join(outDir, "consumer");
    mkdirSync(join(project, "node_modules/backstory"), { recursive: true });
    writeFileSync(join(project, "node_modules/backstory/index.d.ts"), file("esm/index.d.ts"));
    writeFileSync(
      join(project, "node_modules/backstory/package.json"),
      JSON.stringify({ name: "backstory", type: "module", exports: { ".": { types: "./index.d.ts" } } }),
    );
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
    const compilerOptions = {
      strict: true,
      noEmit: true,
      module: "nodenext",
      target: "es2022",
      types: [],
      rootDir: ".",
    };
    writeFileSync(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["page.ts"] }));
    const tsc = resolve("node_modules/typescript/bin/tsc");
    expect(spawnSync(process.execPath, [tsc, "-p", project], { encoding: "utf8" }).stdout).toBe("");
  });
});

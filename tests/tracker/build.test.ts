import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
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

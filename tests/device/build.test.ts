import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { publint } from "publint";
import { buildDevice } from "../../scripts/build-device.mjs";

let folder: string;
let built: Awaited<ReturnType<typeof buildDevice>>;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "backstory-device-build-"));
  built = await buildDevice({ outDir: join(folder, "dist/device") });
  const { exports } = JSON.parse(readFileSync("package.json", "utf8"));
  const manifest = { name: "backstory", version: "0.1.0", license: "Apache-2.0", type: "module", files: ["dist"] };
  writeFileSync(
    join(folder, "package.json"),
    JSON.stringify({ ...manifest, exports: { "./device": exports["./device"] } }),
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("the module holds only our own code for clients, and imports nothing", () => {
  expect(built.modules.filter((path) => !/^src\/(client|device)\//.test(path))).toEqual([]);
  const code = readFileSync(join(folder, "dist/device/index.js"), "utf8");
  expect(code).not.toMatch(/\bimport\b|\brequire\(|\bwindow\b|\bdocument\b|\bnavigator\b|\bprocess\b/);
});

test("the package that holds it has nothing publint complains of", async () => {
  const { messages } = await publint({ pkgDir: folder, strict: true, pack: false });
  expect(messages.map(({ code, path }) => [code, path])).toEqual([]);
});

/** The parts of docs/mobile.md that are TypeScript. */
const examples = (): string[] =>
  [...readFileSync("docs/mobile.md", "utf8").matchAll(/^```ts\n(.*?)^```/gms)].map(([, code = ""]) => code);

test("an app, and what the documentation shows, compiles against its types alone, without those of a browser or of Node", () => {
  const installed = join(folder, "app/node_modules/backstory");
  mkdirSync(installed, { recursive: true });
  for (const part of ["dist", "package.json"]) cpSync(join(folder, part), join(installed, part), { recursive: true });
  writeFileSync(
    join(folder, "app/app.ts"),
    `import { openDevice, type DeviceStorage } from "backstory/device";
     const entries = new Map<string, string>();
     const storage: DeviceStorage = {
       get: (key) => entries.get(key), set: async (key, value) => { entries.set(key, value); }, remove: (key) => entries.delete(key) };
     const device = openDevice({ host: "https://x.test", key: "k", storage, device: { osType: "IOS" } });
     void device.identify({ externalId: 7, email: "a@b.test", fields: { plan: "gold" } });
     void device.setPushToken(null);
     // @ts-expect-error
     void device.identify({ email: "a@b.test" });
     // @ts-expect-error
     void device.setAnonymousUserAttributes({ email: "a@b.test" });`,
  );
  expect(examples().length).toBeGreaterThan(3);
  writeFileSync(join(folder, "app/docs.ts"), examples().join("\n"));
  const compilerOptions = {
    strict: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    module: "nodenext",
    lib: ["es2022"],
    target: "es2022",
    types: [],
  };
  writeFileSync(join(folder, "app/tsconfig.json"), JSON.stringify({ compilerOptions, files: ["app.ts", "docs.ts"] }));
  const tsc = resolve("node_modules/typescript/bin/tsc");
  expect(spawnSync(process.execPath, [tsc, "-p", join(folder, "app")], { encoding: "utf8" }).stdout).toBe("");
});

test("the built module opens in Node as it is", async () => {
  const { openDevice } = await import(pathToFileURL(join(folder, "dist/device/index.js")).href);
  const entries = new Map<string, string>();
  const storage = {
    get: (key: string) => entries.get(key),
    set: (key: string, value: string) => entries.set(key, value),
    remove: (key: string) => entries.delete(key),
  };
  const calls: unknown[] = [];
  const fetch = async (url: string) => {
    calls.push(url);
    return { status: 200, headers: { get: () => null }, text: async () => "{}" };
  };
  const device = openDevice({ host: "https://stats.example.org", key: "k", storage, fetch });
  await device.flush();
  expect(calls).toEqual(["https://stats.example.org/api/v1/device"]);
  expect((await device.status()).deviceId).toMatch(/^[\w-]{21}$/);
  await device.close();
});

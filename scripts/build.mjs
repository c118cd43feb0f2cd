// `npm run build`: everything under dist/.
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { build as bundle } from "esbuild";
import { buildAdmin } from "./build-admin.mjs";
import { buildDevice } from "./build-device.mjs";
import { buildTracker } from "./build-tracker.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const dist = join(root, "dist");

export async function build() {
  mkdirSync(dist, { recursive: true });
  await Promise.all([
    buildTracker({ outDir: dist }),
    buildDevice({ outDir: join(dist, "device") }),
    buildAdmin({ outDir: join(dist, "admin") }),
    buildServer(),
  ]);
  copyMigrations();
  printSizes(["backstory.js", "device/index.js", ...scriptsIn("admin"), ...serverFiles()]);
}

/** Hundreds of small files, which take long to open one by one. */
const TAKEN_IN = ["typebox", "@fastify/type-provider-typebox"];

/** The server and the commands; packages stay packages, so that their licences, data files and native parts stay whole. */
async function buildServer() {
  const { dependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const outside = Object.keys(dependencies).filter((name) => !TAKEN_IN.includes(name));
  for (const old of readdirSync(dist).filter((name) => /^server-\w+\.js/.test(name))) rmSync(join(dist, old));
  await bundle({
    entryPoints: { server: join(root, "src/server/main.ts"), cli: join(root, "src/cli/main.ts") },
    outdir: dist,
    bundle: true,
    // What both need is written once, beside them.
    splitting: true,
    chunkNames: "server-[hash]",
    external: outside.flatMap((name) => [name, `${name}/*`]),
    legalComments: "linked",
    platform: "node",
    target: "node20",
    format: "esm",
    sourcemap: "linked",
    logLevel: "warning",
  });
}

function copyMigrations() {
  const target = join(dist, "migrations");
  rmSync(target, { recursive: true, force: true });
  cpSync(join(root, "src/server/db/migrations"), target, { recursive: true });
}

const serverFiles = () => readdirSync(dist).filter((name) => /^(server|server-\w+|cli)\.js$/.test(name));

function scriptsIn(folder) {
  return readdirSync(join(dist, folder))
    .filter((name) => /\.(js|css)$/.test(name))
    .map((name) => join(folder, name));
}

function printSizes(files) {
  const kilobytes = (bytes) => `${(bytes / 1024).toFixed(2)} KB`.padStart(11);
  console.log(`  ${"dist/".padEnd(28)}${"raw".padStart(11)}${"gzip".padStart(11)}${"brotli".padStart(11)}`);
  for (const file of files) {
    const bytes = readFileSync(join(dist, file));
    const sizes = [bytes.length, gzipSync(bytes, { level: 9 }).length, brotliCompressSync(bytes).length];
    console.log(`  ${relative(dist, join(dist, file)).padEnd(28)}${sizes.map(kilobytes).join("")}`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await build();

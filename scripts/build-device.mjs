// The client for apps: one module that needs no other and no particular platform.
import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build as bundle } from "esbuild";

const source = fileURLToPath(new URL("../src/device", import.meta.url));

/** @param {{ outDir: string }} place */
export async function buildDevice({ outDir }) {
  mkdirSync(outDir, { recursive: true });
  const { metafile } = await bundle({
    entryPoints: [join(source, "index.ts")],
    outfile: join(outDir, "index.js"),
    bundle: true,
    platform: "neutral",
    format: "esm",
    // What React Native's engine runs as it is.
    target: "es2020",
    legalComments: "inline",
    metafile: true,
    logLevel: "warning",
  });
  copyFileSync(join(source, "api.ts"), join(outDir, "index.d.ts"));
  return { modules: Object.keys(metafile.inputs) };
}

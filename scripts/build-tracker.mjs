// The tracker's files: for the script tag, for npm, and the snippet.
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build as bundle } from "esbuild";
import { minify } from "terser";

const source = fileURLToPath(new URL("../src/tracker", import.meta.url));

/** Bytes of the script-tag build as a visitor downloads it. */
export const BROTLI_BUDGET = 4096;
/** Bytes of the same with the layer for pages that have another system's tag. */
export const COMPATIBILITY_BUDGET = 5120;
/** Bytes of script in the snippet, without its tags. */
export const SNIPPET_BUDGET = 300;

/**
 * Properties that never leave the tracker, so their names may be short. A name that is also one of the browser's, of the
 * wire's or of the public functions must not stand here; the tests of the built file would fail.
 */
const INTERNAL_NAMES =
  "after|answer|close|current|decide|decided|drain|flush|forget|hook|ids|lost|outbox|persistent|put|read|record|release|" +
  "remember|remove|room|settle|stamp|start|store|take|transport|withdraw|write";

const MODERN = 2022;

/**
 * Bundles one entry for browsers and says which modules went in.
 * @param {string} entry
 */
export async function bundleScript(entry) {
  const { outputFiles, metafile } = await bundle({
    entryPoints: [join(source, entry)],
    bundle: true,
    format: "iife",
    target: `es${MODERN}`,
    minify: true,
    mangleProps: new RegExp(`^(${INTERNAL_NAMES})$`),
    legalComments: "none",
    metafile: true,
    write: false,
    logLevel: "warning",
  });
  // A second pass: brotli finds 5 % more in Terser's choice of names.
  const { code } = await minify(outputFiles[0].text, {
    ecma: MODERN,
    compress: { ecma: MODERN, passes: 3, unsafe_arrows: true },
    format: { ecma: MODERN },
  });
  return { code, modules: Object.keys(metafile.inputs) };
}

async function bundleModule(outDir) {
  await bundle({
    entryPoints: [join(source, "index.ts")],
    outfile: join(outDir, "esm/index.js"),
    bundle: true,
    format: "esm",
    target: `es${MODERN}`,
    legalComments: "inline",
    logLevel: "warning",
  });
  writeFileSync(join(outDir, "esm/index.d.ts"), readFileSync(join(source, "api.ts")));
}

/** @param {string} code */
function measure(code) {
  const brotli = { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: code.length } };
  const bytes = Buffer.from(code);
  return {
    raw: bytes.length,
    gzip: gzipSync(bytes, { level: 9 }).length,
    brotli: brotliCompressSync(bytes, brotli).length,
  };
}

/** @param {{ outDir: string }} place */
export async function buildTracker({ outDir }) {
  mkdirSync(join(outDir, "esm"), { recursive: true });
  const [{ code }, compatible, snippet] = await Promise.all([
    bundleScript("script.ts"),
    bundleScript("compatible/script.ts"),
    bundleScript("snippet.ts"),
    bundleModule(outDir),
  ]);

  const size = measure(code);
  const hash = createHash("sha256").update(code).digest("hex").slice(0, 16);
  const integrity = `sha384-${createHash("sha384").update(code).digest("base64")}`;
  for (const old of readdirSync(outDir)) if (/^backstory-[0-9a-f]+\.js$/.test(old)) rmSync(join(outDir, old));
  writeFileSync(join(outDir, "backstory.js"), code);
  writeFileSync(join(outDir, `backstory-${hash}.js`), code);

  const compatibleSize = measure(compatible.code);
  writeFileSync(join(outDir, "web-compatibility.js"), compatible.code);

  const inline = snippet.code.trim();
  const tag = '<script async src="__HOST__/backstory.js" data-site="__SITE__"></script>';
  writeFileSync(join(outDir, "snippet.html"), `<script>${inline}</script>\n${tag}\n`);

  console.log(`  tracker: ${size.raw} bytes, gzip ${size.gzip}, brotli ${size.brotli} of at most ${BROTLI_BUDGET}`);
  const { raw, gzip, brotli } = compatibleSize;
  console.log(`  web compatibility: ${raw} bytes, gzip ${gzip}, brotli ${brotli} of at most ${COMPATIBILITY_BUDGET}`);
  console.log(`  backstory-${hash}.js  integrity="${integrity}"  snippet ${inline.length} bytes`);
  if (size.brotli > BROTLI_BUDGET)
    throw new Error(`The tracker is over its budget of ${BROTLI_BUDGET} bytes (brotli).`);
  if (compatibleSize.brotli > COMPATIBILITY_BUDGET)
    throw new Error(`The web compatibility layer is over its budget of ${COMPATIBILITY_BUDGET} bytes (brotli).`);
  if (inline.length > SNIPPET_BUDGET) throw new Error(`The snippet is over its budget of ${SNIPPET_BUDGET} bytes.`);
  return { size, hash, integrity };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await buildTracker({ outDir: fileURLToPath(new URL("../dist", import.meta.url)) });
}

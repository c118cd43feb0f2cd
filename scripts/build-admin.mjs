import { mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const source = fileURLToPath(new URL("../src/admin/", import.meta.url));

// The icon is inline in no page: `data:` would need an exception in the content security policy.
const page = ({ script, beside, style, icon }) => `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="robots" content="noindex" />
    <meta name="color-scheme" content="light dark" />
    <title>Backstory</title>
    <link rel="icon" href="/admin/${icon}" type="image/svg+xml" />
    <link rel="stylesheet" href="/admin/${style}" />
${beside.map((name) => `    <link rel="modulepreload" href="/admin/${name}" />\n`).join("")}    <script type="module" src="/admin/${script}"></script>
  </head>
  <body>
    <div id="app"></div>
    <noscript>The admin needs JavaScript. Please switch it on for this address.</noscript>
  </body>
</html>
`;

/**
 * Builds src/admin into `outDir`: index.html, a style sheet, an icon, and the script in parts: what the first screen
 * needs, and the rest, which comes when it is shown. All are named after their content.
 */
export async function buildAdmin({ outDir, minify = true }) {
  await mkdir(outDir, { recursive: true });
  const { metafile } = await build({
    entryPoints: { app: join(source, "index.tsx"), icon: join(source, "icon.svg") },
    outdir: outDir,
    entryNames: "[name]-[hash]",
    chunkNames: "part-[hash]",
    splitting: true,
    // Cyrillic in two bytes a letter, not in six.
    charset: "utf8",
    loader: { ".svg": "copy" },
    bundle: true,
    minify,
    format: "esm",
    target: ["es2022", "safari16"],
    jsx: "automatic",
    jsxImportSource: "preact",
    metafile: true,
    logLevel: "warning",
  });
  const names = Object.keys(metafile.outputs).map((path) => basename(path));
  const named = (ending) => names.find((name) => name.endsWith(ending));
  const [scriptPath, script] = Object.entries(metafile.outputs).find(([, { entryPoint }]) =>
    entryPoint?.endsWith("src/admin/index.tsx"),
  );
  // What the script cannot start without: asked for at once, not when it has been read.
  const beside = script.imports.filter(({ kind }) => kind === "import-statement").map(({ path }) => basename(path));
  const html = page({ script: basename(scriptPath), beside, style: named(".css"), icon: named(".svg") });
  // In place at once: a server that starts at this moment reads the page before or the page after, never half of one.
  const unfinished = join(outDir, `.index-${process.pid}.html`);
  await writeFile(unfinished, html);
  await rename(unfinished, join(outDir, "index.html"));
  const kept = new Set([...names, "index.html"]);
  for (const name of await readdir(outDir)) if (!kept.has(name)) await rm(join(outDir, name), { force: true });
  return { metafile };
}

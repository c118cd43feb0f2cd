import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const source = fileURLToPath(new URL("../src/admin/", import.meta.url));

// The icon is inline in no page: `data:` would need an exception in the content security policy.
const page = ({ scripts, style, icon }) => `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="robots" content="noindex" />
    <meta name="color-scheme" content="light dark" />
    <title>Backstory</title>
    <link rel="icon" href="/admin/${icon}" type="image/svg+xml" />
    <link rel="stylesheet" href="/admin/${style}" />
${scripts.map((name) => `    <script type="module" src="/admin/${name}"></script>\n`).join("")}  </head>
  <body>
    <div id="app"></div>
    <noscript>The admin needs JavaScript. Please switch it on for this address.</noscript>
  </body>
</html>
`;

/** What runs first and asks for all the rest needs, and the script itself. */
const FIRST = "first.ts";
const MAIN = "index.tsx";

/**
 * The screens that come later always find the main part there. esbuild does not take that into account: what both need
 * it would put into a part of its own, and what two of them need besides into yet another, dozens of tiny files in the
 * end. So each is said to need the main part, which then keeps all that it has itself.
 */
const afterTheMainPart = {
  name: "after-the-main-part",
  setup(build) {
    const main = join(source, MAIN);
    const later = new Set();
    build.onResolve({ filter: /^\..*\.tsx$/ }, ({ kind, path, resolveDir }) => {
      if (kind === "dynamic-import") later.add(join(resolveDir, path));
      return undefined;
    });
    // package.json says that no module of ours does anything by being imported; this one does.
    build.onResolve({ filter: /index\.tsx$/ }, () => ({ path: main, sideEffects: true }));
    build.onLoad({ filter: /\.tsx$/ }, async ({ path }) => {
      if (!later.has(path)) return undefined;
      return { contents: `${await readFile(path, "utf8")}\nimport ${JSON.stringify(main)};`, loader: "tsx" };
    });
  },
};

/**
 * Builds src/admin into `outDir`: index.html, a style sheet, an icon, and the script in parts: what the first screen
 * needs, and the rest, which comes when it is shown. All are named after their content.
 */
export async function buildAdmin({ outDir, minify = true }) {
  await mkdir(outDir, { recursive: true });
  const { metafile } = await build({
    absWorkingDir: source,
    entryPoints: { first: FIRST, app: MAIN, icon: "icon.svg" },
    outdir: outDir,
    entryNames: "[name]-[hash]",
    chunkNames: "part-[hash]",
    splitting: true,
    plugins: [afterTheMainPart],
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
  const partWith = (module) =>
    basename(
      Object.entries(metafile.outputs).find(([path, { inputs }]) => path.endsWith(".js") && module in inputs)[0],
    );
  const scripts = [partWith(FIRST), partWith(MAIN)];
  const html = page({ scripts, style: named(".css"), icon: named(".svg") });
  // In place at once: a server that starts at this moment reads the page before or the page after, never half of one.
  const unfinished = join(outDir, `.index-${process.pid}.html`);
  await writeFile(unfinished, html);
  await rename(unfinished, join(outDir, "index.html"));
  const kept = new Set([...names, "index.html"]);
  for (const name of await readdir(outDir)) if (!kept.has(name)) await rm(join(outDir, name), { force: true });
  return { metafile };
}

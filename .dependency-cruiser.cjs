// The import law of ARCHITECTURE.md. The order of the slices is this one array; the rules are made from it.
const slices = [
  "identity",
  "fields",
  "contacts",
  "imports",
  "sites",
  "subscriptions",
  "visitors",
  "devices",
  "compatibility",
  "segments",
  "acts",
  "exports",
  "privacy",
  "samples",
  "backups",
  "admins",
];
/** The floor they stand on. */
const floor = ["db", "http", "mail", "jobs"];

const server = "^src/server/";
const folder = (names) => `${server}(${names.join("|")})/`;
const forbid = (name, from, to, comment) => ({ name, severity: "error", comment, from, to });

const sliceRules = slices.flatMap((slice, position) => {
  const earlier = slices.slice(0, position);
  const own = folder([slice]);
  return [
    forbid(
      `${slice}-knows-only-earlier-slices`,
      { path: own },
      { path: folder(slices), pathNot: folder([...earlier, slice]) },
      "A slice uses only those before it.",
    ),
    forbid(
      `${slice}-is-entered-by-its-door`,
      { path: ["^src/", "^demo-site/"], pathNot: own },
      { path: own, pathNot: `${own}index\\.ts$` },
      "Others come in through index.ts.",
    ),
  ];
});

module.exports = {
  forbidden: [
    ...sliceRules,
    forbid(
      "no-circle",
      {},
      { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
      "Circles hide the order.",
    ),
    forbid("contract-stands-alone", { path: "^src/contract/" }, { path: "^(src/(?!contract/)|demo-site/)" }),
    forbid("wire-imports-nothing", { path: "^src/contract/(wire|limits)\\.ts$" }, { path: "." }),
    forbid(
      "tracker-knows-no-limits",
      { path: "^src/(tracker|client|device)/" },
      { path: "^src/contract/limits\\.ts$" },
    ),
    forbid("lib-stands-alone", { path: folder(["lib"]) }, { path: server, pathNot: folder(["lib"]) }),
    forbid("floor-below-slices", { path: folder(floor) }, { path: server, pathNot: folder(["lib", ...floor]) }),
    forbid(
      "slices-below-the-process",
      { path: folder([...slices, ...floor, "lib"]) },
      { path: `${server}[^/]+\\.ts$` },
      "app.ts, main.ts and what they are made of are at the top.",
    ),
    forbid(
      "rules-are-pure",
      { path: `${server}.*(^|/|-)rules\\.ts$` },
      {
        path: ["/(store|routes|jobs|index)\\.ts$", `${server}(db|http|mail|jobs)/`],
        dependencyTypesNot: ["type-only"],
      },
      "Decisions take time, randomness and facts as arguments.",
    ),
    forbid(
      "rules-use-no-clock-or-disk",
      { path: `${server}.*/rules\\.ts$` },
      { dependencyTypes: ["core"], path: "^(node:)?(fs|net|http|https|child_process|os)" },
    ),
    forbid(
      "stores-know-no-http",
      { path: `${server}.*/(store|[^/]*-store)\\.ts$` },
      { path: ["^node_modules/fastify/", `${server}http/`] },
    ),
    forbid("browser-never-server", { path: "^src/(tracker|admin|device)/" }, { path: "^(src/server|demo-site)/" }),
    forbid(
      "clients-share-only-what-stands-alone",
      { path: "^src/client/" },
      { path: ".", pathNot: "^src/client/" },
      "It goes into the script for browsers, where every byte counts, and into apps without a DOM.",
    ),
    forbid(
      "device-knows-no-platform",
      { path: "^src/device/" },
      { path: ".", pathNot: "^src/(device|client)/" },
      "React Native, a web view and Node have little in common.",
    ),
    forbid(
      "browser-takes-types-of-the-contract",
      { path: "^src/(tracker|admin)/" },
      { path: "^src/contract/", pathNot: "^src/contract/(wire|limits)\\.ts$", dependencyTypesNot: ["type-only"] },
      "A schema as a value would put a validator many times its size into the script.",
    ),
    forbid("server-never-browser", { path: server }, { path: "^src/(tracker|admin|device|client)/" }),
    forbid("demo-is-an-outsider", { path: "^demo-site/" }, { path: "^src/", pathNot: "^src/contract/wire\\.ts$" }),
    forbid(
      "only-the-process-starts-the-demo",
      { path: "^src/", pathNot: `${server}main\\.ts$` },
      { path: "^demo-site/" },
    ),
    forbid("no-test-in-the-product", { path: "^(src|demo-site)/" }, { path: "^(tests|bench)/" }),
    forbid(
      "listed-packages-only",
      { path: "^(src|demo-site)/" },
      { dependencyTypes: ["npm-no-pkg", "npm-unknown", "npm-dev"] },
    ),
    forbid("everything-resolves", {}, { couldNotResolve: true }),
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.base.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "require", "node", "default", "types"],
    },
    extraExtensionsToScan: [".css", ".svg"],
  },
};

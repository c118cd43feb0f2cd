import { spawn, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { chromium, type Browser, type BrowserContext, type LaunchOptions } from "playwright";

const ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const SYSTEM_CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser"];

/** The system's Chromium. Undefined: the one that Playwright installed. */
const systemChromium = (): string | undefined =>
  process.env["CHROMIUM_PATH"] ?? SYSTEM_CHROMIUM.find((path) => existsSync(path));

function options(more: LaunchOptions, executablePath = systemChromium()): LaunchOptions {
  return { args: ARGUMENTS, ...(executablePath === undefined ? {} : { executablePath }), ...more };
}

/**
 * A real Chromium: the system's where there is one, else the one that Playwright installed. `CHROMIUM_SHELL` may name the
 * same without its windows (Debian: chromium-headless-shell), which opens a fresh profile in a fifth of the time.
 */
export function launchChromium(more: LaunchOptions = {}): Promise<Browser> {
  return chromium.launch(options(more, process.env["CHROMIUM_SHELL"]));
}

/** A Chromium with the settings that lie in `directory`. */
export function launchProfile(directory: string, more: LaunchOptions = {}): Promise<BrowserContext> {
  return chromium.launchPersistentContext(directory, options(more));
}

/** A Chromium that nobody watches: some of what it does, it does otherwise or not at all for a debugger. */
export function spawnChromium(directory: string, url: string): ChildProcess {
  const program = systemChromium() ?? chromium.executablePath();
  const args = [...ARGUMENTS, "--headless=new", `--user-data-dir=${directory}`, url];
  return spawn(program, args, { stdio: "ignore" });
}

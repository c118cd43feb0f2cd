import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
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

/** Milliseconds that a page may take for anything: those of a machine which does ten other things at once. */
const PATIENCE = 90_000;

function options({ args = [], ...more }: LaunchOptions, executablePath = systemChromium()): LaunchOptions {
  return {
    args: [...ARGUMENTS, ...args],
    timeout: PATIENCE,
    ...(executablePath === undefined ? {} : { executablePath }),
    ...more,
  };
}

const withPatience = (context: BrowserContext): void => context.setDefaultTimeout(PATIENCE);

/**
 * A real Chromium: the system's where there is one, else the one that Playwright installed. `CHROMIUM_SHELL` may name the
 * same without its windows (Debian: chromium-headless-shell), which opens a fresh profile in a fifth of the time.
 */
export async function launchChromium(more: LaunchOptions = {}): Promise<Browser> {
  const browser = await chromium.launch(options(more, process.env["CHROMIUM_SHELL"]));
  browser.on("context", withPatience);
  return browser;
}

/** A Chromium with the settings that lie in `directory`. */
export async function launchProfile(directory: string, more: LaunchOptions = {}): Promise<BrowserContext> {
  const context = await chromium.launchPersistentContext(directory, options(more));
  withPatience(context);
  return context;
}

/** A Chromium that nobody watches: some of what it does, it does otherwise or not at all for a debugger. */
export interface UnwatchedBrowser {
  /** Resolves when it is gone and its profile with it. */
  close(): Promise<void>;
}

export async function openUnwatched(url: string): Promise<UnwatchedBrowser> {
  const profile = await mkdtemp(join(tmpdir(), "backstory-profile-"));
  const program = systemChromium() ?? chromium.executablePath();
  const args = [...ARGUMENTS, "--headless=new", `--user-data-dir=${profile}`, url];
  const browser = spawn(program, args, { stdio: "ignore" });
  const ended = once(browser, "exit");
  return {
    async close() {
      browser.kill();
      await ended;
      await removeProfile(profile);
    },
  };
}

/** A browser's helper processes write for a moment longer than it lives. */
export const removeProfile = (directory: string): Promise<void> =>
  rm(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });

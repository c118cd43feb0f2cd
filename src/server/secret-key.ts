import { randomBytes } from "node:crypto";
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { StartRefused } from "./lib/start-refused.ts";

/** The installation's secret: made once, kept in the data folder, readable by its owner alone. */
export function keptSecretKey(dataDir: string): string {
  const file = join(dataDir, "secret.key");
  return readKey(file) ?? makeKey(file, dataDir);
}

function readKey(file: string): string | undefined {
  let text: string;
  try {
    text = readFileSync(file, "utf8").trim();
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw new StartRefused(`The secret key in ${file} cannot be read. Give it to the user that runs Backstory.`);
  }
  if (text.length >= 32) return text;
  throw new StartRefused(
    `The secret key in ${file} is damaged. Restore the file; without it, tokens and suppressed addresses are lost.`,
  );
}

/** Written whole before it gets its name: two processes that start at once agree on one, and a crash leaves none half. */
function makeKey(file: string, dataDir: string): string {
  const draft = `${file}.${process.pid}`;
  try {
    mkdirSync(dataDir, { recursive: true });
    writeFileSync(draft, `${randomBytes(32).toString("base64url")}\n`, { mode: 0o600, flush: true });
    linkSync(draft, file);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST"))
      throw new StartRefused(
        `The secret key cannot be kept in ${dataDir}. Set DATA_DIR to a folder that Backstory may write to, or set SECRET_KEY.`,
      );
  } finally {
    rmSync(draft, { force: true });
  }
  const key = readKey(file);
  if (key === undefined) throw new StartRefused(`The secret key in ${file} vanished while it was read.`);
  return key;
}

import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The clock of a process that is told it by libfaketime. What measures durations goes on as it is. */
export interface SteppedClock {
  /** To start the process with. */
  readonly environment: Readonly<Record<string, string>>;
  /** Off by this many milliseconds from now on, as after somebody has set it. */
  step(milliseconds: number): Promise<void>;
  remove(): Promise<void>;
}

const LIBRARY = "faketime/libfaketime.so.1";

function findLibrary(): string | undefined {
  const folders = ["/usr/lib", ...readdirSync("/usr/lib").map((name) => join("/usr/lib", name)), "/usr/local/lib"];
  return folders.map((folder) => join(folder, LIBRARY)).find((file) => existsSync(file));
}

/** Why no process can be given another clock here. Undefined: it can. */
export function whyNoFakeTime(): string | undefined {
  const library = process.platform === "linux" ? findLibrary() : undefined;
  if (library === undefined) return "there is no libfaketime (Debian: apt-get install faketime)";
  const env = { LD_PRELOAD: library, FAKETIME: "-400d" };
  const { stdout } = spawnSync(process.execPath, ["-p", "Date.now()"], { env });
  return Number(stdout.toString()) < Date.now() - 300 * 86_400_000 ? undefined : "libfaketime does not reach this Node";
}

export async function makeSteppedClock(): Promise<SteppedClock> {
  const folder = await mkdtemp(join(tmpdir(), "backstory-clock-"));
  const file = join(folder, "offset");
  const step = (milliseconds: number) =>
    writeFile(file, `${milliseconds < 0 ? "-" : "+"}${Math.abs(milliseconds) / 1000}s\n`);
  await step(0);
  return {
    environment: {
      LD_PRELOAD: findLibrary() ?? "",
      FAKETIME_TIMESTAMP_FILE: file,
      // Read anew at every look at the clock.
      FAKETIME_NO_CACHE: "1",
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
    },
    step,
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** A program of this folder in a process of its own; talks by messages. Built as the product is: tsx slows closures down. */
export async function startChild(
  file: string,
  settings: object,
  execArgv: readonly string[] = [],
): Promise<ChildProcess> {
  const child = fork(await built(file), [JSON.stringify(settings)], { execArgv: [...execArgv] });
  await once(child, "message");
  return child;
}

async function built(file: string): Promise<string> {
  const outfile = fileURLToPath(
    new URL(`../../node_modules/.cache/bench/${file.replace(/\.ts$/, ".mjs")}`, import.meta.url),
  );
  await build({
    entryPoints: [fileURLToPath(new URL(file, import.meta.url))],
    outfile,
    bundle: true,
    packages: "external",
    platform: "node",
    target: "node20",
    format: "esm",
    logLevel: "warning",
  });
  return outfile;
}

/** What the child tells next. */
export async function nextMessage<T>(child: ChildProcess): Promise<T> {
  const [message] = (await once(child, "message")) as [T];
  return message;
}

export async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const exited = once(child, "exit");
  child.send("stop");
  await exited;
}

/** In the child: its settings. */
export function settingsOf<T>(): T {
  return JSON.parse(process.argv[2] ?? "{}") as T;
}

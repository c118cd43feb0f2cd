import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** A program of this folder in a process of its own; talks by messages. */
export async function startChild(
  file: string,
  settings: object,
  execArgv: readonly string[] = [],
): Promise<ChildProcess> {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), [JSON.stringify(settings)], {
    execArgv: ["--import", "tsx", ...execArgv],
  });
  await once(child, "message");
  return child;
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

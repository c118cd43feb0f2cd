#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { stripVTControlCharacters } from "node:util";
import { defineCommand, renderUsage, runCommand, type CommandDef } from "citty";
import { StartRefused } from "../server/lib/start-refused.ts";
import { backup } from "./commands/backup.ts";
import { contact } from "./commands/contact.ts";
import { doctor } from "./commands/doctor.ts";
import { event } from "./commands/event.ts";
import { exportCommand } from "./commands/export.ts";
import { importCommand } from "./commands/import.ts";
import { key } from "./commands/key.ts";
import { migrate } from "./commands/migrate.ts";
import { restore } from "./commands/restore.ts";
import { segment } from "./commands/segment.ts";
import { demo, serve } from "./commands/serve.ts";
import { user } from "./commands/user.ts";
import { Failed, Misused } from "./outcome.ts";

const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
  readonly version: string;
};

const backstory = defineCommand({
  meta: {
    name: "backstory",
    version,
    description: "Knows who signed up, and everything they did before. Configured by environment: see the README.",
  },
  subCommands: {
    serve,
    demo,
    migrate,
    doctor,
    contact,
    segment,
    event,
    import: importCommand,
    export: exportCommand,
    key,
    user,
    backup,
    restore,
  },
});

/** 0: done. 1: it could not be done, and why is said. 2: the command was misspelt. 3: done, but not for every row. */
async function main(words: readonly string[]): Promise<number> {
  if (words.length === 1 && (words[0] === "--version" || words[0] === "-v")) {
    console.log(version);
    return 0;
  }
  const { command, parent } = find(words);
  if (words.includes("--help") || words.includes("-h") || command.run === undefined) {
    const usage = await renderUsage(command, parent);
    console.log(process.stdout.isTTY ? usage : stripVTControlCharacters(usage));
    return words.length === 0 || words.includes("--help") || words.includes("-h") ? 0 : 2;
  }
  try {
    await runCommand(backstory, { rawArgs: [...words] });
    return typeof process.exitCode === "number" ? process.exitCode : 0;
  } catch (error) {
    return tell(error);
  }
}

/** The command that the words name, as far as they name one. */
function find(words: readonly string[]): { command: CommandDef; parent?: CommandDef } {
  let command = backstory as CommandDef;
  let parent: CommandDef | undefined;
  for (const word of words) {
    const next = (command.subCommands as Record<string, CommandDef> | undefined)?.[word];
    if (next === undefined) break;
    parent = command;
    command = next;
  }
  return parent === undefined ? { command } : { command, parent };
}

function tell(error: unknown): number {
  if (error instanceof Failed || error instanceof StartRefused) {
    console.error(error.message);
    return 1;
  }
  // citty's own complaint about what was typed.
  if (error instanceof Misused || (error instanceof Error && error.name === "CLIError")) {
    console.error(`${error.message.replace(/\.?$/, ".")} See backstory --help.`);
    return 2;
  }
  console.error(error);
  return 1;
}

process.exitCode = await main(process.argv.slice(2));

import { defineCommand, type ArgsDef, type CommandDef, type ParsedArgs } from "citty";
import { readConfig, type Config } from "../server/config.ts";
import { openInstallation, type Installation } from "../server/installation.ts";
import { createLog } from "../server/lib/log.ts";
import { Failed, Misused } from "./outcome.ts";

const JSON_ARG = { json: { type: "boolean", description: "Print JSON for programs" } } as const satisfies ArgsDef;

interface Command<T extends ArgsDef> {
  readonly name: string;
  readonly description: string;
  readonly args?: T;
  run(args: ParsedArgs<T>, world: World): Promise<void>;
}

export interface World {
  readonly config: Config;
  /** Answers with words for people, or with the value itself after `--json`. */
  say(value: unknown, words: string): void;
  /** Opens the installation for `work` and closes it again. */
  within<R>(work: (installation: Installation) => Promise<R>): Promise<R>;
}

/** A command that knows its options: one that is misspelt is refused instead of being ignored. */
export function command<const T extends ArgsDef>({ name, description, args, run }: Command<T>): CommandDef {
  const all = { ...args, ...JSON_ARG };
  return defineCommand({
    meta: { name, description },
    args: all,
    async run({ args: given, rawArgs }) {
      refuseUnknown(all, rawArgs);
      refuseTooMany(all, given._);
      await run(given as unknown as ParsedArgs<T>, worldOf({ json: given["json"] === true }));
    },
  }) as unknown as CommandDef;
}

function refuseUnknown(known: ArgsDef, words: readonly string[]): void {
  const said = new Set<string>();
  for (const word of words) {
    const name = /^--(?:no-)?([^=]+)/.exec(word)?.[1];
    if (name === undefined) continue;
    if (!(name in known)) throw new Misused(`There is no option --${name}`);
    if (said.has(name)) throw new Misused(`--${name} is said twice; only one would count`);
    said.add(name);
  }
}

function refuseTooMany(known: ArgsDef, words: readonly string[]): void {
  const places = Object.values(known).filter(({ type }) => type === "positional").length;
  const extra = words[places];
  if (extra !== undefined) throw new Misused(`"${extra}" is one word too many`);
}

/** The configuration, or all that is wrong with it. */
export function configuration(environment: NodeJS.ProcessEnv = process.env): Config {
  const outcome = readConfig(environment);
  if (outcome.kind === "refused") throw new Failed(outcome.faults.join("\n"));
  return outcome.config;
}

function worldOf({ json }: { readonly json: boolean }): World {
  const config = configuration();
  return {
    config,
    say: (value, words) => console.log(json ? JSON.stringify(value, undefined, 2) : words),
    async within(work) {
      const installation = await openInstallation(config, createLog(config.logLevel));
      try {
        return await work(installation);
      } finally {
        await installation.close();
      }
    },
  };
}

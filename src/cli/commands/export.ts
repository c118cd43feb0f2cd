import { defineCommand } from "citty";
import { createExports, type Exports, type RunOutcome } from "../../server/exports/index.ts";
import type { Installation } from "../../server/installation.ts";
import { createLog } from "../../server/lib/log.ts";
import type { Config } from "../../server/config.ts";
import { command } from "../command.ts";
import { Failed } from "../outcome.ts";
import { table } from "../table.ts";

function exportsOf({ db, secretKey }: Installation, { logLevel, exportReach }: Config): Exports {
  return createExports({ db, secretKey, exportReach, clock: Date.now, log: createLog(logLevel) });
}

const time = (at: number | null | undefined, otherwise: string): string =>
  at === null || at === undefined ? otherwise : new Date(at).toISOString();

const list = command({
  name: "list",
  description: "Show the exports, how their last run ended and when they run next",
  run: (_args, { within, say, config }) =>
    within(async (installation) => {
      const all = await exportsOf(installation, config).list();
      const rows = all.map(({ exportId, name, destination, lastRun, nextRunAt }) => [
        exportId,
        name,
        destination.kind,
        lastRun?.state ?? "never run",
        time(lastRun?.finishedAt, "-"),
        time(nextRunAt, "paused"),
      ]);
      const head = ["id", "name", "to", "last run", "ended", "next run"];
      say(all, rows.length === 0 ? "There is no export." : table(head, rows));
    }),
});

const run = command({
  name: "run",
  description: "Run an export here and now, also one that is paused",
  args: { id: { type: "positional", description: "Its id, as `export list` shows it", required: true } },
  run: ({ id }, { within, say, config }) =>
    within(async (installation) => {
      const exports = exportsOf(installation, config);
      const known = (await exports.list()).some(({ exportId }) => exportId === id);
      const outcome: RunOutcome = known ? await exports.run(id) : { kind: "unknown" };
      switch (outcome.kind) {
        case "finished":
          say(
            outcome,
            table(
              ["table", "sent", "written", "removed"],
              outcome.tables.map(({ name, read, written, removed }) => [name, ...[read, written, removed].map(String)]),
            ),
          );
          return;
        case "failed":
          throw new Failed(`The export failed. ${outcome.fault.detail}`);
        case "busy":
          throw new Failed("Another process is running this export at this moment.");
        case "unknown":
          throw new Failed(`There is no export ${id}. \`backstory export list\` shows them.`);
      }
    }),
});

export const exportCommand = defineCommand({
  meta: { name: "export", description: "Copies in somebody's warehouse" },
  subCommands: { list, run },
});

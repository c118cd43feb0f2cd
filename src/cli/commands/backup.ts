import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { writeBackup } from "../../server/backups/index.ts";
import { command } from "../command.ts";
import { Failed } from "../outcome.ts";

export const backup = command({
  name: "backup",
  description: "Write everything to one file, while the server goes on",
  args: { file: { type: "positional", description: "Where to; - for standard output", required: true } },
  run: ({ file }, { within, say }) =>
    within(async ({ db, secretKey }) => {
      const onTable = progress();
      if (file === "-") {
        await writeBackup({ db, secretKey, target: process.stdout, onTable });
        return;
      }
      // A file that is cut off never carries the name of a backup.
      const draft = `${file}.part`;
      try {
        const target = createWriteStream(draft, { mode: 0o600, flags: "w" });
        const { takenAt, rows } = await writeBackup({ db, secretKey, target, onTable });
        await rename(draft, file);
        const total = Object.values(rows).reduce((sum, count) => sum + count, 0);
        say(
          { file, takenAt, rows },
          `${file} holds ${total} rows as of ${takenAt}. Keep secret.key with it: see docs/operations.md.`,
        );
      } catch (error) {
        await rm(draft, { force: true });
        const code = error instanceof Error && "code" in error ? String(error.code) : "";
        if (/^E[A-Z]+$/.test(code)) throw new Failed(`${file} cannot be written (${code}).`);
        throw error;
      }
    }),
});

/** On a terminal: which table it is at. */
export function progress(): (table: string) => void {
  return (table) => {
    if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${table}`);
  };
}

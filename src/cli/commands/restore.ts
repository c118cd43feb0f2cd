import { open } from "node:fs/promises";
import { eraseAgain, restoreBackup } from "../../server/backups/index.ts";
import { migrate } from "../../server/db/migrate.ts";
import { erasePerson } from "../../server/privacy/index.ts";
import { command } from "../command.ts";
import { Failed } from "../outcome.ts";
import { progress } from "./backup.ts";

export const restore = command({
  name: "restore",
  description: "Put a backup in place of what is there; the server has to be stopped",
  args: {
    file: { type: "positional", description: "What `backup` wrote", required: true },
    replace: { type: "boolean", description: "There is an installation already, and it may be lost" },
  },
  run: ({ file, replace }, { within, say }) =>
    within(async (installation) => {
      const { db, connection, secretKey } = installation;
      const source = await open(file).catch((error: unknown) => {
        const code = error instanceof Error && "code" in error ? ` (${String(error.code)})` : "";
        throw new Failed(`${file} cannot be read${code}.`);
      });
      const existing = replace === true ? "replace" : "refuse";
      const summary = await restoreBackup({
        db,
        secretKey,
        source: source.createReadStream(),
        existing,
        onTable: progress(),
      });
      await migrate(connection);
      await eraseAgain({ db, erasePerson: erasePerson(installation), clock: Date.now });
      const total = Object.values(summary.rows).reduce((sum, count) => sum + count, 0);
      const again =
        summary.erasedAgain === 0 ? "" : ` ${summary.erasedAgain} people who were erased since were erased again.`;
      say(summary, `Restored ${total} rows as of ${summary.takenAt}.${again}`);
    }),
});

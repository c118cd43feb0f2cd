import { migrate as bringUpToDate } from "../../server/db/migrate.ts";
import { command } from "../command.ts";

export const migrate = command({
  name: "migrate",
  description: "Bring the database up to date; the server does so by itself when it starts",
  run: (_args, { within, say }) =>
    within(async ({ connection }) => {
      const applied = await bringUpToDate(connection);
      const words = applied.length === 0 ? "The database is up to date." : `Applied: ${applied.join(", ")}`;
      say({ applied }, words);
    }),
});

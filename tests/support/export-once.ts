// One run of one export, in a process of its own that can be killed: its settings come as JSON in the only argument.
import { openDatabase } from "../../src/server/db/database.ts";
import { createExports } from "../../src/server/exports/index.ts";
import { createLog } from "../../src/server/lib/log.ts";

const { connection, exportId, secretKey } = JSON.parse(process.argv[2] ?? "{}") as {
  readonly connection: object;
  readonly exportId: string;
  readonly secretKey: string;
};
const db = openDatabase(connection);
const log = createLog("silent");
const exports = createExports({ db, clock: Date.now, log, secretKey, exportReach: "private-too" });
console.log(JSON.stringify(await exports.run(exportId)));
await db.close();

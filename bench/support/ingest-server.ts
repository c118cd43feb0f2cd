// The public intake in a process of its own. `storing: false`: everything but the database.
import type { AddressInfo } from "node:net";
import type pg from "pg";
import { openDatabase } from "../../src/server/db/database.ts";
import { createServer } from "../../src/server/http/server.ts";
import { boundGarbage } from "../../src/server/lib/heap.ts";
import { createLog } from "../../src/server/lib/log.ts";
import { createSites } from "../../src/server/sites/index.ts";
import type { GroupCommit } from "../../src/server/visitors/group-commit.ts";
import { visitorRoutes } from "../../src/server/visitors/routes.ts";
import { settingsOf } from "./child.ts";

// As the product does.
boundGarbage();
const { connection, storing } = settingsOf<{ connection: pg.ClientConfig; storing: boolean }>();

const nowhere: GroupCommit = {
  store: () => Promise.resolve({ kind: "stored", unstorable: [] }),
  waitingRows: 0,
  waitingBytes: 0,
  isAvailable: () => true,
  close: () => Promise.resolve(),
};

const log = createLog("warn");
const db = openDatabase({ ...connection, max: 16 });
const reached = { trustProxy: [], isHttps: false };
const app = createServer({ log, ...reached });
visitorRoutes(app, {
  ...reached,
  db,
  clock: Date.now,
  log,
  sites: createSites({ db }),
  inbox: { kick: () => undefined },
  ...(storing ? {} : { groupCommit: nowhere }),
});
await app.listen({ port: 0, host: "127.0.0.1", backlog: 1_024 });
process.on("message", (message) => {
  if (message !== "stop") return;
  void app
    .close()
    .then(() => db.close())
    .then(() => process.exit(0));
});
const { port } = app.server.address() as AddressInfo;
// Once so that whoever started us goes on, and once for the news.
process.send?.("ready");
process.send?.({ port });

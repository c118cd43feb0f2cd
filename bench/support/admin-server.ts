// The whole server with the built admin, in a process of its own.
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import type pg from "pg";
import { ensureFirstAdmin } from "../../src/server/admins/index.ts";
import { createApp } from "../../src/server/app.ts";
import { openDatabase } from "../../src/server/db/database.ts";
import { createLog } from "../../src/server/lib/log.ts";
import { createServices } from "../../src/server/services.ts";
import { settingsOf } from "./child.ts";

interface Settings {
  readonly connection: pg.ClientConfig;
  readonly password: string;
}

const { connection, password } = settingsOf<Settings>();
const db = openDatabase({ ...connection, max: 16 });
const services = createServices({
  db,
  secretKey: "x".repeat(32),
  publicUrl: "http://localhost",
  log: createLog("warn"),
});
// From node_modules/.cache/bench, where this program is built to.
const app = createApp(services, { distDir: fileURLToPath(new URL("../../../dist", import.meta.url)) });
await ensureFirstAdmin(db, { password });
await app.listen({ port: 0, host: "127.0.0.1" });
process.once("disconnect", () => process.exit(1));
process.on("message", (message) => {
  if (message !== "stop") return;
  void app
    .close()
    .then(() => services.close())
    .then(() => db.close())
    .then(() => process.exit(0));
});
const { port } = app.server.address() as AddressInfo;
// Once so that whoever started us goes on, and once for the news.
process.send?.("ready");
process.send?.({ port });

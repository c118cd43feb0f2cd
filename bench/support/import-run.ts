// One import, from the first byte to the last row, in a process of its own: built as the product is, so that its memory is
// the product's as well.
import { once } from "node:events";
import type pg from "pg";
import { openDatabase } from "../../src/server/db/database.ts";
import { importFile } from "../../src/server/imports/index.ts";
import { boundGarbage } from "../../src/server/lib/heap.ts";
import { createLog } from "../../src/server/lib/log.ts";
import { createServices } from "../../src/server/services.ts";
import { settingsOf } from "./child.ts";
import { SHAPES, type ShapeName } from "./import-shapes.ts";

export interface ImportOrder {
  readonly connection: pg.ClientConfig;
  readonly shape: ShapeName;
  readonly rows: number;
  readonly purpose: "check" | "run";
}

export interface ImportRan {
  /** From the order to check or to run until the end; the upload is not in it. */
  readonly seconds: number;
  /** Of this process, in seconds, over the same time. */
  readonly cpu: number;
  readonly counts: Readonly<Record<string, number>>;
}

const PIECE = 10_000;
const { connection, shape, rows, purpose } = settingsOf<ImportOrder>();
const { header, key, line } = SHAPES[shape];

/** Made while it is read, so that the file itself takes no memory. */
async function* file(): AsyncGenerator<Uint8Array> {
  yield Promise.resolve(Buffer.from(`${header}\n`));
  for (let from = 0; from < rows; from += PIECE) {
    const lines = Array.from({ length: Math.min(PIECE, rows - from) }, (_, n) => line(from + n, rows));
    yield Promise.resolve(Buffer.from(`${lines.join("\n")}\n`));
  }
}

boundGarbage();
process.send?.("ready");
const db = openDatabase({ ...connection, max: 16 });
const services = createServices({
  db,
  secretKey: "x".repeat(32),
  publicUrl: "http://localhost",
  log: createLog("warn"),
});
let began = 0;
let cpu = process.cpuUsage();
const done = await importFile(services.imports, {
  fileName: `${shape}.csv`,
  bytes: file(),
  actor: "bench",
  purpose,
  settings: { key },
  onProgress: () => {
    if (began > 0) return;
    began = performance.now();
    cpu = process.cpuUsage();
    process.send?.("begun");
  },
});
if (done.kind !== "imported") throw new Error(JSON.stringify(done));
const seconds = (performance.now() - began) / 1_000;
const { user, system } = process.cpuUsage(cpu);
const ran: ImportRan = { seconds, cpu: (user + system) / 1e6, counts: done.counts };
// The connections stay until somebody has looked at their processor time.
process.send?.(ran);
await once(process, "message");
await services.close();
await db.close();
process.disconnect();

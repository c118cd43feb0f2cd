// One job of bench/export.ts in a process of its own, so that its memory and its processor time are nobody else's.
import { readFileSync } from "node:fs";
import { Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import pg from "pg";
import { from as copyFrom, to as copyTo } from "pg-copy-streams";
import { openDatabase } from "../../src/server/db/database.ts";
import { createExports, downloadContacts } from "../../src/server/exports/index.ts";
import { createLog } from "../../src/server/lib/log.ts";
import { settingsOf } from "./child.ts";

export const SECRET_KEY = "a secret of at least thirty-two characters";

/** `pipe`: rows of queries into tables that are there, by COPY out of one server into the other. */
export type ExportJob =
  | { readonly kind: "run"; readonly exportId: string }
  | { readonly kind: "download"; readonly format: "csv" | "ndjson" }
  | {
      readonly kind: "pipe";
      readonly to: pg.ClientConfig;
      readonly tables: readonly { readonly query: string; readonly into: string }[];
    };

export interface ExportJobSetting {
  readonly connection: pg.ClientConfig;
  readonly job: ExportJob;
}

export interface ExportJobReport {
  readonly seconds: number;
  readonly processor: number;
  readonly megabytes: number;
  /** Rows read, written and removed at the destination. */
  readonly rows: readonly [number, number, number];
}

type Rows = ExportJobReport["rows"];

async function carryOut({ connection, job }: ExportJobSetting): Promise<Rows> {
  if (job.kind === "pipe") return pipe(connection, job);
  const db = openDatabase({ ...connection, max: 4 });
  const log = createLog("silent");
  try {
    if (job.kind === "download") {
      const file = await downloadContacts({ db, clock: Date.now }, { format: job.format });
      if (file === undefined) throw new Error("There is no such segment.");
      return [await linesIn(file), 0, 0];
    }
    const exports = createExports({ db, clock: Date.now, log, secretKey: SECRET_KEY, exportReach: "private-too" });
    const outcome = await exports.run(job.exportId);
    if (outcome.kind !== "finished") throw new Error(JSON.stringify(outcome));
    const sum = (what: "read" | "written" | "removed") => outcome.tables.reduce((all, table) => all + table[what], 0);
    return [sum("read"), sum("written"), sum("removed")];
  } finally {
    await db.close();
  }
}

async function pipe(connection: pg.ClientConfig, { to, tables }: Extract<ExportJob, { kind: "pipe" }>): Promise<Rows> {
  const [source, destination] = [new pg.Client(connection), new pg.Client(to)];
  await Promise.all([source.connect(), destination.connect()]);
  let rows = 0;
  for (const { query, into } of tables) {
    const sink = destination.query(copyFrom(`COPY ${into} FROM STDIN`));
    await pipeline(source.query(copyTo(`COPY (${query}) TO STDOUT`)), sink);
    rows += sink.rowCount ?? 0;
  }
  await Promise.all([source.end(), destination.end()]);
  return [rows, rows, 0];
}

const NEW_LINE = 10;

async function linesIn(file: NodeJS.ReadableStream): Promise<number> {
  let lines = 0;
  const count = new Writable({
    write(chunk: Buffer, _encoding, done) {
      for (let place = chunk.indexOf(NEW_LINE); place !== -1; place = chunk.indexOf(NEW_LINE, place + 1)) lines += 1;
      done();
    },
  });
  await pipeline(file, count);
  return lines;
}

/** The most memory that this process ever held: https://man7.org/linux/man-pages/man5/proc_pid_status.5.html */
function mostMegabytes(): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))?.[1]) / 1024;
  } catch {
    return NaN;
  }
}

if (process.send !== undefined) {
  process.send("ready");
  const started = performance.now();
  const used = process.cpuUsage();
  const rows = await carryOut(settingsOf<ExportJobSetting>());
  const { user, system } = process.cpuUsage(used);
  const report: ExportJobReport = {
    seconds: (performance.now() - started) / 1_000,
    processor: (user + system) / 1e6,
    megabytes: mostMegabytes(),
    rows,
  };
  process.send(report);
  process.disconnect();
}

import { once } from "node:events";
import type { Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { to as copyTo } from "pg-copy-streams";
import type { Database, Transaction } from "../db/database.ts";
import { listApplied } from "../db/migrate.ts";
import { keyedHash } from "../identity/index.ts";
import { BACKUP_FORMAT, END_OF_ROWS, type BackupEnd, type BackupHead } from "./format.ts";
import { boundsOf, listPartitions, listTables, quoted } from "./tables.ts";

export interface BackupOrder {
  readonly db: Database;
  readonly secretKey: string;
  readonly target: Writable;
  /** Called before each table. */
  readonly onTable?: (table: string) => void;
}

export interface BackupSummary {
  readonly takenAt: string;
  readonly rows: Readonly<Record<string, number>>;
}

/** Everything as it was at one moment, while the server goes on. Queued jobs are not in it: each start plans them anew. */
export function writeBackup({ db, secretKey, target, onTable }: BackupOrder): Promise<BackupSummary> {
  return db.transaction(async (tx) => {
    await tx.query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY");
    await tx.query("SET LOCAL statement_timeout = 0");
    const head = await readHead(tx, secretKey);
    const zip = createGzip({ level: 6 });
    const written = pipeline(zip, target);
    const rows: Record<string, number> = {};
    const sayLine = async (line: unknown): Promise<void> => {
      const text = typeof line === "string" ? line : JSON.stringify(line);
      if (!zip.write(`${text}\n`)) await drained(zip);
    };
    try {
      await sayLine(head);
      for (const { table, columns } of await listTables(tx)) {
        onTable?.(table);
        await sayLine({ table, columns });
        rows[table] = await copyRows(tx, { table, columns, zip });
        await sayLine(END_OF_ROWS);
      }
      await sayLine({ end: true, rows } satisfies BackupEnd);
      zip.end();
      await written;
    } catch (error) {
      zip.destroy();
      await written.catch(() => undefined);
      throw error;
    }
    return { takenAt: head.takenAt, rows };
  });
}

async function readHead(tx: Transaction, secretKey: string): Promise<BackupHead> {
  const [moment] = await tx.query<{ now: number }>("SELECT now()");
  const partitions = (await listPartitions(tx)).flatMap(({ name, bounds }) => {
    const ends = boundsOf(bounds);
    return ends === undefined ? [] : [[name, ...ends] as [string, string, string]];
  });
  return {
    format: BACKUP_FORMAT,
    takenAt: new Date(moment?.now ?? 0).toISOString(),
    installation: installationOf(secretKey),
    migrations: await listApplied(tx),
    partitions,
  };
}

export const installationOf = (secretKey: string): string => keyedHash(secretKey, "backup", "").toString("hex");

interface Copying {
  readonly table: string;
  readonly columns: readonly string[];
  readonly zip: Writable;
}

async function copyRows(tx: Transaction, { table, columns, zip }: Copying): Promise<number> {
  const names = columns.map(quoted).join(", ");
  const source = tx.client.query(copyTo(`COPY (SELECT ${names} FROM ${quoted(table)}) TO STDOUT`));
  let rows = 0;
  for await (const chunk of source as AsyncIterable<Buffer>) {
    for (const byte of chunk) if (byte === NEWLINE) rows += 1;
    if (!zip.write(chunk)) await drained(zip);
  }
  return rows;
}

const NEWLINE = 10;

/** Rejects when the stream breaks, e.g. since the disk is full. */
async function drained(stream: Writable): Promise<void> {
  await once(stream, "drain");
}

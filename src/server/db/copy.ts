import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { from as copyFrom } from "pg-copy-streams";
import type { Transaction } from "./database.ts";

export type Cell = string | number | boolean | null;

interface Into {
  readonly table: string;
  readonly columns: readonly string[];
}

/** Appends rows to a table by COPY: several times the speed of INSERT. Identity columns take the values given. */
export function copyRows(tx: Transaction, into: Into, rows: readonly (readonly Cell[])[]): Promise<void> {
  return copyLines(
    tx,
    into,
    rows.map((cells) => cells.map(cellText).join("\t")),
  );
}

/** The same with rows that are written as COPY reads them: cells by {@link cellText}, with tabs between them. */
export async function copyLines(tx: Transaction, { table, columns }: Into, lines: readonly string[]): Promise<void> {
  if (lines.length === 0) return;
  const copy = tx.client.query(copyFrom(`COPY ${table} (${columns.join(", ")}) FROM STDIN`));
  await pipeline(Readable.from([Buffer.from(`${lines.join("\n")}\n`)]), copy);
}

const SPECIAL = /[\\\n\r\t]/;
const ESCAPES: Readonly<Record<string, string>> = { "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** https://www.postgresql.org/docs/current/sql-copy.html, "Text Format". */
export function cellText(cell: Cell): string {
  if (cell === null) return "\\N";
  if (typeof cell !== "string") return String(cell);
  return SPECIAL.test(cell) ? cell.replace(/[\\\n\r\t]/g, (sign) => ESCAPES[sign] ?? sign) : cell;
}

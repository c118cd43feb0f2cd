import { DELIMITERS, type ImportColumn, type ImportFormat } from "../../contract/imports.ts";
import { delimiterOf, looksLikeHeader } from "./detect-rules.ts";
import { readRows } from "./read-rows.ts";
import { isErrorColumn, targetNamed } from "./targets.ts";

const ROWS_LOOKED_AT = 100;
const SAMPLES = 3;

/** How the file is most likely to be read, from its beginning. */
export async function sniffFormat(start: Uint8Array, encoding: ImportFormat["encoding"]): Promise<ImportFormat> {
  const tables = [];
  for (const delimiter of DELIMITERS)
    tables.push({ delimiter, rows: await firstRows(start, { encoding, delimiter }, ROWS_LOOKED_AT) });
  const delimiter = saidDelimiter(start, encoding) ?? delimiterOf(tables);
  const rows = tables.find((table) => table.delimiter === delimiter)?.rows ?? [];
  return {
    encoding,
    delimiter,
    hasHeader: looksLikeHeader(rows, (name) => targetNamed(name) !== undefined || isErrorColumn(name)),
  };
}

/** What the first line says to spreadsheets: `sep=;`. */
function saidDelimiter(start: Uint8Array, encoding: ImportFormat["encoding"]): ImportFormat["delimiter"] | undefined {
  const said = /^sep=(.)[\r\n]/i.exec(new TextDecoder(encoding).decode(start.subarray(0, 32)))?.[1];
  return DELIMITERS.find((delimiter) => delimiter === said);
}

/** The columns of the file, each with real values from its first rows. */
export async function readColumns(start: Uint8Array, format: ImportFormat): Promise<ImportColumn[]> {
  const rows = await firstRows(start, format, ROWS_LOOKED_AT);
  const [first = []] = rows;
  const body = format.hasHeader ? rows.slice(1) : rows;
  const width = format.hasHeader ? first.length : Math.max(0, ...rows.map((row) => row.length));
  return Array.from({ length: width }, (_, at) => ({
    name: (format.hasHeader ? shown(first[at]) : undefined) || `${at + 1}`,
    samples: [...new Set(body.map((row) => shown(row[at])).filter((cell) => cell !== ""))]
      .slice(0, SAMPLES)
      .map((cell) => cell.slice(0, 200)),
  }));
}

/** What is no text has zero bytes, for which the database has no room. */
const shown = (cell = ""): string => cell.replaceAll("\u0000", "\ufffd").trim();

async function firstRows(
  start: Uint8Array,
  format: Omit<ImportFormat, "hasHeader">,
  limit: number,
): Promise<(readonly string[])[]> {
  const found: (readonly string[])[] = [];
  try {
    for await (const rows of readRows(single(start), format)) {
      found.push(...rows.map(({ cells }) => cells));
      if (found.length >= limit) break;
    }
  } catch {
    // A quote that is open where the beginning ends; what came before it tells enough.
  }
  return found.slice(0, limit);
}

async function* single(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
